"""ClassWeightedLoss: a pointwise loss, each position weighted by its true class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.crossentropy import SparseCategoricalCrossentropy
from unetgen.layers.targets import class_labels, one_hot_targets
from unetgen.layers.tensor import Tensor, along_axis, axis_index, checked_weights, require_classes
from unetgen.layers.weighted_sum import require_mean

BINARY = (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy)
CATEGORICAL = (keras.losses.CategoricalCrossentropy, keras.losses.CategoricalFocalCrossentropy)


@keras.saving.register_keras_serializable(package="unetgen")
class ClassWeightedLoss(keras.losses.Loss):  # type: ignore[misc]
    """``mean over positions of w[true class] * loss``; no renormalisation by the weights.

    Dividing by the number of positions, and not by the sum of their weights (as PyTorch's
    ``CrossEntropyLoss(weight=...)`` does), keeps the loss comparable between batches: a batch without the
    heavy class has a small loss. Ronneberger et al. 2015 (U-Net), equation 1, weighs the same way.

    Args:
        loss: a categorical, categorical focal, binary, binary focal or our sparse cross-entropy, with this
            ``axis`` and a mean reduction.
        class_weights: one weight for each class on the class axis; not negative.
        axis: the class axis of ``y_pred``, the batch counted.
        sparse: whether ``y_true`` holds integer labels; losses other than the sparse one get them one-hot.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; call: ``(batch, *spatial)``.

    The categorical losses are weighted by ``sum_c w_c t_c``. The binary ones have a term for each channel, so
    channel ``c`` is weighted by ``w_c`` before the mean over the channels; they then see probabilities, not
    the logits Keras remembers behind a sigmoid, so a saturated term is clipped at ``epsilon``.
    """

    def __init__(
        self,
        loss: keras.losses.Loss,
        class_weights: Sequence[float],
        axis: int = -1,
        sparse: bool = False,
        name: str = "class_weighted_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        if not isinstance(loss, (*BINARY, *CATEGORICAL, SparseCategoricalCrossentropy)):
            raise ValueError(f"loss: must be a pointwise cross-entropy (got {type(loss).__name__})")
        if loss.axis != axis:
            raise ValueError(f"axis: the loss inside has axis {loss.axis}, give both the same (got {axis})")
        if isinstance(loss, SparseCategoricalCrossentropy) and not sparse:
            raise ValueError(
                "sparse: SparseCategoricalCrossentropy takes integer labels, say sparse=True (got False)"
            )
        require_mean(loss)
        self.loss = loss
        self.class_weights = checked_weights(class_weights, "class_weights")
        self.axis = axis
        self.sparse = sparse

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        require_classes(self.class_weights, y_pred, self.axis, "class_weights")
        rank = len(y_pred.shape)
        index = axis_index(self.axis, rank)
        weights = ops.convert_to_tensor(self.class_weights, dtype=y_pred.dtype)
        if isinstance(self.loss, SparseCategoricalCrossentropy):
            labels = ops.cast(class_labels(y_true, y_pred, self.axis), "int32")
            # An ignored label may lie outside the classes; its loss is 0 whatever the weight.
            labels = ops.clip(labels, 0, len(self.class_weights) - 1)
            return self.loss.call(y_true, y_pred) * ops.take(weights, labels, axis=0)
        target = one_hot_targets(y_true, y_pred, self.axis, sparse=self.sparse)
        weights = along_axis(weights, self.axis, rank)
        if isinstance(self.loss, CATEGORICAL):
            return self.loss.call(target, y_pred) * ops.sum(weights * target, axis=index)
        # The binary losses average over `axis`: a new axis of size 1 there leaves each channel its own term.
        terms = self.loss.call(ops.expand_dims(target, self.axis), ops.expand_dims(y_pred, self.axis))
        return ops.mean(weights * terms, axis=index)

    def get_config(self) -> dict[str, Any]:
        arguments = {
            "loss": keras.saving.serialize_keras_object(self.loss),
            "class_weights": list(self.class_weights),
            "axis": self.axis,
            "sparse": self.sparse,
        }
        return {**super().get_config(), **arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ClassWeightedLoss:
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})
