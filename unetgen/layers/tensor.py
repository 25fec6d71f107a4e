"""The words the layers share: a backend's tensor, a data format, and where an axis lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from keras import ops

# Keras publishes no type for "a tensor of whichever backend runs", so this is the one Any.
Tensor: TypeAlias = Any
DataFormat: TypeAlias = Literal["channels_last", "channels_first"]
Size: TypeAlias = "int | Tensor"
"""The length of an axis: a scalar tensor where only the running graph knows it."""


def known(*sizes: Size) -> bool:
    """Whether all of `sizes` are numbers before the graph runs."""
    return all(isinstance(size, int) for size in sizes)


def arithmetic(*sizes: Size) -> Any:
    """What computes positions from `sizes`: NumPy, whose results are constants of the graph, where it can."""
    return np if known(*sizes) else ops


def axis_index(axis: int, rank: int) -> int:
    """``axis`` counted from the front, for a tensor of ``rank`` axes.

    >>> axis_index(-1, 4), axis_index(1, 5)
    (3, 1)
    """
    if not -rank <= axis < rank:
        raise ValueError(
            f"axis: must lie in [{-rank}, {rank}) for {rank} axes, the batch counted (got {axis})"
        )
    return axis % rank


def other_axes(axis: int, rank: int, *, batch: bool) -> tuple[int, ...]:
    """Every axis but ``axis``; the batch axis 0 only if ``batch``.

    >>> other_axes(1, 4, batch=False)
    (2, 3)
    """
    kept = axis_index(axis, rank)
    return tuple(i for i in range(0 if batch else 1, rank) if i != kept)


def along_axis(vector: Tensor, axis: int, rank: int) -> Tensor:
    """A vector with one value a class, shaped to broadcast along ``axis`` of a rank-``rank`` tensor."""
    shape = [1] * rank
    shape[axis_index(axis, rank)] = -1
    return ops.reshape(vector, shape)


def require_classes(weights: Sequence[float], y_pred: Tensor, axis: int, where: str) -> None:
    """Refuse class weights that do not name each class of ``y_pred`` once."""
    classes = y_pred.shape[axis]
    if len(weights) != classes:
        raise ValueError(
            f"{where}: must have one weight for each of the {classes} classes on axis {axis} of the "
            f"prediction (got {len(weights)}: {list(weights)}); prediction shape {tuple(y_pred.shape)}"
        )


def checked_weights(weights: Sequence[float], where: str) -> tuple[float, ...]:
    """Weights as a tuple of floats, none negative and not all zero."""
    values = tuple(float(w) for w in weights)
    if not values or any(w < 0 for w in values) or sum(values) == 0:
        raise ValueError(f"{where}: must be non-negative and not all zero (got {list(values)})")
    return values


def optional_weights(weights: Sequence[float] | None, where: str) -> tuple[float, ...] | None:
    """`checked_weights`, or None."""
    return None if weights is None else checked_weights(weights, where)
