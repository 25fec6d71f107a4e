"""Losses, metrics and activations fit their outputs, and further tasks fit the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unetgen.config.draft import Draft
from unetgen.config.objectives import Objective
from unetgen.errors import Problem
from unetgen.parts.keras_names import CHANNEL_CHANGING_ACTIVATIONS
from unetgen.parts.tasks import MAIN


def head_problems(draft: Draft) -> Iterator[Problem]:
    """Activations that put out another number of channels."""
    yield from _activation_problems(draft.objectives[0])


def training_problems(draft: Draft) -> Iterator[Problem]:
    """What does not fit the main output of its losses and metrics."""
    yield from _objective_problems(draft.objectives[0])


def task_problems(draft: Draft) -> Iterator[Problem]:
    """Tasks of one name, in a network that has no place for them, or whose losses do not fit."""
    config = draft.config
    topology, first = config.topology, {MAIN: "the main output"}
    if config.tasks and not topology.takes_tasks:
        message = f"{topology.kind} has no place for the heads and decoders of further tasks"
        yield Problem(message, path=("tasks",), hint="use `topology: unet`")
    for index, task in enumerate(config.tasks):
        if task.name in first:
            message = f"is the name of {first[task.name]} too"
            yield Problem(message, path=("tasks", index, "name"), got=task.name, hint="choose another name")
        first.setdefault(task.name, f"tasks.{index}")
    for objective in draft.objectives[1:]:
        yield from _activation_problems(objective)
        yield from _objective_problems(objective)


def _activation_problems(objective: Objective) -> Iterator[Problem]:
    name = objective.context.activation
    if name in CHANNEL_CHANGING_ACTIVATIONS:
        message = "changes the number of channels, and the output has one for each class"
        path = (*objective.head_path, "activation")
        yield Problem(message, path=path, got=name, hint="use softmax, sigmoid or linear")


def _objective_problems(objective: Objective) -> Iterator[Problem]:
    activation = (*objective.head_path, "activation")
    for problem in objective.training.problems(objective.context):
        if objective.training.loss is None and problem.path[:1] == ("loss",):
            if not any(_activation_problems(objective)):  # which says more
                yield replace(problem, message=f"the default loss {problem.message}", path=activation)
        elif not problem.path:  # about the output as a whole
            yield replace(problem, path=activation)
        else:
            yield replace(problem, path=(*objective.compile_path, *problem.path))
