"""PositionLoss: a loss that knows ignored classes and sample weights; PointwiseLoss: one value a position."""

from __future__ import annotations

import abc
from typing import Any

import keras
from keras import ops

from unetgen.layers.positions import Positions, positions_of
from unetgen.layers.replicas import mean_over_replicas, share_of_replica
from unetgen.layers.tensor import Tensor

AVERAGES = ("sum_over_batch_size", "mean")
REDUCTIONS = (*AVERAGES, "sum", "none", None)


class WeighableLoss(keras.losses.Loss, abc.ABC):  # type: ignore[misc]
    """A loss that sees the sample weight itself, where Keras only multiplies what `call` returns by it."""

    def __init__(self, name: str, reduction: str | None) -> None:
        super().__init__(name=name, reduction=reduction)
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction: must be one of {REDUCTIONS} (got {reduction!r})")

    def __call__(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> Tensor:
        # Keras converts a tuple's tensors as it does a single one.
        return super().__call__(y_true if sample_weight is None else (y_true, sample_weight), y_pred)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The values that the reduction takes; ``y_true`` may be a pair with the sample weight."""
        y_true, sample_weight = y_true if isinstance(y_true, tuple) else (y_true, None)
        values = self.weighed(y_true, y_pred, sample_weight)
        # A scalar is of the whole batch. Measured in Keras 3.15: it is left out where losses are divided by
        # the number of replicas.
        return values if len(values.shape) else share_of_replica(values)

    @abc.abstractmethod
    def weighed(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None) -> Tensor:
        """Values whose mean is the loss, the weight multiplied in."""


class PositionLoss(WeighableLoss):
    """A loss of positions, each with a class axis in the prediction.

    Every loss here is the mean weight times the loss of the weighted positions: weights that are all 2 double
    it, and a weight that is the same all over a sample is that sample's. An ignored position is as if it were
    not there, and so is a sample that has no other.

    Args:
        axis: the class axis of ``y_pred``, the batch counted: -1 for channels_last, 1 for channels_first.
        sparse: whether ``y_true`` holds integer labels.
        ignore_class: a label whose positions do not count; see `unetgen.layers.positions.positions_of`.
        name, reduction: as of ``keras.losses.Loss``; the reduction without ``mean_with_sample_weight``.
    """

    def __init__(
        self,
        axis: int,
        sparse: bool,
        ignore_class: int | None,
        name: str,
        reduction: str | None,
    ) -> None:
        super().__init__(name, reduction)
        self.axis = axis
        self.sparse = sparse
        self.ignore_class = ignore_class

    def weighed(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None) -> Tensor:
        positions = positions_of(
            y_true, y_pred, sample_weight, self.axis, sparse=self.sparse, ignore_class=self.ignore_class
        )
        return self.values(positions, y_pred)

    @property
    def averages(self) -> bool:
        """Whether the reduction divides by the number of values."""
        return self.reduction in AVERAGES

    @abc.abstractmethod
    def values(self, positions: Positions, y_pred: Tensor) -> Tensor:
        """Values whose mean is the loss."""

    def get_config(self) -> dict[str, Any]:
        arguments = {"axis": self.axis, "sparse": self.sparse, "ignore_class": self.ignore_class}
        return {**super().get_config(), **arguments}


class PointwiseLoss(PositionLoss):
    """A loss with a value of its own at every position.

    ``sum(w * loss) / n`` over the ``n`` positions that are not ignored, ``w`` the sample weight: as in Keras,
    the weights are not divided by their sum.
    """

    @abc.abstractmethod
    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        """``(batch, *spatial)``, of targets as `Positions` has them."""

    def values(self, positions: Positions, y_pred: Tensor) -> Tensor:
        losses = self.pointwise(positions.target, y_pred)
        if positions.valid is not None:
            losses = ops.where(positions.valid, losses, ops.zeros_like(losses))
            if self.averages:
                share = mean_over_replicas(ops.mean(ops.cast(positions.valid, losses.dtype)))
                losses = ops.divide_no_nan(losses, share)
        return losses if positions.weight is None else losses * positions.weight
