"""GroupedConvTranspose: a transposed convolution of each group of channels by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import ops

from unetgen.layers.spatial import SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Tensor

Padding = Literal["same", "valid"]


@keras.saving.register_keras_serializable(package="unetgen")
class GroupedConvTranspose(SpatialLayer):
    """A transposed convolution in groups, as PyTorch's with ``groups``; depthwise with one for each channel.

    Keras has none, and TensorFlow none of three spatial axes on a CPU. Sizes and padding are those of
    ``keras.layers.Conv2DTranspose``, in any number of dimensions.

    Args:
        filters: channels of the output, a multiple of ``groups``.
        kernel_size: taps on each spatial axis.
        strides: the factor on each spatial axis.
        groups: equal parts of the channels, each of which makes an equal part of the filters.
        padding: ``same`` gives size * stride, ``valid`` the larger of that and (size - 1) * stride + kernel.
        data_format: where the channels are.
        use_bias: adds one number for each filter.
        kernel_initializer: of the kernel, ``(*kernel_size, filters // groups, channels)``.
        kernel_regularizer: of the same.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sequence[int],
        strides: Sequence[int],
        groups: int,
        padding: Padding = "valid",
        data_format: DataFormat = "channels_last",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        kernel_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(len(kernel_size), data_format, **kwargs)
        self.filters, self.groups, self.padding, self.use_bias = int(filters), int(groups), padding, use_bias
        self.kernel_size = positive_ints(kernel_size, "kernel_size")
        self.strides = positive_ints(strides, "strides")
        if padding not in ("same", "valid"):
            raise ValueError(f"padding: must be same or valid (got {padding!r})")
        if self.groups < 1 or self.filters % self.groups:
            raise ValueError(f"groups: must divide the {self.filters} filters (got {groups})")
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)

    def build(self, input_shape: Sequence[int | None]) -> None:
        channels = input_shape[self.channel_axis]
        if channels is None or channels % self.groups:
            raise ValueError(f"{self.name}: groups: must divide the {channels} channels (got {self.groups})")
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, self.filters // self.groups, channels),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        super().build(input_shape)

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        axes = zip(spatial, self.kernel_size, self.strides, strict=True)
        grow = self.padding == "valid"
        return tuple(n * by + max(taps - by, 0) * grow for n, taps, by in axes), self.filters

    def call(self, inputs: Tensor) -> Tensor:
        is_first = self.data_format == "channels_first"
        x = ops.moveaxis(inputs, 1, -1) if is_first else inputs
        y = grouped_transposed(x, self.kernel, self.strides, self.groups, self.padding)
        if self.use_bias:
            y = y + self.bias
        return ops.moveaxis(y, -1, 1) if is_first else y

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": list(self.kernel_size),
            "strides": list(self.strides),
            "groups": self.groups,
            "padding": self.padding,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
        }


def grouped_transposed(
    x: Tensor, kernel: Tensor, strides: Sequence[int], groups: int, padding: Padding
) -> Tensor:
    """The transposed convolution of `x`, channels last; `kernel` is ``(*size, filters // groups, channels)``.

    It grows axis by axis. On the first, each output position is a sum over the taps whose distance from it is
    a multiple of the stride; what stands at one distance is one tensor, and these interlock. What a tap
    gives is the same of the other axes, and without any a product of channels.
    """
    return _grown(x, kernel, tuple(strides), groups, padding, axis=1)


def _grown(
    x: Tensor, kernel: Tensor, strides: tuple[int, ...], groups: int, padding: Padding, axis: int
) -> Tensor:
    """`x`, of which the axes from `axis` on are still to grow by what is left of kernel and strides."""
    if not strides:
        return _product(x, kernel, groups)
    stride, taps = strides[0], kernel.shape[0]
    parts = [_grown(x, kernel[tap], strides[1:], groups, padding, axis + 1) for tap in range(taps)]
    later = -(-taps // stride) - 1  # positions by which a sum is longer than the input
    phases = [_shifted_sum(parts[phase::stride], axis, later) for phase in range(min(stride, taps))]
    phases += [ops.zeros_like(phases[0])] * (stride - len(phases))
    y = _interlocked(phases, axis)
    size, more = ops.shape(x)[axis] * stride, max(taps - stride, 0)
    first, size = (more // 2, size) if padding == "same" else (0, size + more)
    index = [slice(None)] * len(y.shape)
    index[axis] = slice(first, first + size)
    return y[tuple(index)]


def _product(x: Tensor, weights: Tensor, groups: int) -> Tensor:
    """Each position's channels by ``(filters // groups, channels)``: a group makes its filters of its own."""
    filters, channels = weights.shape
    if filters == 1 and channels == groups:
        return x * weights[0]
    by_group = ops.reshape(weights, (filters, groups, channels // groups))
    parts = ops.reshape(x, (-1, groups, channels // groups))
    y = ops.matmul(
        ops.swapaxes(parts, 0, 1), ops.transpose(by_group, (1, 2, 0))
    )  # (groups, positions, filters)
    return ops.reshape(ops.swapaxes(y, 0, 1), (*ops.shape(x)[:-1], filters * groups))


def _shifted_sum(parts: Sequence[Tensor], axis: int, later: int) -> Tensor:
    """The sum of `parts`, each a position later than the one before, `later` positions longer than they."""
    total = None
    for place, part in enumerate(parts):
        ends = [(place, later - place) if each == axis else (0, 0) for each in range(len(part.shape))]
        moved = ops.pad(part, ends) if later else part
        total = moved if total is None else total + moved
    return total


def _interlocked(phases: Sequence[Tensor], axis: int) -> Tensor:
    """The first position of each of `phases` along `axis`, then the second of each, and so on."""
    if len(phases) == 1:
        return phases[0]
    shape = list(ops.shape(phases[0]))
    shape[axis] = shape[axis] * len(phases)
    return ops.reshape(ops.stack(phases, axis=axis + 1), shape)
