"""GeneralizedDiceLoss: one Dice over all classes, each weighted by its inverse squared volume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.region_loss import RegionLoss
from unetgen.layers.regions import RegionSums
from unetgen.layers.tensor import Tensor, optional_weights, require_classes


@keras.saving.register_keras_serializable(package="unetgen")
class GeneralizedDiceLoss(RegionLoss):
    """``1 - (2*sum_c w_c sum(t*p) + smooth) / (sum_c w_c (sum(t) + sum(p)) + smooth)`` (Sudre et al. 2017).

    The paper's ``w_c = 1/V_c**2``, with ``V_c = sum(t)``, up to a factor that cancels:
    ``w_c = (V_min/V_c)**2``, where ``V_min`` is the smallest volume of a class that is present. The largest
    weight is therefore 1, so that ``smooth`` means the same for small and large images. An absent class,
    whose paper's weight is infinite, takes that largest weight too: predicting it costs, and value and
    gradient stay finite. If every class is absent, all weigh 1.

    Args:
        axis, per_sample, smooth, sparse, ignore_class, name, reduction: as of `RegionLoss`.
        class_weights: one weight for each class, which multiplies its ``w_c``.

    Shapes:
        as of `RegionLoss`.
    """

    def __init__(
        self,
        axis: int = -1,
        smooth: float = 1e-5,
        per_sample: bool = True,
        sparse: bool = False,
        class_weights: Sequence[float] | None = None,
        ignore_class: int | None = None,
        name: str = "generalized_dice_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(axis, per_sample, smooth, sparse, ignore_class, name, reduction)
        self.class_weights = optional_weights(class_weights, "class_weights")

    def of_sums(self, sums: RegionSums) -> Tensor:
        weights = _inverse_squared(sums.true)
        if self.class_weights is not None:
            require_classes(self.class_weights, weights, -1, "class_weights")
            weights = weights * ops.convert_to_tensor(self.class_weights, dtype=weights.dtype)
        both = ops.sum(weights * sums.both, axis=-1)
        total = ops.sum(weights * (sums.true + sums.predicted), axis=-1)
        return 1.0 - (2.0 * both + self.smooth) / (total + self.smooth)

    def get_config(self) -> dict[str, Any]:
        weights = None if self.class_weights is None else list(self.class_weights)
        return {**super().get_config(), "class_weights": weights}


def _inverse_squared(volumes: Tensor) -> Tensor:
    """``(V_min/V_c)**2`` over the last axis, 1 for the absent; the ratio first, as ``V**2`` may overflow."""
    present = volumes > 0
    largest = ops.max(volumes, axis=-1, keepdims=True)
    smallest = ops.min(ops.where(present, volumes, largest), axis=-1, keepdims=True)
    ratio = ops.where(present, ops.divide_no_nan(smallest, volumes), ops.ones_like(volumes))
    return ratio * ratio
