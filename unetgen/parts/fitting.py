"""Making tensors meet that should have one spatial size: crop, resize, pad, or note that they do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unetgen.parts.recipe import Recipe
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Crop, Pad, Resize
from unetgen.plan.ops.base import Axes


def centre_crop(b: Builder, x: Node, spatial: Axes, name: str = "crop") -> Node:
    """`x` cropped evenly to `spatial`; the odd one is cut at the end. Nothing where it fits."""
    surplus = [size - wanted for size, wanted in zip(x.spec.spatial, spatial, strict=True)]
    for axis, amount in enumerate(surplus):
        if amount < 0:
            b.fail(axis, f"a size of {x.spec.spatial[axis]} cannot be cropped to {spatial[axis]}")
    if not any(amount > 0 for amount in surplus):
        return x
    amounts = tuple((max(n, 0) // 2, max(n, 0) - max(n, 0) // 2) for n in surplus)
    return b.add(Crop(amounts), x, name=name)


def meet(b: Builder, up: Node, skips: Sequence[Node], recipe: Recipe) -> list[Node]:
    """The up-sampled tensor and then the skips, at one size, by the config's padding and `resize` policy."""
    sizes = [skip.spec.spatial for skip in skips]
    if all(size == up.spec.spatial for size in sizes):
        return [up, *skips]
    if recipe.fit == "resize_to_skip" and len(set(sizes)) == 1:
        return [b.add(Resize(sizes[0], recipe.interpolation), up, name="resize"), *skips]
    if recipe.fit == "pad_to_skip" and len(set(sizes)) == 1:
        return [_pad_after(b, up, sizes[0], recipe.pad_mode), *skips]
    if recipe.fit == "centre_crop" or recipe.encoder[0].conv.padding == "valid":
        smaller = tuple(map(min, up.spec.spatial, *sizes))
        names = ["crop"] + [f"crop{index}" for index in range(2, len(skips) + 1)]
        cut = [centre_crop(b, skip, smaller, name) for skip, name in zip(skips, names, strict=True)]
        return [centre_crop(b, up, smaller, name="crop_up"), *cut]
    for size in sizes:
        for axis, (a, c) in enumerate(zip(up.spec.spatial, size, strict=True)):
            if a != c:
                b.fail(axis, f"an up-sampled size of {a} meets a skip of {c}")
    return [up, *skips]


def _pad_after(b: Builder, x: Node, spatial: Axes, mode: Literal["constant", "edge"]) -> Node:
    missing = [wanted - size for size, wanted in zip(x.spec.spatial, spatial, strict=True)]
    for axis, amount in enumerate(missing):
        if amount < 0:
            b.fail(axis, f"an up-sampled size of {x.spec.spatial[axis]} cannot be padded to {spatial[axis]}")
    if not any(amount > 0 for amount in missing):
        return x
    return b.add(Pad(tuple((0, max(n, 0)) for n in missing), mode), x, name="pad")


def pad_evenly(b: Builder, x: Node, multiples: Axes) -> Node:
    """`x` zero-padded on both sides to the next multiples; the odd one is added at the end."""
    missing = [-size % multiple for size, multiple in zip(x.spec.spatial, multiples, strict=True)]
    if not any(missing):
        return x
    return b.add(Pad(tuple((n // 2, n - n // 2) for n in missing)), x, name="pad")
