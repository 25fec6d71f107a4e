"""GeneralizedDiceLoss: one Dice over all classes, each weighted by its inverse squared volume."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from unetgen.layers.regions import positive_smooth, region_sums
from unetgen.layers.targets import one_hot_targets
from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class GeneralizedDiceLoss(keras.losses.Loss):  # type: ignore[misc]
    """``1 - (2*sum_c w_c sum(t*p) + smooth) / (sum_c w_c (sum(t) + sum(p)) + smooth)`` (Sudre et al. 2017).

    The paper's ``w_c = 1/V_c**2``, with ``V_c = sum(t)``, up to a factor that cancels:
    ``w_c = (V_min/V_c)**2``, where ``V_min`` is the smallest volume of a class that is present. The largest
    weight is therefore 1, so that ``smooth`` means the same for small and large images. An absent class,
    whose paper's weight is infinite, takes that largest weight too: predicting it costs, and value and
    gradient stay finite. If every class is absent, all weigh 1.

    Args:
        axis: the class axis of ``y_pred``, the batch counted.
        smooth: added above and below; positive.
        per_sample: weights and sums for each sample; else over the whole batch.
        sparse: whether ``y_true`` holds integer labels.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``, probabilities.
        call: ``(batch,)``; a scalar unless ``per_sample``.
    """

    def __init__(
        self,
        axis: int = -1,
        smooth: float = 1e-5,
        per_sample: bool = True,
        sparse: bool = False,
        name: str = "generalized_dice_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        self.axis = axis
        self.smooth = positive_smooth(smooth)
        self.per_sample = per_sample
        self.sparse = sparse

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        target = one_hot_targets(y_true, y_pred, self.axis, sparse=self.sparse)
        sums = region_sums(target, y_pred, self.axis, per_sample=self.per_sample)
        weights = _inverse_squared(sums.true)
        both = ops.sum(weights * sums.both, axis=-1)
        total = ops.sum(weights * (sums.true + sums.predicted), axis=-1)
        return 1.0 - (2.0 * both + self.smooth) / (total + self.smooth)

    def get_config(self) -> dict[str, Any]:
        arguments = {
            "axis": self.axis,
            "smooth": self.smooth,
            "per_sample": self.per_sample,
            "sparse": self.sparse,
        }
        return {**super().get_config(), **arguments}


def _inverse_squared(volumes: Tensor) -> Tensor:
    """``(V_min/V_c)**2`` over the last axis, 1 for the absent; the ratio first, as ``V**2`` may overflow."""
    present = volumes > 0
    largest = ops.max(volumes, axis=-1, keepdims=True)
    smallest = ops.min(ops.where(present, volumes, largest), axis=-1, keepdims=True)
    ratio = ops.where(present, ops.divide_no_nan(smallest, volumes), ops.ones_like(volumes))
    return ratio * ratio
