"""The metrics that a config can name. A new one: a class in its family's file, and a line here."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypeAliasType

from unetgen.parts.part import kind_of
from unetgen.parts.training.accuracy import BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy
from unetgen.parts.training.base import Metric
from unetgen.parts.training.named import ByKind
from unetgen.parts.training.overlap_metrics import DiceMetric, MeanIoU
from unetgen.parts.training.regression import MeanAbsoluteErrorMetric, MeanSquaredErrorMetric

MetricKind = (
    CategoricalAccuracy
    | SparseCategoricalAccuracy
    | BinaryAccuracy
    | DiceMetric
    | MeanIoU
    | MeanSquaredErrorMetric
    | MeanAbsoluteErrorMetric
)
METRICS: dict[str, type[Metric]] = {kind_of(model): model for model in MetricKind.__args__}

MetricField = TypeAliasType("MetricField", Annotated[MetricKind, ByKind("metric", METRICS)])
"""One metric: a bare name or a mapping with `kind`."""
