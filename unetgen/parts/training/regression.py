"""Regression losses and metrics: means over the elements, those of a position weighted together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.errors import Problem
from unetgen.parts.training.base import (
    ClassWeights,
    Loss,
    Metric,
    class_weight_arguments,
    class_weights_problems,
    position_arguments,
)
from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.demands import NUMBERS, Demands
from unetgen.plan.call import Call


class Regression(Loss):
    """What the regression losses share."""

    class_weights: ClassWeights = None

    def demands(self, context: OutputContext) -> Demands:
        return NUMBERS

    def difference(self, of: str, context: OutputContext, **arguments: object) -> Call:
        """The loss of that difference between target and output."""
        shared = position_arguments(context) | class_weight_arguments(self.class_weights)
        return Call("unetgen.layers.RegressionLoss", {"of": of, **shared, **arguments, "name": self.kind})

    def problems(self, context: OutputContext) -> list[Problem]:
        return super().problems(context) + class_weights_problems(self.class_weights, context)


class MeanSquaredError(Regression):
    """Mean of the squared differences."""

    kind: Literal["mean_squared_error"] = Field("mean_squared_error", description="Which loss.")

    def call(self, context: OutputContext) -> Call:
        return self.difference("squared", context)


class MeanAbsoluteError(Regression):
    """Mean of the absolute differences."""

    kind: Literal["mean_absolute_error"] = Field("mean_absolute_error", description="Which loss.")

    def call(self, context: OutputContext) -> Call:
        return self.difference("absolute", context)


class Huber(Regression):
    """Squared up to a difference of `delta`, linear beyond."""

    kind: Literal["huber"] = Field("huber", description="Which loss.")
    delta: float = Field(
        1.0, gt=0, description="The difference, in the target's unit, where the loss turns linear."
    )

    def call(self, context: OutputContext) -> Call:
        return self.difference("huber", context, delta=self.delta)


class MeanSquaredErrorMetric(Metric):
    """Mean of the squared differences."""

    kind: Literal["mean_squared_error"] = Field("mean_squared_error", description="Which metric.")

    def demands(self, context: OutputContext) -> Demands:
        return NUMBERS

    def calls(self, context: OutputContext) -> list[Call]:
        arguments = {"of": "squared", **position_arguments(context), "name": self.kind}
        return [Call("unetgen.layers.RegressionMetric", arguments)]


class MeanAbsoluteErrorMetric(Metric):
    """Mean of the absolute differences."""

    kind: Literal["mean_absolute_error"] = Field("mean_absolute_error", description="Which metric.")

    def demands(self, context: OutputContext) -> Demands:
        return NUMBERS

    def calls(self, context: OutputContext) -> list[Call]:
        arguments = {"of": "absolute", **position_arguments(context), "name": self.kind}
        return [Call("unetgen.layers.RegressionMetric", arguments)]
