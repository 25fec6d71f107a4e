"""What each target of the training data is for: the main output and every task, with loss and metrics."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.config.model import UNetConfig
from unetgen.errors import Path
from unetgen.parts.activation import ActivationChoice
from unetgen.parts.tasks import MAIN
from unetgen.parts.training import OutputContext, Training


@dataclass(frozen=True)
class Objective:
    """One target, the outputs that are trained on it, and how.

    `loss_weights` has one factor per output, the full-resolution one first. `compile_path` and `head_path`
    are the places of the losses and of the activation in the config.
    """

    name: str
    training: Training
    context: OutputContext
    loss_weights: tuple[float, ...]
    compile_path: Path
    head_path: Path

    @property
    def outputs(self) -> int:
        """How many outputs it has."""
        return len(self.loss_weights)


def objectives(config: UNetConfig) -> tuple[Objective, ...]:
    """The objectives in the order of the model's outputs, the main one first."""
    deep = config.head.deep_supervision
    weights = deep.loss_weights if deep else (1.0,)
    main = Objective(MAIN, config.compile, output_context(config), weights, ("compile",), ("head",))
    return (main, *(_of_task(config, index) for index in range(len(config.tasks))))


def _of_task(config: UNetConfig, index: int) -> Objective:
    task = config.tasks[index]
    activation = activation_name(task.activation, task.num_classes)
    context = OutputContext(task.num_classes, config.class_axis, activation, task=f"tasks.{index}")
    path = ("tasks", index)
    return Objective(task.name, task.training, context, (task.loss_weight,), path, path)


def output_context(config: UNetConfig) -> OutputContext:
    """What losses and metrics need to know of the main output."""
    name = activation_name(config.head.activation, config.num_classes)
    return OutputContext(config.num_classes, config.class_axis, name)


def activation_name(given: ActivationChoice | None, num_classes: int) -> str:
    """The activation of an output: the given one, else softmax, or sigmoid for one class."""
    if given is not None:
        return str(given.name)
    return "softmax" if num_classes > 1 else "sigmoid"
