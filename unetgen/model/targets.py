"""What a config expects of its targets, and the check of targets before any training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
from unetgen.config.objectives import Objective
from unetgen.plan.graph import Plan
from unetgen.targets.checking import TargetError, check
from unetgen.targets.expected import Expected, Shape, Values
from unetgen.targets.found import Array
from unetgen.targets.values import label_problem

STRICTER: Sequence[Values] = ("real", "soft", "hard")
"""What one-hot targets may hold, from all to the fewest."""


def check_targets(config: UNetConfig, y: object) -> None:
    """Raise `TargetError` where `y` is not what the losses and metrics of `config` take; see `unetgen`."""
    design = lower(config)
    check(expected_targets(design.objectives, design.plan, config.input.data_format), y)


def check_labels(expected: Sequence[Expected], labels: Mapping[str, Array]) -> None:
    """Raise `TargetError` where the class numbers of a task are neither those of its classes nor ignored."""
    problems = []
    for each in expected:
        path = ("labels", each.name) if len(expected) > 1 else ("labels",)
        if problem := label_problem(replace(each, classes=max(each.classes, 2)), labels[each.name]):
            problems.append(replace(problem, path=path))
    if problems:
        raise TargetError(problems)


def expected_targets(objectives: Sequence[Objective], plan: Plan, data_format: str) -> tuple[Expected, ...]:
    """What the target of each objective has to be, in the order of the outputs."""
    sizes = [plan.by_name[name].spec.open_spatial for name in plan.outputs]
    expected = []
    for objective in objectives:
        of_task, sizes = sizes[: objective.outputs], sizes[objective.outputs :]
        expected.append(_expected(objective, tuple(of_task), data_format))
    return tuple(expected)


def _expected(objective: Objective, sizes: tuple[Shape, ...], data_format: str) -> Expected:
    """The strictest that any loss or metric of the objective asks for."""
    context, training = objective.context, objective.training
    criteria = [(each.kind, each.demands(context)) for each in training.criteria(context)]
    exclusive = [kind for kind, demands in criteria if demands.exclusive] if context.num_classes > 1 else []
    asking, strictest = max(criteria, key=lambda each: STRICTER.index(each[1].values))
    values = strictest.values
    if values == "real" and context.probabilities:
        asking, values = f"an output of {context.activation}", "soft"
    return Expected(
        name=objective.name,
        sizes=sizes,
        classes=context.num_classes,
        data_format=data_format,
        form=training.targets(context),
        values=values,
        values_for=asking,
        exclusive_for=exclusive[0] if exclusive else None,
        ignore=training.ignored,
        ignoring=".".join(map(str, (*objective.compile_path, "ignore_class"))),
        counting=context.classes_field,
    )
