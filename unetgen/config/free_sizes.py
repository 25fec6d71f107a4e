"""Free axes: the sizes that they can have, and the reference at which cost and figures are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from unetgen.config.model import UNetConfig
from unetgen.config.sections import USUAL_REFERENCE
from unetgen.errors import Problem, Wrong
from unetgen.legal_sizes import LegalSizes
from unetgen.parts.recipe import Recipe
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes, Specs
from unetgen.plan.tensor import TensorSpec


def trials(recipe: Recipe, strides: Axes) -> list[Axes]:
    """Sizes beside the reference for which a plan with free axes has to be right too.

    Next to it, and a power of two or the whole factor of the downs away: what holds for these holds for all.
    """
    if not recipe.input.free:
        return []
    longest = max(strides)
    steps = {1, 2, 3, 5, 7, longest, longest + 1} | {2**power for power in range(longest.bit_length())}
    return [of_free_axes(recipe.input, step) for step in sorted(steps)]


def of_free_axes(spec: TensorSpec, more: int) -> Axes:
    """The size of `spec` with so many positions more on each free axis."""
    return tuple(size + more * (axis in spec.free) for axis, size in enumerate(spec.spatial))


def with_reference(config: UNetConfig, recipe: Recipe) -> UNetConfig:
    """`config` with its reference said: the smallest legal size from the usual one on, where it is open.

    As it is where no size near is legal: then the misfit is told of the usual one.
    """
    if not config.input.free or config.input.reference is not None:
        return config
    from unetgen.config.misfits import TRIALS, failing_axes

    spec = recipe.input
    reference = spec.spatial
    if failing_axes(config, recipe, reference) & set(spec.free):
        longest = max(config.topology.strides(recipe))  # a multiple of it fits nearly always, if not first
        divided = of_free_axes(spec, -USUAL_REFERENCE % longest)
        count = TRIALS if failing_axes(config, recipe, divided) & set(spec.free) else longest
        fitting = _fitting(config, recipe, [of_free_axes(spec, more) for more in range(count)])
        reference = tuple(
            min(fitting[axis], default=size) if axis in spec.free else size
            for axis, size in enumerate(reference)
        )
    return config.model_copy(update={"input": config.input.model_copy(update={"reference": reference})})


def _fitting(config: UNetConfig, recipe: Recipe, tried: Sequence[Axes]) -> dict[int, set[int]]:
    """The sizes among those of `tried` that fit, for each free axis, in one lowering of a large network."""
    longest = max(map(max, tried))
    large = tuple(longest if axis in recipe.input.free else n for axis, n in enumerate(recipe.input.spatial))
    builder = Builder(recipe.input.of_sizes(large), tried)
    with suppress(Wrong):  # of the large size; what was found up to there holds
        config.topology.lower(builder, recipe)
    legal = list(zip(tried, builder.legal_trials, strict=True))
    return {
        axis: {given[axis] for given, left in legal if given[axis] == left[axis]}
        for axis in recipe.input.free
    }


def unfree_problems(nodes: Sequence[Node]) -> Iterator[Problem]:
    """The first node that cannot be on free axes: it has a weight for each position."""
    if not nodes[0].spec.free:
        return
    by_name = {node.name: node for node in nodes}
    for node in nodes:
        inputs = tuple(by_name[name].spec for name in node.inputs)
        if node.op.weights(inputs) != node.op.weights(_grown(inputs)):
            yield Problem(
                f"{node.op.words()} of {node.scope} has weights for each position, so it needs a known size",
                path=("input", "shape"),
                hint="write sizes in place of null, or share the weights between the positions",
            )
            return


def _grown(inputs: Specs) -> Specs:
    return tuple(spec.of_sizes(of_free_axes(spec, 1)) for spec in inputs)


def legal_sizes(config: UNetConfig, recipe: Recipe) -> dict[int, LegalSizes]:
    """The sizes of each free axis for which there is a network: all up to the reference are tried."""
    spec, longest = recipe.input, max(config.topology.strides(recipe))
    tried = [
        tuple(max(size, 1) for size in of_free_axes(spec, more))
        for more in range(1 - min(spec.spatial[axis] for axis in spec.free), longest + 1)
    ]
    fitting = _fitting(config, recipe, tried)
    found = {axis: _stretch(fitting[axis], spec.spatial[axis]) for axis in spec.free}
    return {axis: _down_from(each, axis, config, recipe) for axis, each in found.items()}


def _down_from(found: LegalSizes, axis: int, config: UNetConfig, recipe: Recipe) -> LegalSizes:
    """`found` with what fits below it, if sizes that do not fit led the lowering of all of them astray."""
    from unetgen.config.misfits import failing_axes

    first = found.first
    while (size := first - found.step) >= 1:
        sizes = (*recipe.input.spatial[:axis], size, *recipe.input.spatial[axis + 1 :])
        if axis in failing_axes(config, recipe, sizes):
            break
        first = size
    return LegalSizes(first, found.step)


def _stretch(fitting: set[int], reference: int) -> LegalSizes:
    """The longest series of equal steps in `fitting` that has the reference in it."""
    step = min(size - reference for size in fitting if size > reference)
    first = reference
    while first - step in fitting:
        first -= step
    return LegalSizes(first, step)
