"""The way of a head's scores from a coarser level to the input's size."""

from __future__ import annotations

import math

from unetgen.parts.fitting import resize
from unetgen.parts.recipe import Recipe, total_strides
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Upsample
from unetgen.plan.ops.resample import Interpolation


def to_input_size(b: Builder, x: Node, interpolation: Interpolation, recipe: Recipe) -> Node:
    """The scores `x` at the size of the input, by whole factors unless the `resize` policy resizes.

    The input's size is that of what is padded, where the policy pads.
    """
    wanted = [_input_sizes(b, axis, recipe) for axis in range(x.spec.dims)]
    up = Upsample(total_strides(recipe, 0, recipe.ends_at), interpolation)
    wrong = {
        (trial, axis)
        for axis in range(x.spec.dims)
        for trial, size in b.sizes_after(up, x, axis).items()
        if size != wanted[axis][trial]
    }
    if wrong and recipe.fit == "resize_to_skip":
        return resize(b, x, b.input, interpolation, "up")
    for trial, axis in sorted(wrong):
        b.fail(axis, "the coarser scores do not divide it", trial)
    return b.add(up, x, name="up")


def _input_sizes(b: Builder, axis: int, recipe: Recipe) -> dict[int, int]:
    """The size of the input that is tried, padded where the policy pads it."""
    multiple = math.prod(step.strides[axis] for step in recipe.steps) if recipe.fit == "pad_and_crop" else 1
    return {trial: math.ceil(size / multiple) * multiple for trial, size in b.sizes(b.input, axis).items()}
