"""The bases of the losses and metrics that a config can name, and what several of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Strict, WithJsonSchema

from unetgen.errors import Path, Problem
from unetgen.parts.part import Part
from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.demands import Demands
from unetgen.parts.values import each, nonempty, number
from unetgen.plan.call import Call

Targets = Literal["one_hot", "indices"]
"""What a data set has to yield: as many channels as the output has, or class numbers."""


def _positive_weight(value: object) -> object:
    def weight(item: object) -> float:
        return number(item, minimum=1e-6, maximum=1e6, what="a number from 1e-6 to 1e6")

    if value is None:
        return None
    return each(nonempty(value), weight) if isinstance(value, list | tuple) else weight(value)


ClassWeights = Annotated[
    Annotated[tuple[Annotated[float, Field(ge=0)], ...], Strict(False)] | None,
    Field(description="Weights the classes, in their order; null: all equal."),
]
_POSITIVE = {"type": "number", "minimum": 1e-6, "maximum": 1e6}
PositiveWeight = Annotated[
    float | tuple[float, ...] | None,
    BeforeValidator(_positive_weight),
    WithJsonSchema(
        {"anyOf": [_POSITIVE, {"type": "array", "items": _POSITIVE, "minItems": 1}, {"type": "null"}]}
    ),
    Field(
        description="Multiplies the terms of target 1: a number, or one per class; null: 1. With nine times "
        "as much background as foreground, 9 balances the two."
    ),
]
IgnoreClass = Annotated[
    int | None,
    Field(
        description="Ignores the positions of this class number, in every loss and every metric, as if they "
        "were not there. Null: none."
    ),
]
FromLogits = Annotated[
    bool | None,
    Field(description="Says whether the output is raw scores; null: it is if head.activation is linear."),
]
Sparse = Annotated[
    bool,
    Field(description="Says whether targets are class numbers in one channel (true) or one-hot (false)."),
]


class Criterion(Part, ABC):
    """What losses and metrics have in common. `kind` is the name that a config uses."""

    kind: str

    @property
    def targets(self) -> Targets:
        return "one_hot"

    @abstractmethod
    def demands(self, context: OutputContext) -> Demands:
        """What it needs of the output and of targets: its row in the table of what fits what."""

    def problems(self, context: OutputContext) -> list[Problem]:
        """What does not fit the output, with paths relative to this object."""
        return self.demands(context).problems(context)


class Loss(Criterion, ABC):
    """A loss; in a list of several, the sum of all, each times its weight, is minimised."""

    weight: float = Field(1.0, gt=0, description="Multiplies this loss in a sum of several.")

    @property
    def ignored(self) -> int | None:
        """The class number that this loss, and so the whole objective, says to ignore."""
        return None

    @abstractmethod
    def call(self, context: OutputContext) -> Call:
        """The Keras loss, without `weight`."""


class Metric(Criterion, ABC):
    """A metric: one or more numbers that are logged in training and evaluation."""

    @abstractmethod
    def calls(self, context: OutputContext) -> list[Call]:
        """The Keras metrics, each with an explicit name."""


def position_arguments(context: OutputContext) -> dict[str, object]:
    """The arguments that every loss and metric has."""
    return {"axis": context.axis, "ignore_class": context.ignore_class}


def class_weight_arguments(weights: tuple[float, ...] | None) -> dict[str, object]:
    """The weights of the classes as an argument."""
    return {"class_weights": None if weights is None else list(weights)}


def class_weights_problems(weights: tuple[float, ...] | None, context: OutputContext) -> list[Problem]:
    """One factor per class, and something has to be left."""
    if weights is None:
        return []
    if len(weights) != context.num_classes:
        message = f"needs one weight per class, {context.num_classes} in all"
        return [Problem(message, ("class_weights",), got=list(weights))]
    return [] if any(weights) else [Problem("must not be all zero", ("class_weights",), got=list(weights))]


def positive_weight_problems(
    weight: float | tuple[float, ...] | None, context: OutputContext
) -> list[Problem]:
    """One weight for all classes, or one for each."""
    if not isinstance(weight, tuple) or len(weight) == context.num_classes:
        return []
    message = f"needs a number, or one per class, {context.num_classes} in all"
    return [Problem(message, ("positive_weight",), got=list(weight))]


def sparse_problems(path: Path, context: OutputContext) -> list[Problem]:
    """Class numbers say nothing about a single class."""
    if context.num_classes > 1:
        return []
    hint = f"{context.classes_field}: 2 with softmax, or targets with one channel of 0 and 1"
    return [Problem("class numbers as targets need at least 2 classes", path, hint=hint)]
