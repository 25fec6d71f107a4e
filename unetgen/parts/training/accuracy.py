"""Accuracies: the share of voxels whose class is right, on the class axis of the data format."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from unetgen.errors import Problem
from unetgen.parts.training.base import Metric, Targets, position_arguments, sparse_problems
from unetgen.parts.training.context import OutputContext
from unetgen.plan.call import Call

Probability = Annotated[float, Field(gt=0, lt=1)]


def threshold_on_output(probability: float, context: OutputContext) -> float:
    """The output's value at a probability: a linear head's is its logit."""
    return math.log(probability / (1 - probability)) if context.logits else probability


def binary_accuracy(name: str, probability: float, context: OutputContext) -> Call:
    """The metric that decides each class on its own, at a probability."""
    threshold = threshold_on_output(probability, context)
    arguments = position_arguments(context) | {"threshold": threshold, "name": name}
    return Call("unetgen.layers.BinaryAccuracy", arguments)


class CategoricalAccuracyMetric(Metric):
    """Share of voxels whose largest output is at the target's class, with one-hot targets.

    With a single class, the share of voxels on the target's side of the probability 0.5.
    """

    kind: Literal["categorical_accuracy"] = Field("categorical_accuracy", description="Which metric.")

    def calls(self, context: OutputContext) -> list[Call]:
        if context.num_classes == 1:
            return [binary_accuracy(self.kind, 0.5, context)]
        arguments = position_arguments(context) | {"name": self.kind}
        return [Call("unetgen.layers.CategoricalAccuracy", arguments)]


class SparseCategoricalAccuracyMetric(Metric):
    """Share of voxels whose largest output is at the target's class, with class numbers as targets."""

    kind: Literal["sparse_categorical_accuracy"] = Field(
        "sparse_categorical_accuracy", description="Which metric."
    )

    @property
    def targets(self) -> Targets:
        return "indices"

    def calls(self, context: OutputContext) -> list[Call]:
        arguments = position_arguments(context) | {"name": self.kind}
        return [Call("unetgen.layers.SparseCategoricalAccuracy", arguments)]

    def problems(self, context: OutputContext) -> list[Problem]:
        return sparse_problems(("kind",), context)


class BinaryAccuracyMetric(Metric):
    """Share of outputs on the target's side of the threshold, each class on its own."""

    kind: Literal["binary_accuracy"] = Field("binary_accuracy", description="Which metric.")
    threshold: Probability = Field(0.5, description="The probability from which on an output counts as 1.")

    def calls(self, context: OutputContext) -> list[Call]:
        return [binary_accuracy(self.kind, self.threshold, context)]
