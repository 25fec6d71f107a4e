"""Making tensors meet that should have one spatial size: crop, resize, pad, or note that they do not.

Where axes of the input are free, what is done has to be right for every legal size: an amount that is the
same for all of them is said outright; one that is not is left to an op that reads sizes when the model runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from unetgen.parts.recipe import Recipe
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Crop, CropLike, CropToMultiple, Pad, PadLike, PadToMultiple, Resize, ResizeLike
from unetgen.plan.ops.base import Axes
from unetgen.plan.ops.resample import Interpolation

Amounts = Mapping[int, int]
"""How many positions there are too many on one axis, for each size of the input that is tried."""


def differ(b: Builder, *nodes: Node) -> bool:
    """Whether the spatial sizes of `nodes` differ, for any legal size of the input that is tried."""
    first, *others = nodes
    return any(
        b.sizes(first, axis) != b.sizes(other, axis) for other in others for axis in range(first.spec.dims)
    )


def centre_crop(b: Builder, x: Node, others: Sequence[Node], name: str = "crop") -> Node:
    """`x` cropped evenly to the smallest size of `others`; the odd one is cut at the end.

    Nothing where it fits.
    """
    surplus = [_surplus(b, x, others, axis, "cropped") for axis in range(x.spec.dims)]
    if any(map(_varies, surplus)):
        return b.add(CropLike(), x, *(other for other in others if other is not x), name=name)
    if not any(amounts[0] for amounts in surplus):
        return x
    return b.add(Crop(tuple((n[0] // 2, n[0] - n[0] // 2) for n in surplus)), x, name=name)


def _surplus(
    b: Builder, x: Node, others: Sequence[Node], axis: int, verb: Literal["cropped", "padded"]
) -> Amounts:
    """How far `x` is beyond the smallest of `others` on `axis`, or where it is padded below; at least 0."""
    sign = 1 if verb == "cropped" else -1
    amounts = {}
    theirs = [b.sizes(other, axis) for other in others]
    for trial, size in b.sizes(x, axis).items():
        wanted = min(their[trial] for their in theirs)
        amount = sign * (size - wanted)
        if amount < 0:
            what = "an up-sampled size" if verb == "padded" else "a size"
            b.fail(axis, f"{what} of {size} cannot be {verb} to {wanted}", trial)
        if amount >= 0 or trial == 0:
            amounts[trial] = max(amount, 0)
    return amounts


def _varies(amounts: Amounts) -> bool:
    return len(set(amounts.values())) > 1


def resize(b: Builder, x: Node, reference: Node, interpolation: Interpolation, name: str = "") -> Node:
    """`x` resized to the size of `reference`."""
    if reference.spec.free:
        return b.add(ResizeLike(interpolation), x, reference, name=name)
    return b.add(Resize(reference.spec.spatial, interpolation), x, name=name)


def meet(b: Builder, up: Node, skips: Sequence[Node], recipe: Recipe) -> list[Node]:
    """The up-sampled tensor and then the skips, at one size, by the config's padding and `resize` policy."""
    everything = [up, *skips]
    cut: Sequence[Node] = skips
    if differ(b, *everything) and _crops(b, skips, recipe):
        names = ["crop"] + [f"crop{index}" for index in range(2, len(skips) + 1)]
        cut = [centre_crop(b, skip, everything, name) for skip, name in zip(skips, names, strict=True)]
    return [reach(b, up, skips, recipe), *cut]


def reach(b: Builder, up: Node, skips: Sequence[Node], recipe: Recipe) -> Node:
    """The up-sampled tensor alone, at the size at which it meets the skips."""
    if not differ(b, up, *skips):
        return up
    if _crops(b, skips, recipe):
        return centre_crop(b, up, [up, *skips], name="crop_up")
    if not differ(b, *skips):
        if recipe.fit == "resize_to_skip":
            return resize(b, up, skips[0], recipe.interpolation, "resize")
        if recipe.fit == "pad_to_skip":
            return _pad_after(b, up, skips[0], recipe.pad_mode)
    for skip in skips:
        for axis in range(up.spec.dims):
            wanted = b.sizes(skip, axis)
            for trial, size in b.sizes(up, axis).items():
                if size != wanted[trial]:
                    b.fail(axis, f"an up-sampled size of {size} meets a skip of {wanted[trial]}", trial)
    return up


def _crops(b: Builder, skips: Sequence[Node], recipe: Recipe) -> bool:
    """Whether sizes that differ are cropped to the smallest."""
    if recipe.fit in ("resize_to_skip", "pad_to_skip") and not differ(b, *skips):
        return False
    return recipe.fit == "centre_crop" or recipe.encoder[0].conv.padding == "valid"


def _pad_after(b: Builder, x: Node, reference: Node, mode: Literal["constant", "edge"]) -> Node:
    missing = [_surplus(b, x, [reference], axis, "padded") for axis in range(x.spec.dims)]
    if any(map(_varies, missing)):
        return b.add(PadLike(mode), x, reference, name="pad")
    if not any(amounts[0] for amounts in missing):
        return x
    return b.add(Pad(tuple((0, amounts[0]) for amounts in missing), mode), x, name="pad")


def pad_evenly(b: Builder, x: Node, multiples: Axes) -> Node:
    """`x` zero-padded on both sides to the next multiples; the odd one is added at the end."""
    missing = [_rest(b, x, axis, -multiple) for axis, multiple in enumerate(multiples)]
    if any(map(_varies, missing)):
        return b.add(PadToMultiple(multiples), x, name="pad")
    if not any(amounts[0] for amounts in missing):
        return x
    return b.add(Pad(tuple((n[0] // 2, n[0] - n[0] // 2) for n in missing)), x, name="pad")


def crop_to_multiple(b: Builder, x: Node, multiples: Axes) -> Node:
    """`x` cut at the end to the last multiples."""
    left = [_rest(b, x, axis, multiple) for axis, multiple in enumerate(multiples)]
    if any(map(_varies, left)):
        return b.add(CropToMultiple(multiples), x, name="crop")
    if not any(amounts[0] for amounts in left):
        return x
    return b.add(Crop(tuple((0, amounts[0]) for amounts in left)), x, name="crop")


def _rest(b: Builder, x: Node, axis: int, multiple: int) -> Amounts:
    """What is left of the size beyond the last multiple; of a negative one, what is missing to the next."""
    return {trial: abs(size % multiple) for trial, size in b.sizes(x, axis).items()}
