"""The U as text: a row a level, the encoder going down on the left, the decoder coming up on the right."""

from __future__ import annotations

from dataclasses import dataclass, field

from unetgen.emit.figure.input_reading import adds_input
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Conv, Norm
from unetgen.plan.ops.base import Axes
from unetgen.plan.ops.fitted import CROPS, PADS
from unetgen.plan.tensor import sizes

_LEGEND = {"+": "a+b concatenated", "⊕": "⊕ added", "⇒": "⇒ output"}
_STEP = 3
"""Columns that a level stands further in than the one above it."""


@dataclass
class _Side:
    """One side of a level: channels from layer to layer, the way to it, its size."""

    channels: list[str] = field(default_factory=list)
    way: str = ""
    is_resized: bool = False
    """Whether the way has changed the size."""
    spatial: Axes = ()
    last: int = 0
    """Channels of the last tensor."""
    told: int = 0
    """Those of the last convolution that is told."""
    joins: bool = False
    """Whether a skip leads to it."""
    passed: int = 0
    """Those of the way to the level, for one with nothing else."""

    @property
    def text(self) -> str:
        return " → ".join(self.channels)


def drawn(plan: Plan) -> str:
    """The levels of `plan` with their channels from layer to layer; empty where it is not a single U."""
    if any(map(_is_outside_a_u, plan.nodes)):
        return ""
    encoder, decoder = _sides(plan)
    if not encoder or set(decoder) - set(encoder) or set(encoder) != set(range(len(encoder))):
        return ""
    depth = len(encoder)
    size_width = max(len(sizes(side.spatial)) for side in encoder.values())
    margin = len(f"level {depth - 1}  ") + size_width + 2
    right = max(_STEP * level + len(side.text) for level, side in encoder.items()) + 4
    right = max(right, *(_STEP * (2 * level - depth + 1) + len(s.way) + 4 for level, s in encoder.items()))
    lines = []
    for level in range(depth):
        side, up = encoder[level], decoder.get(level)
        if level > 0:
            above = decoder.get(level - 1)
            start = right + _STEP * (depth - 1 - level)
            down = f"{'':{_STEP * level}}↓ {side.way}"
            way_up = f"↑ {above.way}" if above and above.way else ""
            lines.append(f"{'':{margin}}{down:<{start}} {way_up}".rstrip())
        left = f"{'':{_STEP * level}}{side.text} "
        line = f"{f'level {level}':<{margin - size_width - 2}}{sizes(side.spatial):>{size_width}}  {left}"
        if up:
            start = right + _STEP * (depth - 1 - level)
            shrunk = f"  ({sizes(up.spatial)})" if up.spatial != side.spatial else ""
            arrow = f"{'─' * (start - len(left) - 2)}▶" if up.joins else " " * (start - len(left) - 1)
            line += f"{arrow} {up.text}{shrunk}"
        lines.append(line.rstrip())
    text = "\n".join(lines)
    legend = ", ".join(words for sign, words in _LEGEND.items() if sign in text)
    return f"{text}\n{'':{margin}}{legend}" if legend else text


def _is_outside_a_u(node: Node) -> bool:
    place = node.place
    is_strided_end = place.side == "head" and place.part in ("up", "stem")
    return place.side == "nested" or place.task != "" or place.joins_levels or is_strided_end


def _sides(plan: Plan) -> tuple[dict[int, _Side], dict[int, _Side]]:
    encoder: dict[int, _Side] = {}
    decoder: dict[int, _Side] = {}
    sides = {"encoder": encoder, "decoder": decoder}
    for node in plan.nodes:
        if node.place.side in sides and node.place.level is not None:
            _take(plan, node, sides[node.place.side].setdefault(node.place.level, _Side()))
    for level in range(min(encoder, default=0)):  # at which the encoder has nothing
        at = decoder[level].spatial if level in decoder else plan.input.spec.spatial
        encoder[level] = _Side(spatial=at)
    for row in (*encoder.values(), *decoder.values()):
        if not row.channels and not row.last and row.passed:
            row.channels.append(str(row.passed))
        if row.told != row.last:  # the block ends in something else than its numbered convolutions
            row.channels.append(str(row.last))
    if 0 in encoder:
        encoder[0].channels.insert(0, str(plan.input.spec.channels))
    for level, channels in _outputs(plan).items():
        ends = decoder.get(level) or encoder.get(level)
        if ends is not None:
            ends.channels[-1] += f" ⇒ {channels}"
    if (ends := decoder.get(0) or encoder.get(0)) is not None and _adds_input(plan):
        ends.channels[-1] += " ⊕ input"
    return encoder, decoder


def _adds_input(plan: Plan) -> bool:
    return adds_input([node for node in plan.nodes if node.place.side == "head"], [plan.input.name])


def _outputs(plan: Plan) -> dict[int, int]:
    """The main outputs' channels by level; fused heads and the first column's stand at the first."""
    channels_by_level: dict[int, int] = {}
    for name in plan.outputs:
        node = plan.by_name[name]
        if node.place.side == "head" and node.place.column is None:
            channels_by_level.setdefault(node.place.level or 0, node.spec.channels)
    return channels_by_level


def _take(plan: Plan, node: Node, side: _Side) -> None:
    """Add to `side` what `node` shows of it."""
    place, inputs = node.place, plan.input_specs(node)
    side.spatial = node.spec.spatial
    if place.part in ("down", "up"):
        resizes = node.spec.spatial != inputs[0].spatial and not isinstance(node.op, (*PADS, *CROPS))
        if not side.way or (resizes and not side.is_resized):  # a convolution may stand before it
            side.way = "" if isinstance(node.op, (*PADS, Norm)) else node.op.words()
        side.is_resized = side.is_resized or resizes
        side.passed = node.spec.channels
        return
    if place.part == "skip":
        sides = [plan.by_name[name].place.side for name in node.inputs]
        side.joins = side.joins or "encoder" in sides or (None in sides and isinstance(node.op, Add | Concat))
        if isinstance(node.op, Concat) or (isinstance(node.op, Add) and not place.pieces):
            sign = "+" if isinstance(node.op, Concat) else "⊕"
            side.channels.append(sign.join(str(spec.channels) for spec in inputs))
        return
    side.last = node.spec.channels
    if place.part == "stem" and isinstance(node.op, Conv) and max(node.op.strides) > 1:
        side.way = side.way or node.op.words()
    if isinstance(node.op, Conv) and place.ends_with("conv") and place.pieces[-1].number is not None:
        side.told = node.spec.channels
        strided = max(node.op.strides) > 1
        if strided:  # the way down is the block's own first convolution
            side.way = side.way or f"stride {sizes(node.op.strides)}"
        side.channels.append(str(node.spec.channels))
    elif place.ends_with("add") and isinstance(node.op, Add) and side.told == side.last:
        side.channels[-1] += " ⊕"
