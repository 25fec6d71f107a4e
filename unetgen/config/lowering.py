"""From a config to its design, or to everything that keeps it from having one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from unetgen.config.design import Design
from unetgen.config.draft import Draft
from unetgen.config.free_sizes import trials, unfree_problems, with_reference
from unetgen.config.frozen import frozen_problems
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.config.resolved import with_defaults
from unetgen.config.rules.between_fields import cross_problems
from unetgen.config.rules.effects import effect_problems
from unetgen.config.rules.memory import size_problems
from unetgen.errors import ConfigError, Path, Problem, Wrong
from unetgen.parts.options import KerasChoice
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes, Op
from unetgen.plan.place import Place
from unetgen.plan.tensor import TensorSpec

MakesBuilder = Callable[[TensorSpec, Sequence[Axes]], Builder]
"""Makes a builder for an input, and for further sizes to try."""


def lower(config: UNetConfig) -> Design:
    """`config` with its defaults said, and its verified plan.

    Raises `ConfigError` with every problem, paths from the top.
    """
    design = lowered(config)
    if problems := tuple(effect_problems(config, lambda other: _makes(other, design))):
        raise ConfigError(problems)
    return design


def _makes(config: UNetConfig, design: Design) -> bool:
    """Whether `config` comes to the model of `design`: the same plan, trained in the same way."""
    try:
        other = lowered(config, partial(_Following, followed=design.plan.nodes))
    except (ConfigError, _LeftError):
        return False
    return other.plan == design.plan and other.objectives == design.objectives


class _LeftError(Exception):
    """A builder has come to another node than the one it follows."""


class _Following(Builder):
    """A builder that stops at the first node that is not the one of `followed`."""

    def __init__(self, spec: TensorSpec, trials: Sequence[Axes], followed: Sequence[Node]) -> None:
        self._ahead = iter(followed)
        super().__init__(spec, trials)

    def add(self, op: Op, *inputs: Node, name: str = "") -> Node:
        node = super().add(op, *inputs, name=name)
        if next(self._ahead, None) != node:
            raise _LeftError(node.name)
        return node


def lowered(config: UNetConfig, build: MakesBuilder = Builder) -> Design:
    """The same without a look for fields that do nothing."""
    config, recipe = settled(config)
    builder, outputs = _lowered(config, recipe, trials(recipe, config.topology.strides(recipe)), build)
    if builder.failures:
        from unetgen.config.misfits import misfits

        raise ConfigError(misfits(config, recipe, builder.failures))
    if problems := (*size_problems(builder.nodes), *unfree_problems(builder.nodes)):
        raise ConfigError(problems)
    plan = builder.finish(*outputs)
    encoder = config.encoder
    if encoder is not None and (problems := tuple(frozen_problems(encoder, config.depth, plan))):
        raise ConfigError(problems)
    return Design(config, plan)


def settled(config: UNetConfig) -> tuple[UNetConfig, Recipe]:
    """`config` with its defaults and its reference said, and its recipe; whether that fits is for `lower`.

    Raises `ConfigError` where fields contradict each other.
    """
    draft = Draft(config)
    if problems := cross_problems(draft):
        raise ConfigError(problems)
    config = with_defaults(config, draft.objectives)
    recipe = recipe_of(config, draft.values)
    config = with_reference(config, recipe)
    return config, replace(recipe, input=recipe.input.of_sizes(config.input.sizes))


def _lowered(
    config: UNetConfig, recipe: Recipe, tried: Sequence[Axes], build: MakesBuilder
) -> tuple[Builder, Sequence[Node]]:
    """The builder with the whole network, and its outputs; right for all sizes of `tried` that are legal."""
    builder = build(recipe.input, tried)
    outputs: Sequence[Node] = ()
    try:
        outputs = config.topology.lower(builder, recipe)
    except Wrong as wrong:
        if not builder.failures:
            place = builder.interrupted_at
            raise ConfigError(_placed(config, place, problem) for problem in wrong.problems) from None
    legal = builder.legal_trials
    return (
        (builder, outputs)
        if legal == tuple(tried) or builder.failures
        else _lowered(config, recipe, legal, build)
    )


def _placed(config: UNetConfig, place: Place, problem: Problem) -> Problem:
    """`problem` under `decoder`, where it is about a field that the decoder at `place` has of its own, and
    under the entry of the level, where the field is a list of kinds."""
    field, *inside = problem.path
    of_decoder = place.side == "decoder" and place.part != "up" and not place.task
    own = getattr(config.decoder, str(field), None) if of_decoder else None
    around: Path = (field,) if own is None else ("decoder", field)
    value = getattr(config, str(field)) if own is None else own
    if isinstance(value, tuple) and isinstance(value[0], Part | KerasChoice):
        around = (*around, config.topology.entry(str(field), place))
    return replace(problem, path=(*around, *inside))
