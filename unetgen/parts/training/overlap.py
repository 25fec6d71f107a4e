"""Overlap losses: Dice, generalized Dice, Tversky. They need probabilities, hence no linear head."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from unetgen.errors import Problem, Wrong
from unetgen.parts.training.base import (
    ClassWeights,
    Loss,
    Sparse,
    Targets,
    class_weight_arguments,
    class_weights_problems,
    position_arguments,
    sparse_problems,
)
from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.demands import REGIONS, Demands
from unetgen.plan.call import Call

PerSample = Annotated[
    bool,
    Field(
        description="Computes the overlap per sample and then the mean (true), or of the whole batch (false)."
    ),
]
Smooth = Annotated[
    float,
    Field(
        gt=0,
        description="The number added above and below: a class absent from target and output scores 1.",
    ),
]
Background = Annotated[bool, Field(description="Counts class 0 too.")]


class Overlap(Loss):
    """What the overlap losses share."""

    per_sample: PerSample = True
    smooth: Smooth = 1e-5
    class_weights: ClassWeights = None
    sparse: Sparse = False

    @property
    def targets(self) -> Targets:
        return "indices" if self.sparse else "one_hot"

    def demands(self, context: OutputContext) -> Demands:
        return REGIONS

    def shared(self, context: OutputContext) -> dict[str, object]:
        """The arguments of every overlap loss; raises `Wrong` where the output is not a probability."""
        if problems := self.demands(context).problems(context):
            raise Wrong(problems)
        return {
            **position_arguments(context),
            "per_sample": self.per_sample,
            "smooth": self.smooth,
            **class_weight_arguments(self.class_weights),
            "sparse": self.sparse,
        }

    def problems(self, context: OutputContext) -> list[Problem]:
        sparse = sparse_problems(("sparse",), context) if self.sparse else []
        weights = class_weights_problems(self.class_weights, context)
        return super().problems(context) + sparse + weights


class PerClassOverlap(Overlap):
    """What the overlap losses share that treat each class on its own."""

    include_background: Background = True

    def shared(self, context: OutputContext) -> dict[str, object]:
        return super().shared(context) | {"include_background": self.include_background}

    def problems(self, context: OutputContext) -> list[Problem]:
        problems = super().problems(context)
        if not self.include_background and context.num_classes == 1:
            message = "leaves nothing to compare: the only class would be the background"
            problems.append(Problem(message, ("include_background",), got=False))
        elif not self.include_background and self.class_weights and not any(self.class_weights[1:]):
            message = "must not be all zero for the classes that count"
            problems.append(Problem(message, ("class_weights",), got=list(self.class_weights)))
        return problems


class Dice(PerClassOverlap):
    """1 - Dice coefficient, the mean over the classes."""

    kind: Literal["dice"] = Field("dice", description="Which loss.")
    squared: bool = Field(
        False, description="Squares the terms of the denominator, as V-Net does (Milletari et al. 2016)."
    )

    def call(self, context: OutputContext) -> Call:
        return Call("unetgen.layers.DiceLoss", self.shared(context) | {"squared": self.squared})


class GeneralizedDice(Overlap):
    """1 - generalized Dice: classes weigh one over their squared volume (Sudre et al. 2017)."""

    kind: Literal["generalized_dice"] = Field("generalized_dice", description="Which loss.")

    def call(self, context: OutputContext) -> Call:
        return Call("unetgen.layers.GeneralizedDiceLoss", self.shared(context))


FalsePositives = Annotated[float, Field(ge=0, description="Weights the false positives.")]
FalseNegatives = Annotated[float, Field(ge=0, description="Weights the false negatives.")]


class TverskyIndex(PerClassOverlap):
    """The base of the losses that weigh false positives and false negatives."""

    alpha: FalsePositives = 0.5
    beta: FalseNegatives = 0.5

    @model_validator(mode="after")
    def _some_errors_count(self) -> Self:
        if self.alpha == self.beta == 0:
            hint = "set alpha or beta above 0"
            raise Wrong.of("is 0 like beta, so that no error would count", got=0, hint=hint, path=("alpha",))
        return self


class Tversky(TverskyIndex):
    """1 - Tversky index (Salehi et al. 2017); alpha and beta of 1/2 make it Dice."""

    kind: Literal["tversky"] = Field("tversky", description="Which loss.")

    def call(self, context: OutputContext) -> Call:
        arguments = {"alpha": self.alpha, "beta": self.beta, "gamma": 1.0}
        return Call("unetgen.layers.TverskyLoss", self.shared(context) | arguments)


class FocalTversky(TverskyIndex):
    """(1 - Tversky index) ** gamma (Abraham and Khan 2019)."""

    kind: Literal["focal_tversky"] = Field("focal_tversky", description="Which loss.")
    alpha: FalsePositives = 0.3
    beta: FalseNegatives = 0.7
    gamma: float = Field(
        0.75, gt=0, description="The exponent: below 1, hard examples count more near the end."
    )

    def call(self, context: OutputContext) -> Call:
        arguments = {"alpha": self.alpha, "beta": self.beta, "gamma": self.gamma}
        return Call("unetgen.layers.TverskyLoss", self.shared(context) | arguments)
