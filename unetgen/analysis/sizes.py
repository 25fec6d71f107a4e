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
    axes = range(plan.input.spec.dims)
    resolutions: list[tuple[int | Fraction, ...]] = [(1,) * len(axes)]
    at = {plan.input.name: resolutions[0]}
    of_size = {plan.input.spec.spatial: resolutions[0]}
    for node in plan.nodes[1:]:
        here = at[node.inputs[0]]
        steps = [step for axis in axes if (step := node.op.step(axis)) is not None]
        if not steps:  # the size is given: that of a tensor before it
            here = of_size.get(node.spec.spatial, here)
        elif any(step != 1 for step in steps):
            here = tuple(before * step for before, step in zip(here, steps, strict=True))
            resolutions.append(here)
        at[node.name] = here
        of_size.setdefault(node.spec.spatial, here)
    return tuple(math.lcm(*map(math.ceil, per_axis)) for per_axis in zip(*resolutions, strict=True))
