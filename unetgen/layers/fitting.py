"""Layers that bring a tensor to a size that only the running model knows: another tensor's, or a multiple."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.interpolation import checked_interpolation, resize
from unetgen.layers.padding import edge_padded
from unetgen.layers.spatial import Shape, SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Size, Tensor, known


class FittingLayer(SpatialLayer, abc.ABC):
    """A layer that takes a tensor and others whose sizes it goes by.

    Args:
        dims: number of spatial axes.
        data_format: where the channels are.
    """

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return spatial, channels

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:  # type: ignore[override]
        first, *others = ([*shape] for shape in input_shape)
        sizes = [self.fitted([shape[axis] for shape in (first, *others)]) for axis in self.spatial_axes]
        for axis, size in zip(self.spatial_axes, sizes, strict=True):
            first[axis] = size
        return tuple(first)

    @abc.abstractmethod
    def fitted(self, sizes: Sequence[int | None]) -> int | None:
        """The output's size on an axis on which the inputs have these; None where it is not known."""

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}


@keras.saving.register_keras_serializable(package="unetgen")
class ResizingLike(FittingLayer):
    """`Resizing` of the first input to the spatial sizes of the second.

    Args:
        dims: number of spatial axes.
        interpolation: ``nearest``, ``linear`` or ``linear_align_corners``.
        data_format: where the channels are.
    """

    def __init__(
        self,
        dims: int,
        interpolation: str = "nearest",
        data_format: DataFormat = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(dims, data_format, **kwargs)
        self.interpolation = checked_interpolation(interpolation)

    def fitted(self, sizes: Sequence[int | None]) -> int | None:
        return sizes[1]

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        x, reference = inputs
        wanted, _ = self.sizes(reference)
        return resize(x, self.spatial_axes, wanted, self.interpolation)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "interpolation": self.interpolation}


@keras.saving.register_keras_serializable(package="unetgen")
class CroppingLike(FittingLayer):
    """The first input cropped on both sides to the smallest size of all inputs on each spatial axis.

    The odd position is cut at the end.

    Args:
        dims: number of spatial axes.
        data_format: where the channels are.
    """

    def fitted(self, sizes: Sequence[int | None]) -> int | None:
        left = [size for size in sizes if size is not None]
        return min(left) if len(left) == len(sizes) else None

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        x, *_ = inputs
        every = [self.sizes(each)[0] for each in inputs]
        index: list[slice] = [slice(None)] * (self.dims + 2)
        for axis, sizes in zip(self.spatial_axes, zip(*every, strict=True), strict=True):
            least = sizes[0]
            for size in sizes[1:]:
                least = min(least, size) if known(least, size) else ops.minimum(least, size)
            before = (sizes[0] - least) // 2
            index[axis] = slice(before, before + least)
        return x[tuple(index)]


@keras.saving.register_keras_serializable(package="unetgen")
class PaddingLike(FittingLayer):
    """The first input padded at the end of each spatial axis to the sizes of the second.

    Args:
        dims: number of spatial axes.
        mode: ``constant`` for zeros, ``edge`` for the outermost values repeated.
        data_format: where the channels are.
    """

    def __init__(
        self, dims: int, mode: str = "constant", data_format: DataFormat = "channels_last", **kwargs: Any
    ) -> None:
        super().__init__(dims, data_format, **kwargs)
        if mode not in ("constant", "edge"):
            raise ValueError(f"mode: must be constant or edge (got {mode!r})")
        self.mode = mode

    def fitted(self, sizes: Sequence[int | None]) -> int | None:
        return sizes[1]

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        x, reference = inputs
        wanted, _ = self.sizes(reference)
        if self.mode == "edge":
            for axis, size in zip(self.spatial_axes, wanted, strict=True):
                x = edge_padded(x, axis, 0, size)
            return x
        given, _ = self.sizes(x)
        return padded_with_zeros(
            x, self.spatial_axes, [(0, size - mine) for size, mine in zip(wanted, given, strict=True)]
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mode": self.mode}


class MultipleLayer(SpatialLayer, abc.ABC):
    """A layer that brings each spatial axis to a multiple.

    Args:
        multiples: one for each spatial axis.
        data_format: where the channels are.
    """

    def __init__(
        self, multiples: Sequence[int], data_format: DataFormat = "channels_last", **kwargs: Any
    ) -> None:
        super().__init__(len(multiples), data_format, **kwargs)
        self.multiples = positive_ints(multiples, "multiples")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "multiples": list(self.multiples)}


@keras.saving.register_keras_serializable(package="unetgen")
class PaddingToMultiple(MultipleLayer):
    """Zeros on both sides of each spatial axis up to the next multiple; the odd one at the end."""

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return tuple(n + -n % by for n, by in zip(spatial, self.multiples, strict=True)), channels

    def call(self, inputs: Tensor) -> Tensor:
        spatial, _ = self.sizes(inputs)
        missing = [-size % by for size, by in zip(spatial, self.multiples, strict=True)]
        return padded_with_zeros(inputs, self.spatial_axes, [(n // 2, n - n // 2) for n in missing])


@keras.saving.register_keras_serializable(package="unetgen")
class CroppingToMultiple(MultipleLayer):
    """Each spatial axis cut at the end to the last multiple."""

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return tuple(n - n % by for n, by in zip(spatial, self.multiples, strict=True)), channels

    def call(self, inputs: Tensor) -> Tensor:
        spatial, _ = self.sizes(inputs)
        index: list[slice] = [slice(None)] * (self.dims + 2)
        for axis, size, by in zip(self.spatial_axes, spatial, self.multiples, strict=True):
            index[axis] = slice(0, size - size % by)
        return inputs[tuple(index)]


def padded_with_zeros(x: Tensor, axes: Sequence[int], amounts: Sequence[tuple[Size, Size]]) -> Tensor:
    """``x`` with so many zeros before and after on each of ``axes``."""
    for axis, pair in zip(axes, amounts, strict=True):
        shape = list(ops.shape(x))
        parts = []
        for amount in pair:
            shape[axis] = amount
            parts.append(ops.zeros(shape, dtype=x.dtype))
        x = ops.concatenate([parts[0], x, parts[1]], axis=axis)
    return x
