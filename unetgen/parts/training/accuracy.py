"""Accuracies: the share of voxels whose class is right, on the class axis of the data format."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from unetgen.parts.training.base import Metric, Targets, position_arguments
from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.demands import DECIDED, LARGEST, Demands
from unetgen.plan.call import Call

Probability = Annotated[float, Field(gt=0, lt=1)]


def threshold_on_output(probability: float, context: OutputContext) -> float:
    """The output's value at a probability: a linear head's is its logit."""
    return math.log(probability / (1 - probability)) if context.logits else probability


class CategoricalAccuracyMetric(Metric):
    """Share of voxels whose largest output is at the target's class, with one-hot targets."""

    kind: Literal["categorical_accuracy"] = Field("categorical_accuracy", description="Which metric.")

    def demands(self, context: OutputContext) -> Demands:
        return LARGEST

    def calls(self, context: OutputContext) -> list[Call]:
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

    def demands(self, context: OutputContext) -> Demands:
        return LARGEST

    def calls(self, context: OutputContext) -> list[Call]:
        arguments = position_arguments(context) | {"name": self.kind}
        return [Call("unetgen.layers.SparseCategoricalAccuracy", arguments)]


class BinaryAccuracyMetric(Metric):
    """Share of outputs on the target's side of the threshold, each class on its own."""

    kind: Literal["binary_accuracy"] = Field("binary_accuracy", description="Which metric.")
    threshold: Probability = Field(0.5, description="The probability from which on an output counts as 1.")

    def demands(self, context: OutputContext) -> Demands:
        return DECIDED

    def calls(self, context: OutputContext) -> list[Call]:
        threshold = threshold_on_output(self.threshold, context)
        arguments = position_arguments(context) | {"threshold": threshold, "name": self.kind}
        return [Call("unetgen.layers.BinaryAccuracy", arguments)]
