"""The multiple that each axis of the input moves in: legal sizes are that far apart."""

from __future__ import annotations

import math
from fractions import Fraction

from unetgen.plan.graph import Plan
from unetgen.plan.ops import Resize


def size_multiple(plan: Plan) -> tuple[int, ...]:
    """Per axis, the step between sizes that divide everywhere: the plan's coarsest resolution.

    With same-padded convolutions these sizes are the multiples of it; with valid ones they are that far
    apart.
    """
    axes = range(plan.input.spec.dims)
    full = (1,) * len(axes)
    resolutions: list[tuple[int | Fraction, ...]] = [full]
    at = {plan.input.name: resolutions[0]}
    of_size = {plan.input.spec.spatial: resolutions[0]}
    for node in plan.nodes[1:]:
        here = at[node.inputs[0]]
        if type(node.op) is Resize:  # to the size of a tensor before it
            here = of_size.get(node.spec.spatial, here)
        steps = tuple(node.op.step(axis) for axis in axes)
        if steps != full:
            here = tuple(before * step for before, step in zip(here, steps, strict=True))
            resolutions.append(here)
        at[node.name] = here
        of_size.setdefault(node.spec.spatial, here)
    return tuple(math.lcm(*map(math.ceil, per_axis)) for per_axis in zip(*resolutions, strict=True))
