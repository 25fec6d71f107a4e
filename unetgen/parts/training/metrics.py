"""The metrics that a config can name. A new one: a class in its family's file, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from typing_extensions import TypeAliasType

from unetgen.parts.choice import Kinds
from unetgen.parts.training.accuracy import (
    BinaryAccuracyMetric,
    CategoricalAccuracyMetric,
    SparseCategoricalAccuracyMetric,
)
from unetgen.parts.training.base import Metric
from unetgen.parts.training.overlap_metrics import DiceMetric, MeanIoUMetric
from unetgen.parts.training.regression import MeanAbsoluteErrorMetric, MeanSquaredErrorMetric

MetricKind = (
    CategoricalAccuracyMetric
    | SparseCategoricalAccuracyMetric
    | BinaryAccuracyMetric
    | DiceMetric
    | MeanIoUMetric
    | MeanSquaredErrorMetric
    | MeanAbsoluteErrorMetric
)
_BY_KIND: Kinds[MetricKind] = Kinds("metric", MetricKind, noun="metric")
METRICS: Mapping[str, type[Metric]] = _BY_KIND.models

MetricField = TypeAliasType("MetricField", Annotated[MetricKind, _BY_KIND])
"""One metric: a bare name or a mapping with `kind`."""
