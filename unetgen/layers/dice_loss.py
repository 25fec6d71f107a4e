"""DiceLoss: one minus the soft Dice coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from unetgen.layers.region_loss import PerClassLoss
from unetgen.layers.regions import RegionSums
from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class DiceLoss(PerClassLoss):
    """``1 - mean_c (2*sum(t*p) + smooth) / (sum(t) + sum(p) + smooth)``.

    With ``squared`` the denominator is ``sum(t**2) + sum(p**2) + smooth`` (Milletari et al. 2016, V-Net).
    A class that is neither true nor predicted scores 1.

    Args:
        axis, per_sample, smooth, class_weights, include_background, sparse, ignore_class, name, reduction: as
            of `PerClassLoss`.
        squared: square the denominator's terms.

    Shapes:
        as of `RegionLoss`.
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
        ignore_class: int | None = None,
        name: str = "dice_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(
            axis, per_sample, smooth, class_weights, include_background, sparse, ignore_class, name, reduction
        )
        self.squared = squared

    def of_classes(self, sums: RegionSums) -> Tensor:
        return 1.0 - (2.0 * sums.both + self.smooth) / (sums.true + sums.predicted + self.smooth)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "squared": self.squared}
