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
    class_weighted,
    class_weights_problems,
    sparse_problems,
)
from unetgen.parts.training.context import OutputContext
from unetgen.plan.call import Call


def keras_smoothed(name: str, label_smoothing: float, context: OutputContext) -> str:
    """Where the class lives. Keras 3.15 smooths by the size of the *last* axis, whatever `axis` says."""
    home = "unetgen.layers" if label_smoothing and context.axis != -1 else "keras.losses"
    return f"{home}.{name}"


def logits_argument(from_logits: bool | None, context: OutputContext) -> bool:
    """The override if there is one, else what the head says."""
    return context.logits if from_logits is None else from_logits


def output_problems(from_logits: bool | None, context: OutputContext) -> list[Problem]:
    """A cross-entropy of values that are neither probabilities nor raw scores means nothing."""
    if from_logits is not None or context.logits or context.probabilities:
        return []
    hint = f"head.activation is {context.activation}; use softmax, sigmoid or linear, or state from_logits"
    return [Problem("needs probabilities or raw scores", ("kind",), hint=hint)]


class CategoricalCrossentropyLoss(Loss):
    """Cross-entropy over exclusive classes, with one-hot targets."""

    kind: Literal["categorical_crossentropy"] = Field("categorical_crossentropy", description="Which loss.")
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="The share of each target that is spread over all classes."
    )
    class_weights: ClassWeights = None
    from_logits: FromLogits = None

    def call(self, context: OutputContext) -> Call:
        arguments = {
            "axis": context.axis,
            "from_logits": logits_argument(self.from_logits, context),
            "label_smoothing": self.label_smoothing,
        }
        target = keras_smoothed("CategoricalCrossentropy", self.label_smoothing, context)
        return class_weighted(Call(target, arguments), self.class_weights, context, sparse=False)

    def problems(self, context: OutputContext) -> list[Problem]:
        return [
            *output_problems(self.from_logits, context),
            *class_weights_problems(self.class_weights, context),
        ]


class BinaryCrossentropyLoss(Loss):
    """Cross-entropy of each class on its own: classes may overlap."""

    kind: Literal["binary_crossentropy"] = Field("binary_crossentropy", description="Which loss.")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Draws the targets this far towards 1/2.")
    class_weights: ClassWeights = None
    positive_weight: PositiveWeight = None
    from_logits: FromLogits = None

    def call(self, context: OutputContext) -> Call:
        arguments = {
            "axis": context.axis,
            "from_logits": logits_argument(self.from_logits, context),
            "label_smoothing": self.label_smoothing,
        }
        loss = Call("keras.losses.BinaryCrossentropy", arguments)
        return class_weighted(loss, self.class_weights, context, sparse=False)

    def problems(self, context: OutputContext) -> list[Problem]:
        return [
            *output_problems(self.from_logits, context),
            *class_weights_problems(self.class_weights, context),
        ]


class SparseCategoricalCrossentropyLoss(Loss):
    """Cross-entropy over exclusive classes, with class numbers as targets."""

    kind: Literal["sparse_categorical_crossentropy"] = Field(
        "sparse_categorical_crossentropy", description="Which loss."
    )
    ignore_class: int | None = Field(
        None,
        description="Says the `ignore_class` beside `loss` here: it holds for all losses and metrics there.",
    )
    class_weights: ClassWeights = None
    from_logits: FromLogits = None

    @property
    def targets(self) -> Targets:
        return "indices"

    @property
    def ignored(self) -> int | None:
        return self.ignore_class

    def call(self, context: OutputContext) -> Call:
        # Keras's takes the last axis only (on TensorFlow), and ClassWeightedLoss wraps ours only.
        keras_will_do = context.axis == -1 and self.class_weights is None
        home = "keras.losses" if keras_will_do else "unetgen.layers"
        arguments = {
            "axis": context.axis,
            "from_logits": logits_argument(self.from_logits, context),
            "ignore_class": self.ignore_class,
        }
        loss = Call(f"{home}.SparseCategoricalCrossentropy", arguments)
        return class_weighted(loss, self.class_weights, context, sparse=True)

    def problems(self, context: OutputContext) -> list[Problem]:
        return [
            *sparse_problems(("kind",), context),
            *output_problems(self.from_logits, context),
            *class_weights_problems(self.class_weights, context),
        ]
