"""Positions: what every loss and metric compares with the prediction, and how much each position counts.

This is the one place that knows what an ignored class and a sample weight mean.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from keras import ops

from unetgen.layers.targets import class_labels, one_hot_targets
from unetgen.layers.tensor import Tensor, axis_index


class Positions(NamedTuple):
    """The targets of a batch, and how much each position counts.

    ``target`` holds integer labels ``(batch, *spatial)`` where sparse, else it has the prediction's shape; it
    is 0 where it is ignored. ``valid`` ``(batch, *spatial)`` is False there. ``weight`` is the sample weight,
    ``(batch, *spatial)`` with sizes of 1 where it is the same for all. None: all are valid; all weigh 1.
    """

    target: Tensor
    valid: Tensor | None
    weight: Tensor | None

    def counted(self, dtype: str) -> Tensor | None:
        """The weight where valid, 0 where ignored; None where all count alike."""
        if self.valid is None:
            return self.weight
        valid = ops.cast(self.valid, dtype)
        return valid if self.weight is None else valid * self.weight


def positions_of(
    y_true: Tensor,
    y_pred: Tensor,
    sample_weight: Tensor | None,
    axis: int,
    *,
    sparse: bool,
    ignore_class: int | None,
) -> Positions:
    """The positions of a batch; `axis` is the class axis of ``y_pred``, the batch counted.

    A position is ignored where its label is ``ignore_class``. In one-hot targets, that is where the channel
    of this class is 1, or for a number that is not a class, where every channel holds the number itself.
    """
    if sparse:
        target = class_labels(y_true, y_pred, axis)
    else:
        target = one_hot_targets(y_true, y_pred, axis, sparse=False)
    weight = None if sample_weight is None else position_weight(sample_weight, y_pred, axis)
    if ignore_class is None:
        return Positions(target, None, weight)
    valid = _valid(target, ignore_class, None if sparse else axis_index(axis, len(y_pred.shape)))
    kept = valid if sparse else ops.expand_dims(valid, axis)
    return Positions(ops.where(kept, target, ops.zeros_like(target)), valid, weight)


def position_weight(sample_weight: Tensor, y_pred: Tensor, axis: int) -> Tensor:
    """A sample weight as ``(batch, *spatial)``, of sizes 1 where it has one value a sample.

    It may be a scalar, ``(batch,)`` or ``(batch, 1, ...)``, ``(batch, *spatial)``, or that with a class axis
    of size 1. Raises `ValueError` for any other shape.
    """
    weight = ops.cast(ops.convert_to_tensor(sample_weight), y_pred.dtype)
    if getattr(weight.shape, "rank", 0) is None:
        return _of_unknown_rank(weight, y_pred, axis)
    shape, rank = tuple(weight.shape), len(y_pred.shape)
    index = axis_index(axis, rank)
    if len(shape) == rank - 1:
        return weight
    if len(shape) == rank and shape[index] in (1, None):
        return ops.squeeze(weight, axis=index)
    if len(shape) < rank and all(size == 1 for size in shape[1:]):
        return ops.reshape(weight, (-1, *[1] * (rank - 2)))
    raise ValueError(
        "sample_weight: must have one value a sample, (batch,), or one a position, the shape of the "
        f"prediction {tuple(y_pred.shape)} without axis {axis} or with size 1 there (got {shape})"
    )


def _of_unknown_rank(weight: Tensor, y_pred: Tensor, axis: int) -> Tensor:
    """The same where TensorFlow has seen weights of several ranks in one step, and traces for any."""
    sizes = list(ops.shape(y_pred))
    del sizes[axis_index(axis, len(sizes))]
    flat = ops.ones((sizes[0], math.prod(sizes[1:])), weight.dtype)
    return ops.reshape(flat * ops.reshape(weight, (sizes[0], -1)), sizes)


def _valid(target: Tensor, ignore_class: int, class_axis: int | None) -> Tensor:
    ignored = ops.cast(ignore_class, target.dtype)
    if class_axis is None:
        return ops.not_equal(target, ignored)
    classes = target.shape[class_axis]
    if classes > 1 and 0 <= ignore_class < classes:
        return ops.not_equal(ops.take(target, ignore_class, axis=class_axis), 1)
    return ops.any(ops.not_equal(target, ignored), axis=class_axis)
