"""DiceLoss: one minus the soft Dice coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from unetgen.layers.regions import mean_over_classes, positive_smooth, region_sums
from unetgen.layers.targets import one_hot_targets
from unetgen.layers.tensor import Tensor, checked_weights


@keras.saving.register_keras_serializable(package="unetgen")
class DiceLoss(keras.losses.Loss):  # type: ignore[misc]
    """``1 - mean_c (2*sum(t*p) + smooth) / (sum(t) + sum(p) + smooth)``.

    With ``squared`` the denominator is ``sum(t**2) + sum(p**2) + smooth`` (Milletari et al. 2016, V-Net).
    A class that is neither true nor predicted scores 1.

    Args:
        axis: the class axis of ``y_pred``, the batch counted: -1 for channels_last, 1 for channels_first.
        per_sample: sum over space only and average over samples and classes; else sum over the batch too.
        squared: square the denominator's terms.
        smooth: added above and below; positive.
        class_weights: one weight for each class, background included, for a weighted mean over the classes.
        include_background: whether class 0 counts; False needs at least 2 classes.
        sparse: whether ``y_true`` holds integer labels.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``, probabilities.
        y_true: the same, one-hot; where ``sparse``, without the class axis or with size 1 there.
        call: ``(batch,)``; a scalar unless ``per_sample`` (a sample weight then only scales it).
    """

    def __init__(
        self,
        axis: int = -1,
        per_sample: bool = True,
        squared: bool = False,
        smooth: float = 1e-5,
        class_weights: Sequence[float] | None = None,
        include_background: bool = True,
        sparse: bool = False,
        name: str = "dice_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        self.axis = axis
        self.per_sample = per_sample
        self.squared = squared
        self.smooth = positive_smooth(smooth)
        self.class_weights = (
            None if class_weights is None else checked_weights(class_weights, "class_weights")
        )
        self.include_background = include_background
        self.sparse = sparse

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        target = one_hot_targets(y_true, y_pred, self.axis, sparse=self.sparse)
        sums = region_sums(target, y_pred, self.axis, per_sample=self.per_sample, squared=self.squared)
        dice = (2.0 * sums.both + self.smooth) / (sums.true + sums.predicted + self.smooth)
        return mean_over_classes(1.0 - dice, self.class_weights, include_background=self.include_background)

    def get_config(self) -> dict[str, Any]:
        arguments = {
            "axis": self.axis,
            "per_sample": self.per_sample,
            "squared": self.squared,
            "smooth": self.smooth,
            "class_weights": None if self.class_weights is None else list(self.class_weights),
            "include_background": self.include_background,
            "sparse": self.sparse,
        }
        return {**super().get_config(), **arguments}
