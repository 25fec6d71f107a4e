"""The metrics that a config can name. A new one: a class in its family's file, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeAlias

from typing_extensions import TypeAliasType

from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes
from unetgen.parts.training.base import Metric

if TYPE_CHECKING:
    from unetgen.parts.training.accuracy import (
        BinaryAccuracyMetric,
        CategoricalAccuracyMetric,
        SparseCategoricalAccuracyMetric,
    )
    from unetgen.parts.training.overlap_metrics import DiceMetric, MeanIoUMetric
    from unetgen.parts.training.regression import MeanAbsoluteErrorMetric, MeanSquaredErrorMetric

    MetricKind: TypeAlias = (
        CategoricalAccuracyMetric
        | SparseCategoricalAccuracyMetric
        | BinaryAccuracyMetric
        | DiceMetric
        | MeanIoUMetric
        | MeanSquaredErrorMetric
        | MeanAbsoluteErrorMetric
    )
else:
    MetricKind = Metric  # each kind is imported when a config names it

_HOMES: Homes[Metric] = Homes(
    "unetgen.parts.training",
    {
        "categorical_accuracy": "accuracy.CategoricalAccuracyMetric",
        "sparse_categorical_accuracy": "accuracy.SparseCategoricalAccuracyMetric",
        "binary_accuracy": "accuracy.BinaryAccuracyMetric",
        "dice": "overlap_metrics.DiceMetric",
        "mean_iou": "overlap_metrics.MeanIoUMetric",
        "mean_squared_error": "regression.MeanSquaredErrorMetric",
        "mean_absolute_error": "regression.MeanAbsoluteErrorMetric",
    },
)
_BY_KIND: Kinds[MetricKind] = Kinds("metric", _HOMES, noun="metric")
METRICS: Mapping[str, type[Metric]] = _BY_KIND.models

MetricField = TypeAliasType("MetricField", Annotated[MetricKind, _BY_KIND])
"""One metric: a bare name or a mapping with `kind`."""
