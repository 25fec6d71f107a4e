"""From a config to its design, or to everything that keeps it from having one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice

from unetgen.config.design import Design
from unetgen.config.draft import Draft
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.config.resolved import with_defaults
from unetgen.config.rules.between_fields import cross_problems
from unetgen.config.rules.memory import size_problems
from unetgen.errors import ConfigError, Problem, Wrong
from unetgen.parts.recipe import Recipe
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder, SizeFailure
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Place
from unetgen.plan.tensor import TensorSpec

TRIALS = 600
"""How many other sizes are tried at most for the nearest legal ones."""


def lower(config: UNetConfig) -> Design:
    """`config` with its defaults said, and its verified plan.

    Raises `ConfigError` with every problem, paths from the top.
    """
    draft = Draft(config)
    if problems := cross_problems(draft):
        raise ConfigError(problems)
    config = with_defaults(config, draft.objectives)
    recipe = recipe_of(config, draft.values)
    builder = Builder(recipe.input)
    try:
        outputs = config.topology.lower(builder, recipe)
    except Wrong as wrong:
        if not builder.failures:
            last = builder.nodes[-1].place
            raise ConfigError(_placed(config, last, problem) for problem in wrong.problems) from None
    if builder.failures:
        raise ConfigError(_misfits(config, recipe, builder.failures))
    if problems := tuple(size_problems(builder.nodes)):
        raise ConfigError(problems)
    return Design(config, builder.finish(*outputs))


def _placed(config: UNetConfig, place: Place, problem: Problem) -> Problem:
    """`problem` under `decoder`, where it is about a field that the decoder at `place` has of its own."""
    field = str(problem.path[0])
    of_decoder = place.side == "decoder" and place.part != "up" and not place.task
    if of_decoder and config.decoder is not None and getattr(config.decoder, field, None) is not None:
        return replace(problem, path=("decoder", *problem.path))
    return problem


def _misfits(config: UNetConfig, recipe: Recipe, failures: list[SizeFailure]) -> Iterator[Problem]:
    first: dict[int, SizeFailure] = {}
    for failure in failures:
        first.setdefault(failure.axis, failure)
    legal = _nearest_legal(config, recipe, tuple(first))
    may_resize = config.padding != "valid" and config.resize.policy == "refuse"
    for axis, failure in sorted(first.items()):
        given, sizes = recipe.input.spatial[axis], legal[axis]
        advice = "no size near it is legal"
        if sizes:
            noun = "size is" if len(sizes) == 1 else "sizes are"
            advice = f"the nearest legal {noun} {' and '.join(str(size) for size in sizes)}"
        if may_resize:
            advice += ", and `resize: pad_and_crop` takes any"
        if not sizes or min(sizes) > given:
            advice += "; or use a smaller depth"
        yield Problem(
            f"does not fit {failure.place.scope or 'the network'}: {failure.reason}",
            path=("input", "shape", axis),
            got=given,
            hint=advice,
        )


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
            wrong = _failing_axes(config, recipe, trial)
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


def _failing_axes(config: UNetConfig, recipe: Recipe, spatial: Axes) -> set[int]:
    sizes = tuple(max(size, 1) for size in spatial)
    builder = Builder(TensorSpec(sizes, recipe.input.channels))
    try:
        config.topology.lower(builder, recipe)
    except Wrong:
        return set(range(len(sizes)))
    return {failure.axis for failure in builder.failures}
