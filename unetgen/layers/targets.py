"""Targets in one form: integer labels without the class axis, or one-hot on the prediction's class axis."""

from __future__ import annotations

from keras import ops

from unetgen.layers.tensor import Tensor, axis_index


def class_labels(y_true: Tensor, y_pred: Tensor, axis: int) -> Tensor:
    """Integer labels with the shape of ``y_pred`` less its class axis.

    ``y_true`` has that shape already, or has a class axis of size 1 in its place.
    """
    rank = len(y_pred.shape)
    index = axis_index(axis, rank)
    if _has_any_rank(y_true):
        sizes = list(ops.shape(y_pred))
        return ops.reshape(y_true, (*sizes[:index], *sizes[index + 1 :]))
    if len(y_true.shape) == rank - 1:
        return y_true
    if len(y_true.shape) == rank and y_true.shape[index] in (1, None):
        return ops.squeeze(y_true, axis=index)
    raise ValueError(
        f"y_true: class numbers must have the prediction's shape without axis {axis}, or with size 1 there "
        f"(got {tuple(y_true.shape)} for a prediction {tuple(y_pred.shape)}); one-hot targets need losses "
        "and metrics that are not sparse"
    )


def one_hot_targets(y_true: Tensor, y_pred: Tensor, axis: int, *, sparse: bool) -> Tensor:
    """``y_true`` with exactly the shape and dtype of ``y_pred``.

    Args:
        y_true: one-hot on ``axis``, or integer labels where ``sparse``. A label outside the classes (a
            "void" 255) becomes all zeros: it belongs to no class.
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``.
        axis: the class axis of ``y_pred``, the batch counted.
        sparse: whether ``y_true`` holds integers. With a single class (one sigmoid channel) the labels
            0 and 1 are the foreground map itself, whether they have the class axis or not.
    """
    rank = len(y_pred.shape)
    index = axis_index(axis, rank)
    classes = y_pred.shape[index]
    if _has_any_rank(y_true) and not sparse:
        return ops.cast(ops.reshape(y_true, ops.shape(y_pred)), y_pred.dtype)
    if classes == 1 and not _has_any_rank(y_true) and len(y_true.shape) == rank - 1:
        return ops.cast(ops.expand_dims(y_true, index), y_pred.dtype)
    if sparse:
        labels = class_labels(y_true, y_pred, axis)
        if classes == 1:
            return ops.cast(ops.expand_dims(labels, index), y_pred.dtype)
        return ops.one_hot(ops.cast(labels, "int32"), classes, axis=index, dtype=y_pred.dtype)
    if len(y_true.shape) != rank or y_true.shape[index] not in (classes, None):
        hint = (
            "class numbers need the sparse form of every loss and metric"
            if classes > 1
            else "a mask of 0 and 1"
        )
        raise ValueError(
            f"y_true: one-hot targets must have the prediction's shape {tuple(y_pred.shape)}, {classes} "
            f"classes on axis {axis} (got {tuple(y_true.shape)}); {hint}"
        )
    return ops.cast(y_true, y_pred.dtype)


def _has_any_rank(y_true: Tensor) -> bool:
    """Whether TensorFlow has seen targets of both forms in one step, and traces for any."""
    return getattr(y_true.shape, "rank", 0) is None
