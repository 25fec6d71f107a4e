"""Losses and metrics under weights and ignored positions: loops in NumPy over the positions that count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Array = np.ndarray
S = 1e-5
"""What the overlap losses add above and below."""


@dataclass(frozen=True)
class Batch:
    """Targets `t` one-hot and predictions `p`, channels last; weights and validity of the positions."""

    t: Array
    p: Array
    w: Array
    valid: Array
    class_weights: Array | float = 1.0
    positive: Array | float = 1.0

    def samples(self) -> list[Batch]:
        """Of each sample what is valid, as flat positions; none of a sample that is ignored as a whole."""
        return [
            replace(self, t=t[v], p=p[v], w=w[v], valid=v[v])
            for t, p, w, v in zip(self.t, self.p, self.w, self.valid, strict=True)
            if v.any()
        ]


def pointwise(values: Callable[[Batch], Array]) -> Callable[[Batch], float]:
    """`sum(w * value) / n` over the `n` valid positions of the batch."""

    def loss(batch: Batch) -> float:
        each = [batch_.w * values(batch_) for batch_ in batch.samples()]
        return float(np.concatenate(each).mean()) if each else 0.0

    return loss


def by_region(of: Callable[[Batch, Array], float], batch: Batch) -> float:
    """The mean over samples of the mean weight times the loss under weights of mean 1."""
    losses = []
    for sample in batch.samples():
        mean = sample.w.mean()
        losses.append(mean * of(sample, sample.w / mean) if mean else 0.0)
    return float(np.mean(losses)) if losses else 0.0


def region(of: Callable[[Batch, Array], float]) -> Callable[[Batch], float]:
    return lambda batch: by_region(of, batch)


def true_weight(b: Batch) -> Array:
    return (b.t * b.class_weights).sum(-1)


def crossentropy(b: Batch) -> Array:
    return -(b.t * np.log(b.p)).sum(-1)


def focal(b: Batch) -> Array:
    return -0.25 * (b.t * (1 - b.p) ** 2 * np.log(b.p)).sum(-1)


def binary(b: Batch, gamma: Any = 0.0) -> Array:
    terms = -(b.positive * b.t * np.log(b.p) + (1 - b.t) * np.log(1 - b.p))
    right = np.where(b.t > 0, b.p, 1 - b.p)
    return (b.class_weights * (1 - right) ** gamma * terms).mean(-1)


def over_classes(values: Array, b: Batch) -> float:
    return float(np.average(values, weights=np.broadcast_to(b.class_weights, values.shape)))


def sums(b: Batch, w: Array) -> tuple[Array, Array, Array]:
    w = w[:, None]
    return (w * b.t * b.p).sum(0), (w * b.t).sum(0), (w * b.p).sum(0)


def dice(b: Batch, w: Array) -> float:
    both, true, predicted = sums(b, w)
    return over_classes(1 - (2 * both + S) / (true + predicted + S), b)


def tversky(b: Batch, w: Array, alpha: float, beta: float, gamma: Any) -> float:
    both, true, predicted = sums(b, w)
    index = (both + S) / (both + alpha * (predicted - both) + beta * (true - both) + S)
    return over_classes((1 - index) ** gamma, b)


def generalized_dice(b: Batch, w: Array) -> float:
    both, true, predicted = sums(b, w)
    smallest = min([v for v in true if v > 0], default=1.0)
    each = b.class_weights * np.array([(smallest / v) ** 2 if v > 0 else 1.0 for v in true])
    return float(1 - (2 * (each * both).sum() + S) / ((each * (true + predicted)).sum() + S))


def difference(of: Callable[[Array], Array]) -> Callable[[Batch], float]:
    return pointwise(lambda b: (b.class_weights * of(b.t - b.p)).mean(-1))


def huber(off: Array) -> Array:
    return np.where(np.abs(off) <= 1, off**2 / 2, np.abs(off) - 0.5)


LOSS_ORACLES: dict[str, Callable[[Batch], float]] = {
    "categorical_crossentropy": pointwise(lambda b: true_weight(b) * crossentropy(b)),
    "sparse_categorical_crossentropy": pointwise(lambda b: true_weight(b) * crossentropy(b)),
    "categorical_focal_crossentropy": pointwise(lambda b: true_weight(b) * focal(b)),
    "binary_crossentropy": pointwise(binary),
    "binary_focal_crossentropy": pointwise(lambda b: binary(b, 2.0)),
    "dice": region(dice),
    "generalized_dice": region(generalized_dice),
    "tversky": region(lambda b, w: tversky(b, w, 0.5, 0.5, 1.0)),
    "focal_tversky": region(lambda b, w: tversky(b, w, 0.3, 0.7, 0.75)),
    "mean_squared_error": difference(np.square),
    "mean_absolute_error": difference(np.abs),
    "huber": difference(huber),
}


def weighted_mean(values: Callable[[Batch], Array]) -> Callable[[Batch], float]:
    def metric(batch: Batch) -> float:
        each = batch.samples()
        total = sum(b.w.sum() for b in each)
        return float(sum((b.w * values(b)).sum() for b in each) / total) if total else 0.0

    return metric


def overlap(score: Callable[[float, float, float], float]) -> Callable[[Batch], float]:
    """The mean over the classes seen, of counts over all samples."""

    def metric(batch: Batch) -> float:
        classes = batch.t.shape[-1]
        both, true, said = np.zeros(classes), np.zeros(classes), np.zeros(classes)
        for b in batch.samples():
            decided = np.eye(classes)[b.p.argmax(-1)] if classes > 1 else (b.p >= 0.5).astype(float)
            both += (b.w[:, None] * b.t * decided).sum(0)
            true += (b.w[:, None] * b.t).sum(0)
            said += (b.w[:, None] * decided).sum(0)
        found = [score(*counts) for counts in zip(both, true, said, strict=True) if counts[1] + counts[2] > 0]
        return float(np.mean(found)) if found else 0.0

    return metric


METRIC_ORACLES: dict[str, Callable[[Batch], float]] = {
    "categorical_accuracy": weighted_mean(lambda b: b.t.argmax(-1) == b.p.argmax(-1)),
    "sparse_categorical_accuracy": weighted_mean(lambda b: b.t.argmax(-1) == b.p.argmax(-1)),
    "binary_accuracy": weighted_mean(lambda b: ((b.p > 0.5) == (b.t > 0.5)).mean(-1)),
    "dice": overlap(lambda both, true, said: 2 * both / (true + said)),
    "mean_iou": overlap(lambda both, true, said: both / (true + said - both)),
    "mean_squared_error": weighted_mean(lambda b: ((b.t - b.p) ** 2).mean(-1)),
    "mean_absolute_error": weighted_mean(lambda b: np.abs(b.t - b.p).mean(-1)),
}
