"""The multiple that each axis of the input moves in: legal sizes are that far apart."""

from __future__ import annotations

import math
from fractions import Fraction

from unetgen.plan.graph import Plan


def size_multiple(plan: Plan) -> tuple[int, ...]:
    """Per axis, the step between sizes that divide everywhere: the plan's coarsest resolution.

    With same-padded convolutions these sizes are the multiples of it; with valid ones they are that far
    apart.
    """
    return tuple(_coarsest(plan, axis) for axis in range(plan.input.spec.dims))


def _coarsest(plan: Plan, axis: int) -> int:
    steps = {plan.input.name: Fraction(1)}
    for node in plan.nodes[1:]:
        step = node.op.step(axis)
        before = steps[node.inputs[0]]
        steps[node.name] = before if step == 1 else before * step
    return math.lcm(*{math.ceil(step) for step in steps.values()})
