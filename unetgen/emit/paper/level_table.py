"""What a table of levels says: one row for each level of a side and for each head, in the data's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unetgen.analysis.summary import LayerRow, Summary
from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Place

MOST_LISTED = 4
"""Convolutions of a level that are listed one by one; of more of them the last one stands for all."""


@dataclass(frozen=True)
class LevelLine:
    """One row: the size of the last tensor, the channels of the convolutions, parameters and MACs."""

    name: str
    spatial: Axes
    channels: tuple[int, ...]
    params: int
    macs: int


def level_lines(summary: Summary) -> list[LevelLine]:
    """The rows; what belongs to no level has none, unless it costs something."""
    groups: dict[Place, list[LayerRow]] = {}
    for row in summary.layers:
        groups.setdefault(row.place.of_whole, []).append(row)
    by_name = summary.design.plan.by_name
    lines = [_line(place, rows, [by_name[row.name] for row in rows]) for place, rows in groups.items()]
    return [line for line in lines if line.name or line.params or line.macs]


def _line(place: Place, rows: Sequence[LayerRow], nodes: Sequence[Node]) -> LevelLine:
    widths = tuple(node.spec.channels for node in nodes if _is_on_the_way(node))
    channels = widths if 0 < len(widths) <= MOST_LISTED else (nodes[-1].spec.channels,)
    params, macs = sum(row.params for row in rows), sum(row.macs for row in rows)
    return LevelLine(place.words, nodes[-1].spec.spatial, channels, params, macs)


def _is_on_the_way(node: Node) -> bool:
    """Whether it is a convolution of the block, and not of a shortcut or a gate."""
    is_aside = node.place.has("shortcut", "squeeze_excitation")
    return isinstance(node.op, Conv) and node.place.part is None and not is_aside
