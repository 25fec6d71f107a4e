"""From a config to its plan, or to everything that keeps it from having one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

from unetgen.config.checks import cross_problems
from unetgen.config.model import UNetConfig
from unetgen.config.resolved import with_defaults
from unetgen.config.spread import recipe_of
from unetgen.errors import ConfigError, Problem, Wrong
from unetgen.parts.recipe import Recipe
from unetgen.parts.topologies.unet import total_strides
from unetgen.plan.builder import Builder, SizeFailure
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import TensorSpec

LARGEST_BYTES = 2**40
"""A tebibyte in float32: no single tensor and no set of weights of a network that fits a machine is larger."""
TRIALS = 600
"""How many other sizes are tried at most for the nearest legal ones."""


def lower(config: UNetConfig) -> Plan:
    """The verified plan of `config`; raises `ConfigError` with every problem, paths from the top."""
    config = with_defaults(config)
    if problems := cross_problems(config):
        raise ConfigError(problems)
    recipe = recipe_of(config)
    builder = Builder(recipe.input)
    try:
        outputs = config.topology.lower(builder, recipe)
    except Wrong as wrong:
        if not builder.failures:
            raise ConfigError(wrong.problems) from None
    if builder.failures:
        raise ConfigError(_size_problems(config, recipe, builder.failures))
    if problems := tuple(_too_large(builder)):
        raise ConfigError(problems)
    return builder.finish(*outputs)


def _too_large(builder: Builder) -> Iterator[Problem]:
    nodes: dict[str, Node] = {node.name: node for node in builder.nodes}
    weights = 0
    for node in builder.nodes:
        if node.spec.elements * 4 > LARGEST_BYTES:
            tib = node.spec.elements * 4 / 2**40
            yield Problem(
                f"the tensor of {node.scope or node.name} would take {tib:,.1f} TiB in float32",
                path=("input", "shape"),
                hint="use a smaller input or fewer filters",
            )
            return
        inputs = tuple(nodes[name].spec for name in node.inputs)
        weights += sum(weight.size for weight in node.op.weights(inputs))
    if weights * 4 > LARGEST_BYTES:
        yield Problem(
            f"the weights would take {weights * 4 / 2**40:,.1f} TiB in float32",
            path=("base_filters",),
            hint="use fewer filters, a smaller kernel or a smaller depth",
        )


def _size_problems(config: UNetConfig, recipe: Recipe, failures: list[SizeFailure]) -> Iterator[Problem]:
    first: dict[int, SizeFailure] = {}
    for failure in failures:
        first.setdefault(failure.axis, failure)
    legal = _nearest_legal(config, recipe, tuple(first))
    policies = "" if config.padding == "valid" else ", or set `resize` to handle it"
    for axis, failure in sorted(first.items()):
        near = " or ".join(str(size) for size in legal[axis])
        yield Problem(
            f"does not fit {failure.scope or 'the network'}: {failure.reason}",
            path=("input", "shape", axis),
            got=recipe.input.spatial[axis],
            hint=f"the nearest legal sizes are {near}{policies}" if near else "no size near it is legal",
        )


def _nearest_legal(config: UNetConfig, recipe: Recipe, axes: tuple[int, ...]) -> dict[int, list[int]]:
    """The nearest legal sizes below and above the given one, per failing axis.

    Axes do not depend on each other, so one lowering tries a size on all of them at once. Multiples of
    the total factor are tried first, then every size in turn.
    """
    strides = total_strides(recipe)
    found: dict[int, list[int]] = {axis: [] for axis in axes}
    for direction in (-1, 1):
        missing = set(axes)
        for trial in islice(_trials(recipe.input.spatial, strides, direction), TRIALS):
            wrong = _failing_axes(config, recipe, trial)
            for axis in sorted(missing - wrong):
                if trial[axis] >= 1:
                    found[axis].append(trial[axis])
                    missing.discard(axis)
            if not missing or all(trial[axis] < 1 for axis in missing):
                break
    return {axis: sorted(set(sizes)) for axis, sizes in found.items()}


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
