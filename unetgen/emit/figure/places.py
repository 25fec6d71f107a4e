"""Places: where in the network each node of a plan stands, by its scope."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from unetgen.plan.graph import Node, Plan

Side = Literal["input", "encoder", "nested", "decoder", "head"]

_LEVEL = re.compile(
    r"(?:tasks/([^/]+)/)?(?:(encoder|decoder)/level(\d+)|(nested)/level(\d+)/column(\d+))(?:/(.+))?"
)
_HEAD = re.compile(r"(?:tasks/([^/]+)/)?head(?:/(?:level\d+|column\d+|fuse|up)(?=/|$))?(?=/|$)")
WHOLE = ("down", "up", "skip")
"""Parts of a row whose inner scopes are not told apart."""
TOGETHER = ("shortcut", "squeeze_excitation")
"""Parts of a block whose inner scopes are not told apart."""


@dataclass(frozen=True)
class Place:
    """A side of the network, a level of it, and the part of that row (of the heads: the head's own scope).

    `column` is that of a nested node, `task` the further task whose decoder it is.
    """

    side: Side
    level: int
    part: str
    column: int = 0
    task: str = ""


def places(plan: Plan) -> dict[str, Place]:
    """The place of every node. A scope that says nothing of the U stands where its first input stands.

    A scope that uses the weights of the one beside it stands with that one: they are one thing to draw.
    """
    found: dict[str, Place] = {}
    latest: dict[Place, str] = {}
    repeated = _repeated(plan)
    for node in plan.nodes:
        before = found[node.inputs[0]] if node.inputs else Place("input", 0, "")
        place = _of_scope(_owner(node.scope, repeated), before)
        row = replace(place, part="")
        if place.part == "" and place.side in ("encoder", "nested", "decoder"):
            # Loose in its level, such as the dropout at a block's end: it joins the part before it.
            place = replace(place, part=latest.get(row, ""))
        latest[row] = place.part
        found[node.name] = place
    return found


def _of_scope(scope: str, before: Place) -> Place:
    if match := _LEVEL.fullmatch(scope):
        task, way, level, nested, nested_level, column, inner = match.groups()
        side: Side = "nested" if nested else "encoder" if way == "encoder" else "decoder"
        part = _part(inner or "")
        return Place(side, int(level or nested_level), part, int(column or 0), task or "")
    if match := _HEAD.match(scope):
        return Place("head", before.level, match[0], before.column, match[1] or "")
    return replace(before, part=scope if before.side != "input" else "")


def _part(path: str) -> str:
    """The part of a row that an inner scope belongs to."""
    pieces = path.split("/")
    if pieces[0] in WHOLE:
        return pieces[0]
    ends = [index for index, piece in enumerate(pieces) if piece in TOGETHER]
    return "/".join(pieces[: ends[0] + 1]) if ends else path


def _repeated(plan: Plan) -> dict[str, str]:
    """Scopes that stand elsewhere: what repeats with shared weights is one part, all around it included."""
    found: dict[str, str] = {}
    for node in plan.nodes:
        if node.weights_of is None:
            continue
        own, owner = node.scope.split("/"), plan.by_name[node.weights_of].scope.split("/")
        apart = next((k for k, (a, b) in enumerate(zip(own, owner, strict=False)) if a != b), None)
        if apart is None:
            continue
        parent = "/".join(own[:apart])
        match = _LEVEL.fullmatch(parent)
        if match and match[7]:
            found[parent] = parent
        else:
            found["/".join(own[: apart + 1])] = "/".join(owner[: apart + 1])
    return found


def _owner(scope: str, repeated: dict[str, str]) -> str:
    for own, owner in repeated.items():
        if scope == own or scope.startswith(f"{own}/"):
            return owner
    return scope


def loops(nodes: tuple[Node, ...]) -> int:
    """How many times what these nodes compute runs with one set of weights."""
    uses: dict[str, int] = {}
    for node in nodes:
        if node.weights_of is not None:
            uses[node.weights_of] = uses.get(node.weights_of, 1) + 1
    return max(uses.values(), default=1)
