"""What a box of the stage view says of its block: ``×2``, ``6×(2⊕)``, ``2×(6⊕+3⊕)``, ``RSU-7``, ``2+ASPP 6``.

A number is of convolutions; a plus in a circle closes a residual block, whose shortcut begins before the
first of them. What branches otherwise has the name of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from unetgen.emit.figure import fonts
from unetgen.emit.figure.drawn_u import LevelRow
from unetgen.emit.figure.legend_words import factor
from unetgen.emit.figure.pen import TEXT, Pen
from unetgen.emit.figure.shapes import Point
from unetgen.plan.graph import Node
from unetgen.plan.ops import (
    AdaptivePool,
    Conv,
    GlobalPool,
    Pool,
    PositionAttention,
    SelfAttention,
    TransposedConv,
)

RADIUS, ASIDE = 2.0, 0.6
"""Of the circle in a line of text, and what keeps it clear of its neighbours."""
ADDITION = "⊕"
"""Stands for the circle, which the face lacks."""
Nodes = Sequence[Node]


@dataclass(frozen=True)
class Repetition:
    """`times` residual blocks of `convs` convolutions each, or (not `adds`) convolutions in a chain."""

    convs: int
    adds: bool
    times: int = 1


def runs(row: LevelRow) -> list[Repetition]:
    """The convolutions of a row that is a chain, by the shortcuts around them."""
    steps = {index: _convs(step.nodes) for index, step in enumerate(row.steps)}
    at = 0
    if row.way and row.way_in_block:
        at, steps[-1] = -1, _convs(row.way.nodes)
    found: list[Repetition] = []
    for join in row.joins:
        start = max(join.source + 1, at)
        found += [Repetition(sum(steps[i] for i in range(at, start)), adds=False)] if start > at else []
        run = Repetition(sum(steps[i] for i in range(start, join.target + 1)), adds=True)
        if found and replace(found[-1], times=1) == run:
            found[-1] = replace(run, times=found[-1].times + 1)
        else:
            found.append(run)
        at = join.target + 1
    rest = sum(count for index, count in steps.items() if index >= at)
    return [*found, *([Repetition(rest, adds=False)] if rest else [])]


def inside(row: LevelRow) -> str:
    """The line in the row's box; nothing where the row has no block."""
    nodes = [node for operation in row.inner for node in operation.nodes]
    kinds = [name(nodes) for test, name in KINDS.values() if test(nodes)]
    if row.rich:
        plain = [node for node in nodes if node.place.part is None] if _pyramid(nodes) else []
        return "+".join([*([str(_convs(plain))] if plain else []), *(kinds or ["branched"])])
    found = runs(row)
    if len(found) == 1 and not kinds and not found[0].adds:
        return f"×{found[0].convs}"
    return "+".join([*_folded([_said(run, len(found) > 1 or bool(kinds)) for run in found]), *kinds])


def _folded(said: list[str]) -> list[str]:
    """What is said of the runs, with a row of several that goes on to the end said once.

    >>> _folded(["1", "(6⊕)", "(3⊕)", "(6⊕)", "(3⊕)"])
    ['1', '2×(6⊕+3⊕)']
    """
    for start in range(len(said)):
        left = said[start:]
        for period in range(2, len(left) // 2 + 1):
            times, rest = divmod(len(left), period)
            if not rest and left == left[:period] * times:
                row = "+".join(word[1:-1] if word.startswith("(") else word for word in left[:period])
                return [*said[:start], f"{times}×({row})"]
    return list(said)


def _said(run: Repetition, amid: bool) -> str:
    if not run.adds:
        return str(run.convs)
    one = f"{run.convs}{ADDITION}"
    return f"{run.times}×({one})" if run.times > 1 else f"({one})" if amid else one


def _convs(nodes: Nodes) -> int:
    """Convolutions with weights of their own, those of gates, attention and shortcuts left out."""
    return sum(
        isinstance(node.op, Conv | TransposedConv)
        and node.weights_of is None
        and not node.place.has("attention", "shortcut", "squeeze_excitation")
        for node in nodes
    )


def _pieces(nodes: Nodes, name: str) -> list[Node]:
    return [node for node in nodes if any(piece.name == name for piece in node.place.pieces)]


def _numbers(nodes: Nodes, name: str) -> int:
    return len({p.number for n in nodes for p in n.place.pieces if p.name == name})


def _nested(nodes: Nodes) -> str:
    inner = _pieces(nodes, "nested")
    dilated = "" if any(isinstance(node.op, Pool) for node in inner) or len(inner) == 0 else "F"
    return f"RSU-{_numbers(nodes, 'nested')}{dilated}"


def _pyramid(nodes: Nodes) -> bool:
    return bool(_pieces(nodes, "rate") or _pieces(nodes, "grid"))


def _rates(nodes: Nodes) -> str:
    ops = (node.op for node in _pieces(nodes, "rate"))
    convs = [op for op in ops if isinstance(op, Conv) and max(op.kernel) > 1]
    return f"ASPP {', '.join(factor(op.dilation) for op in convs)}"


def _grids(nodes: Nodes) -> str:
    pools = [node for node in _pieces(nodes, "grid") if isinstance(node.op, AdaptivePool | GlobalPool)]
    return f"PSP {', '.join(factor(node.spec.spatial) for node in pools)}"


Kind = tuple[Callable[[Nodes], bool], Callable[[Nodes], str]]
KINDS: Mapping[str, Kind] = {
    "RSU-n: a U of n levels (F: dilated, not pooled) whose input is added": (
        lambda nodes: bool(_pieces(nodes, "nested")),
        _nested,
    ),
    "dense n: n convolutions, each on all before it, concatenated, and a 1×1 transition": (
        lambda nodes: bool(_pieces(nodes, "concat")),
        lambda nodes: f"dense {_numbers(nodes, 'concat')}",
    ),
    "MultiRes: convolutions in a row, their outputs concatenated, and a 1×1 shortcut added": (
        lambda nodes: bool(_pieces(nodes, "scales")),
        lambda nodes: "MultiRes",
    ),
    "dil. n: n branches of different dilations, added": (
        lambda nodes: bool(_pieces(nodes, "branch")),
        lambda nodes: f"dil. {_numbers(nodes, 'branch')}",
    ),
    "pyramid att.: weighed by smaller sizes of itself, and its average added": (
        lambda nodes: bool(_pieces(nodes, "average")),
        lambda nodes: "pyramid att.",
    ),
    "ASPP: convolutions of these dilations side by side, concatenated": (
        lambda nodes: bool(_pieces(nodes, "rate")),
        _rates,
    ),
    "PSP: averages over grids of so many bins an axis, convolved and resized, concatenated": (
        lambda nodes: bool(_pieces(nodes, "grid")),
        _grids,
    ),
    "self-att.: self-attention, its input added": (
        lambda nodes: any(isinstance(node.op, SelfAttention) for node in nodes),
        lambda nodes: "self-att.",
    ),
    "pos. att.: position attention, its input added, and a convolution": (
        lambda nodes: any(isinstance(node.op, PositionAttention) for node in nodes),
        lambda nodes: "pos. att.",
    ),
}
"""Kinds that branch, by their line of the legend: how they are known, and what they are called."""


def kinds(rows: Sequence[LevelRow]) -> list[str]:
    """What the legend says of the kinds that occur."""
    every = [[node for operation in row.inner for node in operation.nodes] for row in rows]
    return [text for text, (test, _) in KINDS.items() if any(map(test, every))]


def width(line: str) -> float:
    """What a line with its circles takes."""
    return sum(_advance(part) for part in _parts(line))


def write(pen: Pen, line: str, centre: Point, group: str | None) -> None:
    """The line, centred."""
    x, y = centre[0] - width(line) / 2, centre[1]
    for part in _parts(line):
        if part == ADDITION:
            pen.plus((x + ASIDE + RADIUS, y), RADIUS, group)
        else:
            pen.text_mid((x, y), part, anchor="start", role="count", group=group)
        x += _advance(part)


def _parts(line: str) -> list[str]:
    parts = [piece for text in line.split(ADDITION) for piece in (text, ADDITION)][:-1]
    return [part for part in parts if part]


def _advance(part: str) -> float:
    return 2 * (RADIUS + ASIDE) if part == ADDITION else fonts.advance(part, TEXT)
