"""WeightedSum: several losses on the same output, added."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.position_loss import AVERAGES, WeighableLoss
from unetgen.layers.tensor import Tensor


def _require_mean(loss: WeighableLoss) -> None:
    """Refuse a loss that would not see the sample weight, or whose reduction would be silently dropped."""
    if not isinstance(loss, WeighableLoss):
        raise ValueError(f"losses: must be losses of unetgen.layers (got {type(loss).__name__})")
    if loss.reduction not in AVERAGES:
        raise ValueError(
            f"{loss.name}: a loss inside another is averaged, so its reduction must be 'sum_over_batch_size' "
            f"(got {loss.reduction!r}); set the reduction of the outer loss"
        )


@keras.saving.register_keras_serializable(package="unetgen")
class WeightedSum(WeighableLoss):
    """``sum_i weights[i] * losses[i]``, for example cross-entropy plus Dice (Isensee et al. 2021, nnU-Net).

    Args:
        losses: the losses, each with a mean reduction.
        weights: one finite factor each.

    Shapes:
        call: ``(batch,)``, each loss averaged over its own positions first, or a scalar where every loss
        pools the batch. Each sees the sample weight itself, whether one a sample or one a position.
    """

    def __init__(
        self,
        losses: Sequence[WeighableLoss],
        weights: Sequence[float],
        name: str = "weighted_sum",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name, reduction)
        if not losses or len(losses) != len(weights):
            raise ValueError(
                f"weights: must have one value a loss (got {len(weights)} for {len(losses)} losses)"
            )
        if not all(math.isfinite(w) for w in weights):
            raise ValueError(f"weights: must be finite (got {list(weights)})")
        for loss in losses:
            _require_mean(loss)
        self.losses = tuple(losses)
        self.weights = tuple(float(w) for w in weights)

    def weighed(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None) -> Tensor:
        terms = [
            w * _sample_means(loss.weighed(y_true, y_pred, sample_weight))
            for loss, w in zip(self.losses, self.weights, strict=True)
        ]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    def get_config(self) -> dict[str, Any]:
        losses = [keras.saving.serialize_keras_object(loss) for loss in self.losses]
        return {**super().get_config(), "losses": losses, "weights": list(self.weights)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> WeightedSum:
        losses = [keras.saving.deserialize_keras_object(loss) for loss in config["losses"]]
        return cls(**{**config, "losses": losses})


def _sample_means(values: Tensor) -> Tensor:
    rank = len(values.shape)
    return ops.mean(values, axis=tuple(range(1, rank))) if rank > 1 else values
