"""Region statistics: how much of each class is true, predicted, and both, for Dice and Tversky."""

from __future__ import annotations

from typing import NamedTuple

from keras import ops

from unetgen.layers.tensor import Tensor, other_axes, require_classes


class RegionSums(NamedTuple):
    """Per-class sums, each ``(batch, classes)`` where per sample, else ``(classes,)``.

    ``both`` is the soft true positives, ``predicted - both`` the false positives and ``true - both`` the
    false negatives.
    """

    both: Tensor
    true: Tensor
    predicted: Tensor


def region_sums(
    y_true: Tensor,
    y_pred: Tensor,
    axis: int,
    *,
    per_sample: bool,
    squared: bool = False,
    weight: Tensor | None = None,
) -> RegionSums:
    """Sum ``t*p``, ``t`` and ``p`` (or their squares) over space, and over the batch unless per sample.

    ``y_true`` and ``y_pred`` have the same shape, with the classes on ``axis``; ``weight``, which multiplies
    the terms of each position, is ``(batch, *spatial)``, with sizes of 1 where it is the same for all.
    """
    axes = other_axes(axis, len(y_pred.shape), batch=not per_sample)
    true, predicted = (y_true, y_pred)
    if weight is not None:
        weight = ops.expand_dims(weight, axis)
        true, predicted = y_true * weight, y_pred * weight
    both = ops.sum(true * y_pred, axis=axes)
    if squared:
        true, predicted = true * y_true, predicted * y_pred
    return RegionSums(both, ops.sum(true, axis=axes), ops.sum(predicted, axis=axes))


def mean_over_classes(
    values: Tensor, class_weights: tuple[float, ...] | None, *, include_background: bool
) -> Tensor:
    """Weighted mean over the last axis (the classes), class 0 dropped unless ``include_background``.

    ``class_weights`` has one value for each class, the dropped background's too:
    ``sum_c w_c v_c / sum_c w_c`` over the classes that are kept.
    """
    classes = values.shape[-1]
    if class_weights is not None:
        require_classes(class_weights, values, -1, "class_weights")
    first = 0
    if not include_background:
        if classes < 2:
            raise ValueError(
                "include_background: false needs at least 2 classes, the first one is dropped (got 1)"
            )
        first = 1
        values = values[..., 1:]
    if class_weights is None:
        return ops.mean(values, axis=-1)
    kept = class_weights[first:]
    if sum(kept) == 0:
        raise ValueError(f"class_weights: all zero for the classes that are kept (got {list(class_weights)})")
    share = ops.convert_to_tensor([w / sum(kept) for w in kept], dtype=values.dtype)
    return ops.sum(values * share, axis=-1)


def positive_smooth(smooth: float) -> float:
    """``smooth`` as a float; it keeps a class that is neither true nor predicted from being 0/0."""
    if not smooth > 0:
        raise ValueError(f"smooth: must be positive, an absent class would be 0/0 (got {smooth})")
    return float(smooth)
