"""The receptive field: how many input positions an output position sees on each axis."""

from __future__ import annotations

from unetgen.analysis.sizes import size_multiple
from unetgen.plan.graph import Plan

Interval = tuple[int, int]


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
    fields = []
    for axis, period in enumerate(periods):
        size = spec.spatial[axis]
        first = max((size - period) // 2, 0)
        positions = range(first, min(first + period, size))
        fields.append(max(_seen(plan, name, axis, position) for position in positions))
    return tuple(fields)


def _seen(plan: Plan, output: str, axis: int, position: int) -> int:
    windows: dict[str, Interval] = {output: (position, position)}
    for node in reversed(plan.nodes[1:]):
        window = windows.pop(node.name, None)
        if window is None:
            continue
        low, high = node.op.window(axis, *window, plan.input_specs(node))
        if low > high:
            continue
        for source in node.inputs:
            known = windows.get(source)
            windows[source] = (min(low, known[0]), max(high, known[1])) if known else (low, high)
    low, high = windows.get(plan.input.name, (0, -1))
    return high - low + 1
