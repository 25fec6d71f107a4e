"""The U as text: a row a level, the encoder going down on the left, the decoder coming up on the right."""

from __future__ import annotations

from dataclasses import dataclass, field

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Conv
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import sizes

_LEGEND = {"+": "a+b concatenated", "⊕": "⊕ added", "⇒": "⇒ output"}
_STEP = 3
"""Columns that a level stands further in than the one above it."""


@dataclass
class _Side:
    """One side of a level: channels from layer to layer, the way to it, its size."""

    channels: list[str] = field(default_factory=list)
    way: str = ""
    spatial: Axes = ()
    last: int = 0
    """Channels of the last tensor."""
    told: int = 0
    """Those of the last convolution that is told."""

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
            line += f"{'─' * (start - len(left) - 2)}▶ {up.text}{shrunk}"
        lines.append(line.rstrip())
    text = "\n".join(lines)
    legend = ", ".join(words for sign, words in _LEGEND.items() if sign in text)
    return f"{text}\n{'':{margin}}{legend}" if legend else text


def _is_outside_a_u(node: Node) -> bool:
    place = node.place
    is_strided_end = place.side == "head" and place.part == "up"
    return place.side == "nested" or place.task != "" or place.joins_levels or is_strided_end


def _sides(plan: Plan) -> tuple[dict[int, _Side], dict[int, _Side]]:
    encoder: dict[int, _Side] = {}
    decoder: dict[int, _Side] = {}
    sides = {"encoder": encoder, "decoder": decoder}
    for node in plan.nodes:
        if node.place.side in sides and node.place.level is not None:
            _take(plan, node, sides[node.place.side].setdefault(node.place.level, _Side()))
    for row in (*encoder.values(), *decoder.values()):
        if row.told != row.last:  # the block ends in something else than its numbered convolutions
            row.channels.append(str(row.last))
    if 0 in encoder:
        encoder[0].channels.insert(0, str(plan.input.spec.channels))
    for level, channels in _outputs(plan).items():
        ends = decoder.get(level) or encoder.get(level)
        if ends is not None:
            ends.channels[-1] += f" ⇒ {channels}"
    return encoder, decoder


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
    if place.part in ("down", "up"):
        side.way = side.way or node.op.words()
        return
    side.spatial = node.spec.spatial
    if place.part == "skip":
        if isinstance(node.op, Concat) or (isinstance(node.op, Add) and not place.pieces):
            sign = "+" if isinstance(node.op, Concat) else "⊕"
            side.channels.append(sign.join(str(spec.channels) for spec in inputs))
        return
    side.last = node.spec.channels
    if isinstance(node.op, Conv) and place.ends_with("conv") and place.pieces[-1].number is not None:
        side.told = node.spec.channels
        strided = max(node.op.strides) > 1
        if strided:  # the way down is the block's own first convolution
            side.way = side.way or f"stride {sizes(node.op.strides)}"
        side.channels.append(str(node.spec.channels))
    elif place.ends_with("add") and isinstance(node.op, Add) and side.told == side.last:
        side.channels[-1] += " ⊕"
