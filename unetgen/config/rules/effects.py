"""Fields that would do nothing: what is set does something, or is refused with the field that it contradicts.

A value that says what holds anyway is fine, such as a default written out, and so is a bound that does not
bind: `max_filters` above every width, a `resize` policy where all sizes divide, `fallback` of a group norm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from unetgen.config.draft import Draft
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.blocks.convnext import ConvNeXtBlock
from unetgen.parts.blocks.shortcut import ShortcutBlock
from unetgen.parts.part import Part
from unetgen.parts.skips.attention import AttentionSkip
from unetgen.parts.topologies.strided_unet import StridedUNet
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv
from unetgen.plan.place import Piece

Section = TypeVar("Section", bound=Part)
BY_FILTERS = ("base_filters", "filter_growth", "max_filters", "conv_widths")
"""What the widths follow from where `filters` does not give them."""


def idle_widths(config: UNetConfig) -> Iterator[Problem]:
    """Fields that widths would follow from, beside `filters`, which gives them all."""
    for name in BY_FILTERS if config.filters is not None else ():
        if (value := getattr(config, name)) != type(config).model_fields[name].default:
            message = "does nothing beside `filters`, which gives every width"
            got = list(value) if isinstance(value, tuple) else value
            yield Problem(message, (name,), got, hint=f"leave out {name}, or `filters`")


def idle_decoder(config: UNetConfig) -> Iterator[Problem]:
    """What `decoder` says of blocks that there are not."""
    topology, decoder = config.topology, config.decoder
    if decoder is None or not isinstance(topology, StridedUNet) or topology.decoder_blocks:
        return
    message = "does nothing: `decoder_blocks: false` leaves the decoder without blocks"
    for name in type(decoder).model_fields:
        if (value := getattr(decoder, name)) is not None:
            hint = "leave it out, or set `topology.decoder_blocks: true`"
            yield Problem(message, ("decoder", name), value, hint=hint)


def idle_resize(config: UNetConfig) -> Iterator[Problem]:
    """Options of policies that are not chosen."""
    resize = config.resize
    for name, policy in (("interpolation", "resize_to_skip"), ("padding", "pad_to_skip")):
        value = getattr(resize, name)
        if resize.policy != policy and value != type(resize).model_fields[name].default:
            message = f"is for the policy {policy}, and does nothing under {resize.policy}"
            hint = f"leave it out, or set `policy: {policy}`"
            yield Problem(message, ("resize", name), value, hint=hint)


def idle_deep_supervision(config: UNetConfig) -> Iterator[Problem]:
    """Options of deep supervision that need another one."""
    deep, path = config.head.deep_supervision, ("head", "deep_supervision")
    if deep is None:
        return
    if not deep.sides and deep.fuse != "concat":
        message = "is for `fuse: concat`, and does nothing without"
        hint = "leave it out, or set `fuse: concat`"
        yield Problem(message, (*path, "sides"), deep.sides, hint=hint)
    if deep.interpolation != "linear" and not deep.all_of_one_size:
        message = "does nothing: no head is up-sampled"
        hint = "leave it out, or set `upsample: true` or `fuse`"
        yield Problem(message, (*path, "interpolation"), deep.interpolation, hint=hint)


def idle_by_plan(config: UNetConfig, plan: Plan) -> Iterator[Problem]:
    """Shared fields that no layer of `plan` goes by, where blocks bring their own.

    Whether another part goes by them, such as an up-sampling's convolution, only the plan tells: it is made
    again with other values, and nothing may change. Configs without such blocks are not asked. `config` has
    its defaults said.
    """
    for row in SUSPECTS:
        section = _at(config, row.place) if row.holds(config, plan) else None
        if not isinstance(section, Part):
            continue
        for name, others in row.fields.items():
            path = (*row.place, name)
            value = getattr(section, name)
            if _is_set(section, name) and all(
                _same_plan(config, path, other, plan) for other in others if other != value
            ):
                got = value.model_dump(mode="json") if isinstance(value, Part) else value
                hint = f"leave it out, or set `{'.'.join(path)}: none`" if name == "norm" else "leave it out"
                yield Problem(f"does nothing: {row.reason}", path, got, hint=hint)


@dataclass(frozen=True)
class Suspects:
    """Fields under `place` that may do nothing where `holds`, each with values that give different plans
    wherever anything goes by it; `reason` says why they may."""

    place: tuple[str, ...]
    fields: Mapping[str, tuple[object, ...]]
    holds: Callable[[UNetConfig, Plan], bool]
    reason: str


SHARED: Mapping[str, tuple[object, ...]] = {
    "kernel": (1, 3, 5),
    "norm": ("none", "batch", "instance"),
    "activation": ("linear", "relu", "tanh"),
    "order": (("conv", "norm", "activation", "dropout"), ("norm", "activation", "conv", "dropout")),
}
"""What all convolutions have in common, apart from the blocks that bring their own."""
OF_SHORTCUTS: Mapping[str, tuple[object, ...]] = {
    "projection_kernel": (1, "block"),
    "projection_bias": (True, False),
    "shortcut_pool": ("none", "average"),
}
OF_FIRST_BLOCKS: Mapping[str, tuple[object, ...]] = {"preactivate_input": (True, False)}
SHORTCUT = Piece("shortcut", None)
OF_CHANNEL_GATES: Mapping[str, tuple[object, ...]] = {"ratio": (1, 4), "activation": ("relu", "tanh")}


def _has_convnext(config: UNetConfig, plan: Plan) -> bool:
    decoder = config.decoder
    return any(isinstance(each, ConvNeXtBlock) for each in (config.block, decoder and decoder.block))


def _has_own_kernels(config: UNetConfig, plan: Plan) -> bool:
    decoder = config.decoder
    return any(getattr(each, "kernels", None) for each in (config.block, decoder and decoder.block))


def _has_plain_shortcuts(config: UNetConfig, plan: Plan) -> bool:
    """Blocks with a shortcut, and none of these has a strided convolution, which goes by all such fields."""
    return isinstance(config.block, ShortcutBlock) and not any(
        isinstance(node.op, Conv) and max(node.op.strides) > 1 and SHORTCUT in node.place.pieces
        for node in plan.nodes
    )


def _has_shortcuts(config: UNetConfig, plan: Plan) -> bool:
    return isinstance(config.block, ShortcutBlock)


def _gates_positions(config: UNetConfig, plan: Plan) -> bool:
    gate = config.block.squeeze_excitation
    return gate is not None and gate.kind == "spatial"


def _joins_by_addition(config: UNetConfig, plan: Plan) -> bool:
    return isinstance(config.skip, AttentionSkip) and config.skip.join == "add"


_CONVNEXT = "the block convnext has its own, and nothing else goes by it"
_KERNELS = "the block's `kernels` say them, and nothing else goes by it"
SUSPECTS: tuple[Suspects, ...] = (
    Suspects((), SHARED, _has_convnext, _CONVNEXT),
    Suspects(("decoder",), SHARED, _has_convnext, _CONVNEXT),
    Suspects((), {"kernel": SHARED["kernel"]}, _has_own_kernels, _KERNELS),
    Suspects(("decoder",), {"kernel": SHARED["kernel"]}, _has_own_kernels, _KERNELS),
    Suspects(("block",), OF_FIRST_BLOCKS, _has_shortcuts, "nothing stands before the first convolution"),
    Suspects(("block",), OF_SHORTCUTS, _has_plain_shortcuts, "no shortcut of this network goes by it"),
    Suspects(("block", "squeeze_excitation"), OF_CHANNEL_GATES, _gates_positions, "the gate is spatial"),
    Suspects(("skip",), {"order": ("up_first", "skip_first")}, _joins_by_addition, "the skip is added"),
)


def _is_set(section: Part, name: str) -> bool:
    info = type(section).model_fields[name]
    return bool(getattr(section, name) != info.get_default(call_default_factory=True))


def _at(config: UNetConfig, path: Path) -> object:
    value: object = config
    for name in path:
        value = getattr(value, str(name), None)
    return value


def _same_plan(config: UNetConfig, path: Path, other: object, plan: Plan) -> bool:
    """Whether `config` with `other` at `path` has the same plan."""
    try:
        changed = _changed(config, path, other)
        recipe = recipe_of(changed, Draft(changed).values)
        builder = Builder(recipe.input)
        changed.topology.lower(builder, recipe)
    except (Wrong, ValueError):  # pydantic's is a ValueError
        return False
    return builder.nodes == plan.nodes


def _changed(section: Section, path: Path, value: object) -> Section:
    name, *inside = path
    if inside:
        value = _changed(getattr(section, str(name)), tuple(inside), value)
        return section.model_copy(update={str(name): value})
    data = section.model_dump(mode="json") | {str(name): value}
    return type(section).model_validate(data)
