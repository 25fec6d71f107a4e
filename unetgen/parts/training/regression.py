"""Regression losses and metrics. Each is a mean over all elements, so that no axis matters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.training.base import Loss, Metric
from unetgen.parts.training.context import OutputContext
from unetgen.plan.call import Call


class MeanSquaredError(Loss):
    """Mean of the squared differences."""

    kind: Literal["mean_squared_error"] = Field("mean_squared_error", description="Which loss.")

    def call(self, context: OutputContext) -> Call:
        return Call("keras.losses.MeanSquaredError")


class MeanAbsoluteError(Loss):
    """Mean of the absolute differences."""

    kind: Literal["mean_absolute_error"] = Field("mean_absolute_error", description="Which loss.")

    def call(self, context: OutputContext) -> Call:
        return Call("keras.losses.MeanAbsoluteError")


class Huber(Loss):
    """Squared up to a difference of `delta`, linear beyond."""

    kind: Literal["huber"] = Field("huber", description="Which loss.")
    delta: float = Field(
        1.0, gt=0, description="The difference, in the target's unit, where the loss turns linear."
    )

    def call(self, context: OutputContext) -> Call:
        return Call("keras.losses.Huber", {"delta": self.delta})


class MeanSquaredErrorMetric(Metric):
    """Mean of the squared differences."""

    kind: Literal["mean_squared_error"] = Field("mean_squared_error", description="Which metric.")

    def calls(self, context: OutputContext) -> list[Call]:
        return [Call("keras.metrics.MeanSquaredError", {"name": self.kind})]


class MeanAbsoluteErrorMetric(Metric):
    """Mean of the absolute differences."""

    kind: Literal["mean_absolute_error"] = Field("mean_absolute_error", description="Which metric.")

    def calls(self, context: OutputContext) -> list[Call]:
        return [Call("keras.metrics.MeanAbsoluteError", {"name": self.kind})]
