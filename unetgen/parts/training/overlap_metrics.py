"""Overlap metrics: the Dice coefficient and the mean intersection over union."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from unetgen.errors import Problem
from unetgen.parts.training.accuracy import Probability, threshold_on_output
from unetgen.parts.training.base import Metric, Sparse, Targets, position_arguments, sparse_problems
from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.demands import DECIDED, LARGEST, Demands
from unetgen.plan.call import Call


class DiceMetric(Metric):
    """Dice coefficient of the decided classes: their mean, one of them, or each and the mean."""

    kind: Literal["dice"] = Field("dice", description="Which metric.")
    per_class: bool = Field(False, description="Logs each class as well, as dice_0, dice_1, ...")
    class_index: int | None = Field(
        None, ge=0, description="Logs only this class, as dice_<index>; null: all."
    )
    threshold: Probability | None = Field(
        None,
        description="The probability from which on a single class is present (null: 0.5). With more classes, "
        "the class of the largest output is present and this must be null.",
    )
    sparse: Sparse = False

    @property
    def targets(self) -> Targets:
        return "indices" if self.sparse else "one_hot"

    def demands(self, context: OutputContext) -> Demands:
        return LARGEST if context.num_classes > 1 else DECIDED

    def calls(self, context: OutputContext) -> list[Call]:
        if self.class_index is not None:
            return [self._of(self.class_index, context)]
        each = range(context.num_classes) if self.per_class else ()
        return [*(self._of(index, context) for index in each), self._of(None, context)]

    def _of(self, class_index: int | None, context: OutputContext) -> Call:
        arguments: dict[str, Any] = {
            "num_classes": context.num_classes,
            **position_arguments(context),
            "class_index": class_index,
            "sparse": self.sparse,
            "name": "dice" if class_index is None else f"dice_{class_index}",
        }
        if context.num_classes == 1:
            probability = 0.5 if self.threshold is None else self.threshold
            arguments["threshold"] = threshold_on_output(probability, context)
        return Call("unetgen.layers.DiceCoefficient", arguments)

    def problems(self, context: OutputContext) -> list[Problem]:
        problems = super().problems(context)
        problems += sparse_problems(("sparse",), context) if self.sparse else []
        if self.class_index is not None and self.class_index >= context.num_classes:
            hint = f"classes count from 0 to {context.num_classes - 1}"
            problems.append(Problem("no such class", ("class_index",), got=self.class_index, hint=hint))
        if self.threshold is not None and context.num_classes > 1:
            hint = "the largest output wins among several classes; leave it out"
            problems.append(
                Problem("applies to one class only", ("threshold",), got=self.threshold, hint=hint)
            )
        if self.class_index is not None and self.per_class:
            hint = "say per_class for all, or class_index for one"
            problems.append(Problem("contradicts class_index", ("per_class",), got=True, hint=hint))
        return problems


class MeanIoUMetric(Metric):
    """Mean over the classes of intersection over union; with one class, that of the foreground."""

    kind: Literal["mean_iou"] = Field("mean_iou", description="Which metric.")
    sparse: Sparse = False

    @property
    def targets(self) -> Targets:
        return "indices" if self.sparse else "one_hot"

    def demands(self, context: OutputContext) -> Demands:
        return LARGEST if context.num_classes > 1 else DECIDED

    def calls(self, context: OutputContext) -> list[Call]:
        arguments: dict[str, Any] = {
            "num_classes": context.num_classes,
            **position_arguments(context),
            "sparse": self.sparse,
            "name": self.kind,
        }
        if context.num_classes == 1:
            arguments["threshold"] = threshold_on_output(0.5, context)
        return [Call("unetgen.layers.MeanIoU", arguments)]

    def problems(self, context: OutputContext) -> list[Problem]:
        sparse = sparse_problems(("sparse",), context) if self.sparse else []
        return super().problems(context) + sparse
