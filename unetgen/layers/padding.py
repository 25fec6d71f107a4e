"""The base of the layers that pad spatial axes."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

from keras import ops

from unetgen.layers.spatial import SpatialLayer
from unetgen.layers.tensor import DataFormat, Size, Tensor, arithmetic


class PaddingLayer(SpatialLayer, abc.ABC):
    """Adds positions around a tensor.

    Args:
        padding: (before, after) for each spatial axis.
        data_format: where the channels are.
    """

    def __init__(
        self, padding: Sequence[Sequence[int]], data_format: DataFormat = "channels_last", **kwargs: Any
    ) -> None:
        super().__init__(len(padding), data_format, **kwargs)
        self.padding = tuple((int(before), int(after)) for before, after in padding)
        if any(amount < 0 for pair in self.padding for amount in pair):
            raise ValueError(f"padding: must not be negative (got {[list(pair) for pair in padding]})")

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return tuple(n + sum(pair) for n, pair in zip(spatial, self.padding, strict=True)), channels

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": [list(pair) for pair in self.padding]}


def edge_padded(x: Tensor, axis: int, before: int, end: Size) -> Tensor:
    """``x`` at the positions from ``-before`` up to ``end`` of ``axis``, the ends repeated beyond it."""
    size = ops.shape(x)[axis]
    of = arithmetic(size, end)
    places = of.clip(of.arange(-before, end), 0, size - 1)
    return ops.take(x, ops.convert_to_tensor(places, dtype="int32"), axis=axis)
