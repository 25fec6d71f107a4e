"""Belonging: with what each node of a plan is drawn, which is mostly the place where it stands."""

from __future__ import annotations

from dataclasses import replace

from unetgen.plan.graph import Plan
from unetgen.plan.place import KnownPiece, PartName, Place

WHOLE: tuple[PartName, ...] = ("down", "up", "skip")
"""Parts of a level whose pieces are not told apart."""
TOGETHER: tuple[KnownPiece, ...] = ("shortcut", "squeeze_excitation")
"""Pieces of a block whose own pieces are not told apart."""


def drawn_with(plan: Plan) -> dict[str, Place]:
    """The place that every node is drawn as a part of.

    What has no side stands where its first input stands. A loose node of a level, such as the dropout at a
    block's end, joins the part before it. What uses another piece's weights is drawn with that one.
    """
    drawn: dict[str, Place] = {}
    latest: dict[Place, Place] = {}
    repeated = _repeated(plan)
    for node in plan.nodes:
        before = drawn[node.inputs[0]] if node.inputs else Place()
        place = _drawn_part(_once(node.place, repeated), before)
        level = place.of_whole
        if place == level and place.side not in (None, "head"):
            place = latest.get(level, level)
        latest[level] = place
        drawn[node.name] = place
    return drawn


def _drawn_part(place: Place, before: Place) -> Place:
    if place.side is None:
        return replace(before, part=None, pieces=place.pieces) if before.side else before
    if place.side == "head" or place.part in WHOLE:
        return place.of_part
    together = next((index for index, piece in enumerate(place.pieces) if piece.name in TOGETHER), None)
    return place if together is None else place.cut(together + 1)


def _repeated(plan: Plan) -> dict[Place, Place]:
    """Pieces that are drawn elsewhere: what repeats with shared weights is one, all around it included."""
    elsewhere: dict[Place, Place] = {}
    for node in plan.nodes:
        if node.weights_of is None:
            continue
        here, there = node.place, plan.by_name[node.weights_of].place
        pairs = enumerate(zip(here.pieces, there.pieces, strict=False))
        apart = next((index for index, (one, other) in pairs if one != other), None)
        if apart is None:
            continue
        around = here.cut(apart)
        if around.level is not None and around != around.of_whole:
            elsewhere[around] = around
        else:
            elsewhere[here.cut(apart + 1)] = there.cut(apart + 1)
    return elsewhere


def _once(place: Place, repeated: dict[Place, Place]) -> Place:
    return next((drawn for around, drawn in repeated.items() if place.is_in(around)), place)
