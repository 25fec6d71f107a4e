"""The receptive field: how many input positions an output position sees on each axis."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.analysis.sizes import size_multiple
from unetgen.plan.graph import Plan
from unetgen.plan.ops.base import HERE, Interval, Reach

LONGEST_PERIOD = 4096
"""Where the coarsest resolution is coarser than this, trying every position would take minutes."""


def receptive_field(plan: Plan, output: str | None = None) -> tuple[int, ...] | None:
    """The largest number of positions that one output position sees, per axis, of an endless input.

    Found by following windows from the output back to the input, for each output position of one whole
    period in the middle of the output: where it falls between the down-samplings decides what it sees.
    Statistics of normalizations are left out, as is usual. None where that period exceeds 4096 positions.
    """
    name = output or plan.outputs[0]
    spec = plan.by_name[name].spec
    periods = size_multiple(plan)
    if max(periods) > LONGEST_PERIOD:
        return None
    widest: dict[tuple[object, ...], int] = {}
    fields = []
    for axis, period in enumerate(periods):
        size = spec.spatial[axis]
        first = max((size - period) // 2, 0)
        positions = range(first, min(first + period, size))
        reaches = tuple(node.op.reach(axis, plan.input_specs(node)) for node in plan.nodes[1:])
        alike = (positions, reaches)  # of two axes that are alike, one is enough
        if alike not in widest:
            widest[alike] = _widest(plan, name, positions, reaches)
        fields.append(widest[alike])
    return tuple(fields)


def _widest(plan: Plan, output: str, positions: Sequence[int], reaches: Sequence[Reach]) -> int:
    """The most input positions that one of the output's `positions` sees on an axis with these `reaches`."""
    windows: dict[str, list[Interval]] = {output: [(position, position) for position in positions]}
    for node, reach in zip(reversed(plan.nodes[1:]), reversed(reaches), strict=True):
        here = windows.pop(node.name, None)
        if here is None:
            continue
        seen = here if reach == HERE else reach.seen(here)
        for source in node.inputs:
            windows[source] = list(map(_hull, windows[source], seen)) if source in windows else seen
    return max(max(high - low + 1, 0) for low, high in windows[plan.input.name])


def _hull(one: Interval, other: Interval) -> Interval:
    """From the first position of both to the last; an empty interval adds nothing."""
    if one[0] > one[1]:
        return other
    if other[0] > other[1]:
        return one
    return min(one[0], other[0]), max(one[1], other[1])
