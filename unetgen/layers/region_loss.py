"""RegionLoss: a loss of the overlap of whole regions, of each sample or of the batch."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

from keras import ops

from unetgen.layers.position_loss import PositionLoss
from unetgen.layers.positions import Positions
from unetgen.layers.regions import RegionSums, mean_over_classes, positive_smooth, region_sums
from unetgen.layers.replicas import mean_over_replicas, sum_over_replicas
from unetgen.layers.targets import one_hot_targets
from unetgen.layers.tensor import Tensor, optional_weights


class RegionLoss(PositionLoss):
    """A loss made of sums over a region: the positions of a sample, or of the batch.

    Sample weights, divided by their mean over the region, multiply the terms of every sum; that mean
    multiplies the region's loss. So inside a region the ratios of the weights count, and between regions
    their means, as in the pointwise losses.

    Args:
        axis, sparse, ignore_class, name, reduction: as of `PositionLoss`.
        per_sample: sum over space only, and average over the samples that are not ignored as a whole; else
            sum over the batch too.
        smooth: added above and below; positive.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``, probabilities.
        y_true: the same, one-hot; where ``sparse``, without the class axis or with size 1 there.
        call: ``(batch,)``; a scalar unless ``per_sample``.
    """

    squared = False

    def __init__(
        self,
        axis: int,
        per_sample: bool,
        smooth: float,
        sparse: bool,
        ignore_class: int | None,
        name: str,
        reduction: str | None,
    ) -> None:
        super().__init__(axis, sparse, ignore_class, name, reduction)
        self.per_sample = per_sample
        self.smooth = positive_smooth(smooth)

    @abc.abstractmethod
    def of_sums(self, sums: RegionSums) -> Tensor:
        """The loss of each region."""

    def values(self, positions: Positions, y_pred: Tensor) -> Tensor:
        target = one_hot_targets(positions.target, y_pred, self.axis, sparse=self.sparse)
        weight, of_region = self._relative(positions, y_pred)
        sums = region_sums(
            target, y_pred, self.axis, per_sample=self.per_sample, squared=self.squared, weight=weight
        )
        if not self.per_sample:
            sums = RegionSums(*map(sum_over_replicas, sums))
        losses = self.of_sums(sums)
        return losses if of_region is None else losses * of_region

    def _relative(self, positions: Positions, y_pred: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """The weight of each position against the mean of its region, and that of each region."""
        weight = positions.counted(y_pred.dtype)
        if weight is None:
            return None, None
        axes = tuple(range(1 if self.per_sample else 0, len(weight.shape)))
        mean = self._of_region(ops.mean(weight, axis=axes, keepdims=True))
        if positions.valid is None:
            return ops.divide_no_nan(weight, mean), ops.squeeze(mean, axis=axes)
        share = self._of_region(ops.mean(ops.cast(positions.valid, y_pred.dtype), axis=axes, keepdims=True))
        mean = ops.divide_no_nan(mean, share)
        of_region = ops.squeeze(mean, axis=axes)
        if self.per_sample and self.averages:
            has_any = mean_over_replicas(ops.mean(ops.cast(share > 0, y_pred.dtype)))
            of_region = ops.divide_no_nan(of_region, has_any)
        return ops.divide_no_nan(weight, mean), of_region

    def _of_region(self, mean: Tensor) -> Tensor:
        """The mean over a region, of that over the replica's part of it."""
        return mean if self.per_sample else mean_over_replicas(mean)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "per_sample": self.per_sample, "smooth": self.smooth}


class PerClassLoss(RegionLoss):
    """The mean over the classes of one value each.

    Args:
        axis, per_sample, smooth, sparse, ignore_class, name, reduction: as of `RegionLoss`.
        class_weights: one weight for each class, background included, for a weighted mean over the classes.
        include_background: whether class 0 counts; False needs at least 2 classes.
    """

    def __init__(
        self,
        axis: int,
        per_sample: bool,
        smooth: float,
        class_weights: Sequence[float] | None,
        include_background: bool,
        sparse: bool,
        ignore_class: int | None,
        name: str,
        reduction: str | None,
    ) -> None:
        super().__init__(axis, per_sample, smooth, sparse, ignore_class, name, reduction)
        self.class_weights = optional_weights(class_weights, "class_weights")
        self.include_background = include_background

    @abc.abstractmethod
    def of_classes(self, sums: RegionSums) -> Tensor:
        """The loss of each class, on the last axis."""

    def of_sums(self, sums: RegionSums) -> Tensor:
        values = self.of_classes(sums)
        return mean_over_classes(values, self.class_weights, include_background=self.include_background)

    def get_config(self) -> dict[str, Any]:
        weights = None if self.class_weights is None else list(self.class_weights)
        arguments = {"class_weights": weights, "include_background": self.include_background}
        return {**super().get_config(), **arguments}
