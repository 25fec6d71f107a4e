"""Cross-entropies, on the class axis of the data format and from raw scores where the head is linear."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.errors import Problem
from unetgen.parts.training.base import (
    ClassWeights,
    FromLogits,
    Loss,
    PositiveWeight,
    Targets,
    class_weight_arguments,
    class_weights_problems,
    position_arguments,
    positive_weight_problems,
)
from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.demands import EACH_CLASS, ONE_OF_THE_CLASSES, Demands
from unetgen.plan.call import Call


class CrossentropyLoss(Loss):
    """What the cross-entropies share."""

    class_weights: ClassWeights = None
    from_logits: FromLogits = None

    def demands(self, context: OutputContext) -> Demands:
        return ONE_OF_THE_CLASSES

    def shared(self, context: OutputContext) -> dict[str, object]:
        """The arguments of every cross-entropy; `from_logits` overrides what the head says."""
        logits = context.logits if self.from_logits is None else self.from_logits
        weights = class_weight_arguments(self.class_weights)
        return {**position_arguments(context), "from_logits": logits, **weights}

    def problems(self, context: OutputContext) -> list[Problem]:
        fitting = self.demands(context).problems(context, self.from_logits)
        return fitting + class_weights_problems(self.class_weights, context)


class BinaryLoss(CrossentropyLoss):
    """What the cross-entropies of overlapping classes share."""

    positive_weight: PositiveWeight = None

    def demands(self, context: OutputContext) -> Demands:
        return EACH_CLASS

    def shared(self, context: OutputContext) -> dict[str, object]:
        weight = self.positive_weight
        positive = list(weight) if isinstance(weight, tuple) else weight
        return {**super().shared(context), "positive_weight": positive}

    def problems(self, context: OutputContext) -> list[Problem]:
        problems = super().problems(context) + positive_weight_problems(self.positive_weight, context)
        if context.num_classes == 1 and len(self.class_weights or ()) == 2:
            return [
                problem if problem.path != ("class_weights",) else self._one_class() for problem in problems
            ]
        return problems

    def _one_class(self) -> Problem:
        """Two weights for a single class: meant are those of its absence and its presence."""
        absent, present = self.class_weights or (1.0, 1.0)
        hint = f"positive_weight: {present / absent:g} weighs 1 against 0" if absent and present else None
        message = "needs one weight per class, and there is one class"
        return Problem(message, ("class_weights",), got=[absent, present], hint=hint)


class CategoricalCrossentropyLoss(CrossentropyLoss):
    """Cross-entropy over exclusive classes, with one-hot targets."""

    kind: Literal["categorical_crossentropy"] = Field("categorical_crossentropy", description="Which loss.")
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="The share of each target that is spread over all classes."
    )

    def call(self, context: OutputContext) -> Call:
        arguments = self.shared(context) | {"label_smoothing": self.label_smoothing}
        return Call("unetgen.layers.CategoricalCrossentropy", arguments)


class BinaryCrossentropyLoss(BinaryLoss):
    """Cross-entropy of each class on its own: classes may overlap."""

    kind: Literal["binary_crossentropy"] = Field("binary_crossentropy", description="Which loss.")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Draws the targets this far towards 1/2.")

    def call(self, context: OutputContext) -> Call:
        arguments = self.shared(context) | {"label_smoothing": self.label_smoothing}
        return Call("unetgen.layers.BinaryCrossentropy", arguments)


class SparseCategoricalCrossentropyLoss(CrossentropyLoss):
    """Cross-entropy over exclusive classes, with class numbers as targets."""

    kind: Literal["sparse_categorical_crossentropy"] = Field(
        "sparse_categorical_crossentropy", description="Which loss."
    )
    ignore_class: int | None = Field(
        None,
        description="Says the `ignore_class` beside `loss` here, for all losses and metrics. Null: no.",
    )

    @property
    def targets(self) -> Targets:
        return "indices"

    @property
    def ignored(self) -> int | None:
        return self.ignore_class

    def call(self, context: OutputContext) -> Call:
        return Call("unetgen.layers.SparseCategoricalCrossentropy", self.shared(context))
