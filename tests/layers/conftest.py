"""Random targets and predictions in both data formats; plain NumPy, nothing of unetgen."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dataclasses import dataclass

import numpy as np
import pytest

SPATIAL = [(1,), (7,), (5, 3), (1, 4), (3, 5, 2)]


@dataclass(frozen=True)
class Case:
    """One batch, channels last: integer labels, their one-hot form, softmax-like predictions."""

    labels: np.ndarray
    one_hot: np.ndarray
    predicted: np.ndarray

    def formats(self) -> Any:
        """(axis, one-hot, predicted) in channels_last, then channels_first."""
        yield -1, self.one_hot, self.predicted
        yield 1, np.moveaxis(self.one_hot, -1, 1), np.moveaxis(self.predicted, -1, 1)


def make_case(spatial: tuple[int, ...], classes: int = 3, batch: int = 2, seed: int = 0) -> Case:
    rng = np.random.default_rng([seed, *spatial])
    labels = rng.integers(0, classes, (batch, *spatial))
    logits = rng.normal(size=(*labels.shape, classes))
    predicted = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return Case(labels, np.eye(classes, dtype="float32")[labels], predicted.astype("float32"))


@pytest.fixture(params=SPATIAL, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return make_case(request.param)


@pytest.fixture
def new_case() -> Any:
    return make_case
