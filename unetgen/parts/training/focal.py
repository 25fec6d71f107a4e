"""Focal cross-entropies (Lin et al. 2017, arXiv:1708.02002): voxels that are already right count less."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.crossentropy import BinaryLoss, CrossentropyLoss
from unetgen.plan.call import Call

Gamma = Annotated[
    float, Field(ge=0, description="The exponent: the larger it is, the less easy voxels count.")
]


class CategoricalFocalCrossentropyLoss(CrossentropyLoss):
    """Focal cross-entropy over exclusive classes, with one-hot targets."""

    kind: Literal["categorical_focal_crossentropy"] = Field(
        "categorical_focal_crossentropy", description="Which loss."
    )
    # Keras also takes one alpha per class, but along the last axis only: class_weights says that.
    alpha: float = Field(0.25, gt=0, description="Multiplies the whole loss.")
    gamma: Gamma = 2.0
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="The share of each target that is spread over all classes."
    )

    def call(self, context: OutputContext) -> Call:
        arguments = self.shared(context) | {
            "alpha": self.alpha,
            "gamma": self.gamma,
            "label_smoothing": self.label_smoothing,
        }
        return Call("unetgen.layers.CategoricalFocalCrossentropy", arguments)


class BinaryFocalCrossentropyLoss(BinaryLoss):
    """Focal cross-entropy of each class on its own: classes may overlap."""

    kind: Literal["binary_focal_crossentropy"] = Field("binary_focal_crossentropy", description="Which loss.")
    alpha: float = Field(
        0.25, gt=0, lt=1, description="Weights ones under apply_class_balancing; zeros get the rest."
    )
    gamma: Gamma = 2.0
    apply_class_balancing: bool = Field(False, description="Weights ones by alpha and zeros by 1 - alpha.")

    def call(self, context: OutputContext) -> Call:
        arguments = self.shared(context) | {
            "alpha": self.alpha,
            "gamma": self.gamma,
            "apply_class_balancing": self.apply_class_balancing,
        }
        return Call("unetgen.layers.BinaryFocalCrossentropy", arguments)
