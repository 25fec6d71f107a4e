"""Sizes that do not fit a network, with advice that was tried: each size, policy and depth that is named
makes a network."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import count, islice
from typing import Any, Literal

from unetgen.config.draft import Draft
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.config.rules.between_fields import cross_problems
from unetgen.config.rules.memory import size_problems
from unetgen.config.sections import ResizePolicy
from unetgen.errors import ODD_SIZES, Problem, Wrong
from unetgen.parts.recipe import Recipe
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder, SizeFailure
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import TensorSpec

TRIALS = 600
"""How many other sizes are tried at most for the nearest legal ones."""
POLICIES: tuple[Literal["pad_and_crop", "resize_to_skip", "pad_to_skip"], ...] = (
    "pad_and_crop",
    "resize_to_skip",
    "pad_to_skip",
)
"""Policies that keep the size of the output, the one that changes least first."""


def misfits(config: UNetConfig, recipe: Recipe, failures: list[SizeFailure]) -> Iterator[Problem]:
    """One problem for each axis that fails, in order, with what would fit."""
    first: dict[int, SizeFailure] = {}
    for failure in failures:
        first.setdefault(failure.axis, failure)
    legal = _nearest_legal(config, recipe, tuple(first))
    policy = next((each for each in POLICIES if _fits(config, {"resize": ResizePolicy(policy=each)})), None)
    depth = next((each for each in range(config.depth - 1, 1, -1) if _fits(config, {"depth": each})), None)
    for axis, failure in sorted(first.items()):
        given, sizes = recipe.input.spatial[axis], legal[axis]
        has_smaller = bool(sizes) and min(sizes) < given
        yield Problem(
            f"does not fit {failure.place.scope or 'the network'}: {failure.reason}",
            path=("input", "reference" if axis in config.input.free else "shape", axis),
            got=given,
            hint=_advice(sizes, policy, None if has_smaller else depth),
            page=ODD_SIZES,
        )


def _advice(sizes: list[int], policy: str | None, depth: int | None) -> str:
    advice = "no size near it is legal"
    if sizes:
        noun = "size is" if len(sizes) == 1 else "sizes are"
        advice = f"the nearest legal {noun} {' and '.join(str(size) for size in sizes)}"
    ways = [f"`resize: {policy}`"] * bool(policy) + [f"`depth: {depth}`"] * bool(depth)
    return f"{advice}; {' or '.join(ways)} takes it as it is" if ways else advice


def _fits(config: UNetConfig, change: Mapping[str, Any]) -> bool:
    """Whether `config` with `change` makes a network."""
    changed = config.model_copy(update=change)
    draft = Draft(changed)
    if cross_problems(draft):
        return False
    recipe = recipe_of(changed, draft.values)
    builder = Builder(recipe.input)
    try:
        changed.topology.lower(builder, recipe)
    except Wrong:
        return False
    return not builder.failures and not any(size_problems(builder.nodes))


def _nearest_legal(config: UNetConfig, recipe: Recipe, axes: tuple[int, ...]) -> dict[int, list[int]]:
    """The nearest legal sizes below and above the given one, per failing axis.

    Axes do not depend on each other, so one lowering tries a size on all of them at once. Multiples of
    the total factor are tried first, then every size in turn.
    """
    strides = config.topology.strides(recipe)
    legal: dict[int, list[int]] = {axis: [] for axis in axes}
    for direction in (-1, 1):
        missing = {axis for axis in axes if strides[axis] <= LARGEST}
        for trial in islice(_trials(recipe.input.spatial, strides, direction), TRIALS):
            wrong = failing_axes(config, recipe, trial, missing)
            for axis in sorted(missing - wrong):
                if 1 <= trial[axis] <= LARGEST:
                    legal[axis].append(trial[axis])
                    missing.discard(axis)
            if not missing or all(trial[axis] < 1 for axis in missing):
                break
    return {axis: sorted(set(sizes)) for axis, sizes in legal.items()}


def _trials(spatial: Axes, strides: Axes, direction: int) -> Iterator[Axes]:
    if direction < 0:
        yield tuple(size // stride * stride for size, stride in zip(spatial, strides, strict=True))
    else:
        yield tuple(-(-size // stride) * stride for size, stride in zip(spatial, strides, strict=True))
    for step in count(1):
        yield tuple(size + direction * step for size in spatial)


def failing_axes(
    config: UNetConfig, recipe: Recipe, spatial: Axes, asked: Collection[int] | None = None
) -> set[int]:
    """The axes on which an input of this size does not fit; all where the network cannot be at all.

    Where only some axes are `asked` for, others that fail may not be among these.
    """
    sizes = tuple(max(size, 1) for size in spatial)
    every = set(range(len(sizes)))
    builder = _Trial(TensorSpec(sizes, recipe.input.channels), every if asked is None else asked)
    try:
        config.topology.lower(builder, recipe)
    except _EnoughError:
        pass
    except Wrong:
        return every
    return {failure.axis for failure in builder.failures}


class _EnoughError(Exception):
    """All axes asked for have failed."""


class _Trial(Builder):
    """A builder that stops where all axes asked for have failed."""

    def __init__(self, spec: TensorSpec, asked: Collection[int]) -> None:
        self._open = set(asked)
        super().__init__(spec)

    def fail(self, axis: int, reason: str, trial: int = 0) -> None:
        super().fail(axis, reason, trial)
        self._open.discard(axis)
        if not self._open:
            raise _EnoughError
