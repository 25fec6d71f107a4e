"""Places: where in the U each node of a plan stands, by its scope."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from unetgen.plan.graph import Plan

Side = Literal["input", "encoder", "decoder", "head"]

_LEVEL = re.compile(r"(encoder|decoder)/level(\d+)(?:/(.+))?")
_HEAD = re.compile(r"head(?:/level\d+)?(?=/|$)")
WHOLE = ("down", "up", "skip", "shortcut")
"""Parts of a row whose inner scopes are not told apart."""


@dataclass(frozen=True)
class Place:
    """A side of the U, a level of it, and the part of that row (of the heads: the head's own scope)."""

    side: Side
    level: int
    part: str


def places(plan: Plan) -> dict[str, Place]:
    """The place of every node. A scope that says nothing of the U stands where its first input stands."""
    found: dict[str, Place] = {}
    latest: dict[tuple[Side, int], str] = {}
    for node in plan.nodes:
        before = found[node.inputs[0]] if node.inputs else Place("input", 0, "")
        place = _of_scope(node.scope, before)
        if place.part == "" and place.side in ("encoder", "decoder"):
            # Loose in its level, such as the dropout at a block's end: it joins the part before it.
            place = replace(place, part=latest.get((place.side, place.level), ""))
        latest[place.side, place.level] = place.part
        found[node.name] = place
    return found


def _of_scope(scope: str, before: Place) -> Place:
    if match := _LEVEL.fullmatch(scope):
        side: Side = "encoder" if match[1] == "encoder" else "decoder"
        part = match[3] or ""
        first = part.split("/")[0]
        return Place(side, int(match[2]), first if first in WHOLE else part)
    if match := _HEAD.match(scope):
        return Place("head", before.level, match[0])
    return replace(before, part=scope if before.side != "input" else "")
