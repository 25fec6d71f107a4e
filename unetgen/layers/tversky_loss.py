"""TverskyLoss: Dice with separate prices for false positives and false negatives, and its focal form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.region_loss import PerClassLoss
from unetgen.layers.regions import RegionSums
from unetgen.layers.tensor import Tensor

# Below this, x**gamma is replaced by the line through 0: for gamma < 1 its slope at 0 is infinite.
LINEAR_BELOW = 1e-6


@keras.saving.register_keras_serializable(package="unetgen")
class TverskyLoss(PerClassLoss):
    """``mean_c (1 - TI_c)**gamma``, ``TI = (tp + smooth) / (tp + alpha*fp + beta*fn + smooth)``.

    ``tp = sum(t*p)``, ``fp = sum(p) - tp``, ``fn = sum(t) - tp``. Salehi et al. 2017; alpha = beta = 0.5 is
    Dice (with half its smooth). The focal exponent is Abraham and Khan 2018's, written the other way: their
    ``(1 - TI)**(1/g)`` with g = 4/3 is our ``gamma=0.75``. They sum over the classes, this is their mean.
    Under ``1 - TI < 1e-6`` the power becomes a line through 0, so that a perfect prediction has loss 0 and
    a finite gradient also for gamma < 1.

    Args:
        axis, per_sample, smooth, class_weights, include_background, sparse, ignore_class, name, reduction: as
            of `PerClassLoss`.
        alpha: weight of the false positives; not negative.
        beta: weight of the false negatives; not negative.
        gamma: focal exponent; positive. Under 1 it lifts nearly right classes, over 1 it mutes them.

    Shapes:
        as of `RegionLoss`.
    """

    def __init__(
        self,
        axis: int = -1,
        alpha: float = 0.5,
        beta: float = 0.5,
        gamma: float = 1.0,
        per_sample: bool = True,
        smooth: float = 1e-5,
        class_weights: Sequence[float] | None = None,
        include_background: bool = True,
        sparse: bool = False,
        ignore_class: int | None = None,
        name: str = "tversky_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(
            axis, per_sample, smooth, class_weights, include_background, sparse, ignore_class, name, reduction
        )
        if alpha < 0 or beta < 0:
            raise ValueError(f"alpha, beta: must not be negative (got {alpha}, {beta})")
        if not gamma > 0:
            raise ValueError(f"gamma: must be positive (got {gamma})")
        self.alpha = float(alpha)
        self.beta = float(beta)
        self.gamma = float(gamma)

    def of_classes(self, sums: RegionSums) -> Tensor:
        both, true, predicted = sums
        wrong = self.alpha * (predicted - both) + self.beta * (true - both)
        # 1 - TI written as a quotient: exact where TI is nearly 1.
        distance = wrong / (both + wrong + self.smooth)
        return distance if self.gamma == 1.0 else _power(distance, self.gamma)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha, "beta": self.beta, "gamma": self.gamma}


def _power(x: Tensor, gamma: float) -> Tensor:
    """``x**gamma``, and a line through 0 below ``LINEAR_BELOW``; continuous, with a finite gradient."""
    return ops.where(
        x > LINEAR_BELOW,
        ops.power(ops.maximum(x, LINEAR_BELOW), gamma),
        x * LINEAR_BELOW ** (gamma - 1.0),
    )
