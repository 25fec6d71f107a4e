"""What the functions of a source are called."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.emit.source.units import Unit
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Add, Conv, Dropout, Norm, Op, Pad, PRelu, TransposedConv

PARTS = {"up": "up_block", "down": "down_block", "skip": "skip_block"}
PIECES = {"gate": "attention_gate", "nested": "nested_step"}
BLOCKS = frozenset({"block", "unit"})
"""Pieces that are blocks by themselves: they are called after what is in them."""
SHORT: dict[type[Op], str] = {
    Conv: "conv",
    TransposedConv: "transposed_conv",
    Norm: "norm",
    PRelu: "prelu",
    Dropout: "dropout",
    Pad: "",
}
"""Ops of which a short row is called after them all."""


def named(alike: Sequence[Sequence[Unit]], plan: Plan) -> list[str]:
    """A name for each kind of units, all different."""
    bases = [_base(units[0]) for units in alike]
    sides = [_side(units) for units in alike]
    names: list[str] = []
    for base, side in zip(bases, sides, strict=True):
        rivals = [other for each, other in zip(bases, sides, strict=True) if each == base]
        name = f"{side}_{base}" if len(rivals) > 1 and side and rivals.count(side) == 1 else base
        count = 2
        while name in names:
            name, count = f"{base}{count}", count + 1
        names.append(name)
    return names


def _side(units: Sequence[Unit]) -> str:
    """The one side that all of them are on, or nothing."""
    sides = {unit.place.side or "input" for unit in units}
    return sides.pop() if len(sides) == 1 else ""


def _base(unit: Unit) -> str:
    place = unit.place
    if not place.pieces:
        if place.part is not None:
            return PARTS.get(place.part, place.part)
        return "head" if place.side == "head" else _block(unit)
    piece = place.pieces[-1].name
    return _block(unit, piece) if piece in BLOCKS else _row(unit) or PIECES.get(piece, piece)


def _row(unit: Unit) -> str:
    """Such as ``conv_norm_relu``; nothing for what is longer or has other ops."""
    ops = [node.op for node in unit.nodes()]
    words = [op.name if isinstance(op, Activation) else SHORT.get(type(op)) for op in ops]
    if len(words) > 4 or None in words or not any(isinstance(op, Conv | TransposedConv) for op in ops):
        return ""
    return "_".join(filter(None, words))


def _block(unit: Unit, piece: str = "block") -> str:
    if any(node.weights_of for node in unit.nodes()):
        return f"recurrent_{piece}"
    is_residual = any(isinstance(node.op, Add) for node in unit.nodes())
    return f"residual_{piece}" if is_residual else f"conv_{piece}"
