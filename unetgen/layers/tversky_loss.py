"""TverskyLoss: Dice with separate prices for false positives and false negatives, and its focal form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.regions import mean_over_classes, positive_smooth, region_sums
from unetgen.layers.targets import one_hot_targets
from unetgen.layers.tensor import Tensor, checked_weights

# Below this, x**gamma is replaced by the line through 0: for gamma < 1 its slope at 0 is infinite.
LINEAR_BELOW = 1e-6


@keras.saving.register_keras_serializable(package="unetgen")
class TverskyLoss(keras.losses.Loss):  # type: ignore[misc]
    """``mean_c (1 - TI_c)**gamma``, ``TI = (tp + smooth) / (tp + alpha*fp + beta*fn + smooth)``.

    ``tp = sum(t*p)``, ``fp = sum(p) - tp``, ``fn = sum(t) - tp``. Salehi et al. 2017; alpha = beta = 0.5 is
    Dice (with half its smooth). The focal exponent is Abraham and Khan 2018's, written the other way: their
    ``(1 - TI)**(1/g)`` with g = 4/3 is our ``gamma=0.75``. They sum over the classes, this is their mean.
    Under ``1 - TI < 1e-6`` the power becomes a line through 0, so that a perfect prediction has loss 0 and
    a finite gradient also for gamma < 1.

    Args:
        axis: the class axis of ``y_pred``, the batch counted: -1 for channels_last, 1 for channels_first.
        alpha: weight of the false positives; not negative.
        beta: weight of the false negatives; not negative.
        gamma: focal exponent; positive. Under 1 it lifts nearly right classes, over 1 it mutes them.
        per_sample: sum over space only and average over samples and classes; else sum over the batch too.
        smooth: added above and below; positive.
        class_weights: one weight for each class, background included, for a weighted mean over the classes.
        include_background: whether class 0 counts; False needs at least 2 classes.
        sparse: whether ``y_true`` holds integer labels.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``, probabilities.
        call: ``(batch,)``; a scalar unless ``per_sample``.
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
        name: str = "tversky_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        if alpha < 0 or beta < 0:
            raise ValueError(f"alpha, beta: must not be negative (got {alpha}, {beta})")
        if not gamma > 0:
            raise ValueError(f"gamma: must be positive (got {gamma})")
        self.axis = axis
        self.alpha = float(alpha)
        self.beta = float(beta)
        self.gamma = float(gamma)
        self.per_sample = per_sample
        self.smooth = positive_smooth(smooth)
        self.class_weights = (
            None if class_weights is None else checked_weights(class_weights, "class_weights")
        )
        self.include_background = include_background
        self.sparse = sparse

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        target = one_hot_targets(y_true, y_pred, self.axis, sparse=self.sparse)
        both, true, predicted = region_sums(target, y_pred, self.axis, per_sample=self.per_sample)
        wrong = self.alpha * (predicted - both) + self.beta * (true - both)
        # 1 - TI written as a quotient: exact where TI is nearly 1.
        distance = wrong / (both + wrong + self.smooth)
        losses = distance if self.gamma == 1.0 else _power(distance, self.gamma)
        return mean_over_classes(losses, self.class_weights, include_background=self.include_background)

    def get_config(self) -> dict[str, Any]:
        arguments = {
            "axis": self.axis,
            "alpha": self.alpha,
            "beta": self.beta,
            "gamma": self.gamma,
            "per_sample": self.per_sample,
            "smooth": self.smooth,
            "class_weights": None if self.class_weights is None else list(self.class_weights),
            "include_background": self.include_background,
            "sparse": self.sparse,
        }
        return {**super().get_config(), **arguments}


def _power(x: Tensor, gamma: float) -> Tensor:
    """``x**gamma``, and a line through 0 below ``LINEAR_BELOW``; continuous, with a finite gradient."""
    return ops.where(
        x > LINEAR_BELOW,
        ops.power(ops.maximum(x, LINEAR_BELOW), gamma),
        x * LINEAR_BELOW ** (gamma - 1.0),
    )
