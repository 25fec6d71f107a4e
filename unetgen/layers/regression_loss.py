"""RegressionLoss and RegressionMetric: squared, absolute and Huber differences, their mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.position_loss import PointwiseLoss
from unetgen.layers.position_metric import PositionMetric
from unetgen.layers.tensor import Tensor, along_axis, optional_weights, require_classes


def _huber(difference: Tensor, delta: float) -> Tensor:
    size = ops.abs(difference)
    return ops.where(size <= delta, 0.5 * ops.square(difference), delta * size - 0.5 * delta * delta)


# How large a difference is, elementwise, of the difference and delta.
DIFFERENCES: Mapping[str, Callable[[Tensor, float], Tensor]] = {
    "squared": lambda difference, _: ops.square(difference),
    "absolute": lambda difference, _: ops.abs(difference),
    "huber": _huber,
}


def _differences(of: str, y_true: Tensor, y_pred: Tensor, delta: float = 1.0) -> Tensor:
    if of not in DIFFERENCES:
        raise ValueError(f"of: must be one of {', '.join(DIFFERENCES)} (got {of!r})")
    return DIFFERENCES[of](y_pred - y_true, delta)


@keras.saving.register_keras_serializable(package="unetgen")
class RegressionLoss(PointwiseLoss):
    """``mean_c w_c d(t - p)``, the mean over all channels, of ``d**2``, ``|d|`` or Huber's.

    Without weights it is ``keras.losses.MeanSquaredError``, ``MeanAbsoluteError`` or ``Huber``.

    Args:
        of: which difference: squared, absolute or huber.
        axis, ignore_class, name, reduction: as of `PositionLoss`.
        delta: of huber, the difference where it turns linear.
        class_weights: one weight for each channel; not negative.

    Shapes:
        y_true, y_pred: ``(batch, *spatial, channels)`` or ``(batch, channels, *spatial)``; y_true of one
        channel also ``(batch, *spatial)``.
    """

    def __init__(
        self,
        of: str,
        axis: int = -1,
        delta: float = 1.0,
        class_weights: Sequence[float] | None = None,
        ignore_class: int | None = None,
        name: str = "regression_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(axis, False, ignore_class, name, reduction)
        self.of = of
        self.delta = delta
        self.class_weights = optional_weights(class_weights, "class_weights")

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        terms = _differences(self.of, target, y_pred, self.delta)
        if self.class_weights is not None:
            require_classes(self.class_weights, y_pred, self.axis, "class_weights")
            weights = ops.convert_to_tensor(self.class_weights, dtype=y_pred.dtype)
            terms = terms * along_axis(weights, self.axis, len(y_pred.shape))
        return ops.mean(terms, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        config = {key: value for key, value in super().get_config().items() if key != "sparse"}
        weights = None if self.class_weights is None else list(self.class_weights)
        return {**config, "of": self.of, "delta": self.delta, "class_weights": weights}


@keras.saving.register_keras_serializable(package="unetgen")
class RegressionMetric(PositionMetric):
    """The mean of squared or absolute differences, over positions and channels.

    Args:
        of: which difference: squared, absolute or huber (with a delta of 1).
        axis, ignore_class, name, dtype: as of `PositionMetric`.
    """

    def __init__(
        self,
        of: str,
        axis: int = -1,
        ignore_class: int | None = None,
        name: str = "regression_metric",
        dtype: str | None = None,
    ) -> None:
        super().__init__(axis, False, ignore_class, name, dtype)
        self.of = of

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        return ops.mean(_differences(self.of, target, y_pred), axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        config = {key: value for key, value in super().get_config().items() if key != "sparse"}
        return {**config, "of": self.of}
