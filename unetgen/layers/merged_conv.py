"""MergedConv: a convolution over up-sampled and concatenated tensors that makes neither."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.filtering import FILTERS, filtered
from unetgen.layers.paired_conv import paired_conv
from unetgen.layers.plain_gradient import with_plain_gradient
from unetgen.layers.tensor import Tensor
from unetgen.layers.unfused_activation import MERGED_WRONGLY
from unetgen.layers.unfusing import unfused
from unetgen.layers.upsampled_term import Term

Shape = tuple[int | None, ...]
Part = tuple[Tensor, Tensor, tuple[int, ...]]
"""An input, its kernel and its factors."""


@keras.saving.register_keras_serializable(package="unetgen")
class MergedConv(keras.layers.Layer):  # type: ignore[misc]
    """The convolution of its inputs' concatenation, each up-sampled first by its factors (nearest).

    Its weights are that convolution's: one kernel over all channels, in the order of the inputs, and a bias.
    An input that is not up-sampled is convolved with its part of the kernel; one that is, with a transposed
    kernel derived in the step, in which the taps are added that would read copies of one position. So
    neither the up-sampled nor the concatenated tensor is made, nor kept for the backward pass.

    Args:
        filters, kernel_size, strides, dilation_rate, padding, activation, use_bias, kernel_initializer,
            kernel_regularizer: as of ``keras.layers.Conv2D``; strides and dilations are 1 where an input is
            up-sampled.
        factors: for each input, one integer for each spatial axis; ones where it is not up-sampled.
        paired: the spatial axis along which inputs that are not up-sampled are convolved, and their gradients
            made, by `unetgen.layers.paired_conv.paired_conv`: as there, with padding ``same``, strides and
            dilations of 1.
        slabs: into how many parts it is cut for that.
        winograd: the spatial axis along which inputs that are not up-sampled are convolved by Winograd's
            minimal filtering, for inference: 3 taps, strides and dilations of 1, a known size, and an input
            that is not up-sampled.
        winograd_outputs: how many neighbouring outputs that makes at once, 2 or 4; they divide the output's
            size on that axis.
        winograd_slabs: into how many slabs that axis is cut, to hold the sums and products of one at a time.
        winograd_over_input: whether the output is written over the input that is not up-sampled, of which
            there is one: with TensorFlow, with padding ``same`` and as many filters as that has channels.
            Where it is needed later, a copy of it is made.

    Shapes:
        a tensor, or a list of them, ``(batch, *spatial / factors, channels)`` each, to ``(batch, *spatial,
        filters)``; channels last only.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sequence[int],
        factors: Sequence[Sequence[int]],
        strides: Sequence[int] | None = None,
        dilation_rate: Sequence[int] | None = None,
        padding: str = "same",
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        kernel_regularizer: Any = None,
        paired: int | None = None,
        slabs: int = 1,
        winograd: int | None = None,
        winograd_outputs: int = 2,
        winograd_slabs: int = 1,
        winograd_over_input: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        ones = (1,) * len(kernel_size)
        self.filters, self.padding, self.use_bias = int(filters), padding, use_bias
        self.kernel_size = tuple(kernel_size)
        self.factors = tuple(tuple(size) for size in factors)
        self.strides, self.dilation_rate = tuple(strides or ones), tuple(dilation_rate or ones)
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        if max(map(max, self.factors)) > 1 < max(*self.strides, *self.dilation_rate):
            raise ValueError(f"{self.name}: strides and dilation_rate must be 1 where an input is up-sampled")
        self.winograd, self.paired, self.slabs = winograd, paired, slabs
        self.winograd_outputs, self.winograd_slabs = winograd_outputs, winograd_slabs
        self.winograd_over_input = winograd_over_input
        steps = max(*self.strides, *self.dilation_rate)
        if paired is not None and not self._can_pair(paired):
            raise ValueError(
                f"{self.name}: paired: must be an axis of 3 taps, of a kernel of odd sizes, with padding "
                "same, strides and dilations of 1, and without winograd"
            )
        if winograd is not None and (self.kernel_size[winograd] != 3 or steps > 1):
            raise ValueError(f"{self.name}: winograd: must be an axis of 3 taps, strides and dilations of 1")
        plain = sum(max(factors) == 1 for factors in self.factors)
        if winograd_over_input and (winograd is None or padding != "same" or plain != 1):
            raise ValueError(
                f"{self.name}: winograd_over_input: takes winograd, padding same and one input that is not "
                "up-sampled"
            )
        if winograd_outputs not in FILTERS:
            raise ValueError(f"{self.name}: winograd_outputs: must be 2 or 4 (got {winograd_outputs!r})")

    def build(self, input_shape: Shape | Sequence[Shape]) -> None:
        shapes = self._shapes(input_shape)
        self.channels = tuple(shape[-1] or 0 for shape in shapes)
        axis = self.paired if self.winograd is None else self.winograd
        self.sizes = () if axis is None else tuple((axis + 1, shape[axis + 1]) for shape in shapes)
        if self.winograd is not None and keras.backend.backend() == "tensorflow":
            self.supports_jit = False  # XLA cannot write in place
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, sum(self.channels), self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        super().build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        tensors = inputs if isinstance(inputs, list | tuple) else [inputs]
        if self.sizes:
            tensors = [_sized(x, *place) for x, place in zip(tensors, self.sizes, strict=True)]
        kernels = ops.split(self.kernel, self._borders(), axis=-2) if len(tensors) > 1 else [self.kernel]
        bias = [] if self.bias is None else [self.bias]
        if self.winograd is None:
            return self._summed(*tensors, *kernels, *bias)
        return with_plain_gradient(self._sum_of_filtered, self._summed, *tensors, *kernels, *bias)

    def _parts(self, given: Sequence[Tensor]) -> tuple[list[Part], Tensor | None]:
        """Inputs with their kernels, those first that are not up-sampled; and the bias."""
        count = len(self.factors)
        parts = zip(given[:count], given[count : 2 * count], self.factors, strict=True)
        bias = given[2 * count] if self.use_bias else None
        return sorted(parts, key=lambda part: max(part[2])), bias

    def _summed(self, *given: Tensor) -> Tensor:
        parts, bias = self._parts(given)
        total = None
        for tensor, kernel, factors in parts:  # the bias in the first, where backends fuse it
            part = self._convolved(tensor, kernel, factors, bias if total is None else None)
            total = part if total is None else total + part
        if self.activation is None:
            return total
        is_lost = len(parts) > 1 and getattr(self.activation, "__name__", "") in MERGED_WRONGLY
        return self.activation(unfused(total) if is_lost else total)

    def _sum_of_filtered(self, *given: Tensor) -> Tensor:
        """What is up-sampled first: the products of the others are added to it, whole or by slabs."""
        parts, bias = self._parts(given)
        total, terms = None, list[Term]()
        for index, (tensor, kernel, factors) in enumerate(reversed(parts), start=1):
            if max(factors) == 1:
                total = self._filtered(tensor, kernel, bias, total, terms, is_last=index == len(parts))
                terms = []
            elif self._is_made_in_slabs(factors):
                terms.append(self._term(tensor, kernel, factors))
            else:
                part = self._convolved(tensor, kernel, factors, None)
                total = part if total is None else total + part
        return total

    def _borders(self) -> list[int]:
        """Where along the kernel's channels one input's part ends and the next one's begins."""
        return [sum(self.channels[:index]) for index in range(1, len(self.channels))]

    def _convolved(self, x: Tensor, kernel: Tensor, factors: tuple[int, ...], bias: Tensor | None) -> Tensor:
        if max(factors) > 1:
            return _plus(self._convolved_upsampled(x, kernel, factors), bias)
        return _plus(self._conv(x, kernel), bias)

    def _can_pair(self, axis: int) -> bool:
        plain = (
            self.padding == "same" and self.winograd is None and max(*self.strides, *self.dilation_rate) == 1
        )
        return plain and self.kernel_size[axis] == 3 and all(size % 2 for size in self.kernel_size)

    def _conv(self, x: Tensor, kernel: Tensor) -> Tensor:
        if self.paired is not None:
            return paired_conv(x, kernel, self.paired, self.slabs)
        return ops.conv(
            x,
            kernel,
            strides=list(self.strides),
            padding=self.padding,
            data_format="channels_last",
            dilation_rate=list(self.dilation_rate),
        )

    def _filtered(
        self,
        x: Tensor,
        kernel: Tensor,
        bias: Tensor | None,
        total: Tensor | None,
        terms: Sequence[Term],
        is_last: bool,
    ) -> Tensor:
        dim = self.winograd
        assert dim is not None
        is_padded = self.padding == "same"
        return filtered(
            x,
            kernel,
            bias if is_last else None,
            total,
            self._conv,
            self._activated if is_last and self.activation is not None else lambda y: y,
            dim=dim,
            size=x.shape[dim + 1] - (0 if is_padded else 2),
            outputs=self.winograd_outputs,
            slabs=self.winograd_slabs,
            is_padded=is_padded,
            terms=terms,
            is_over_input=self.winograd_over_input,
        )

    def _is_made_in_slabs(self, factors: tuple[int, ...]) -> bool:
        """Whether a slab of filtering has whole positions of what is up-sampled by these factors."""
        assert self.winograd is not None
        fits = self._is_cropped_evenly and self.winograd_outputs % factors[self.winograd] == 0
        return fits and self.winograd_slabs > 1 and keras.backend.backend() == "tensorflow"

    def _term(self, x: Tensor, kernel: Tensor, factors: tuple[int, ...]) -> Term:
        assert self.winograd is not None
        return Term(x, transposed_kernel(kernel, factors), factors, self.winograd + 1, _transposed_conv)

    def _activated(self, x: Tensor) -> Tensor:
        is_lost = getattr(self.activation, "__name__", "") in MERGED_WRONGLY
        return self.activation(unfused(x) if is_lost else x)

    def _convolved_upsampled(self, x: Tensor, kernel: Tensor, factors: tuple[int, ...]) -> Tensor:
        wide = transposed_kernel(kernel, factors)
        if self._is_cropped_evenly:
            return _transposed_conv(x, wide, factors)
        return self._within(_transposed_conv(x, wide, factors, "valid"))

    @property
    def _is_cropped_evenly(self) -> bool:
        """Whether padding leaves the middle of what sees the up-sampled tensor."""
        return self.padding == "same" and all(size % 2 for size in self.kernel_size)

    def _within(self, full: Tensor) -> Tensor:
        """The positions that the padding leaves, out of all that see the up-sampled tensor."""
        same = self.padding == "same"
        places: list[slice] = [slice(None)]
        for kernel in self.kernel_size:
            before = kernel - 1 - ((kernel - 1) // 2 if same else 0)
            after = (kernel - 1) * (1 if same else 2) - before
            places.append(slice(before, -after or None))
        return full[tuple(places)]

    def _shapes(self, input_shape: Any) -> list[Shape]:
        is_one = not isinstance(input_shape[0], list | tuple)
        shapes = [tuple(input_shape)] if is_one else [tuple(shape) for shape in input_shape]
        if len(shapes) != len(self.factors):
            raise ValueError(f"{self.name}: has {len(self.factors)} factors (got {len(shapes)} inputs)")
        return shapes

    def compute_output_shape(self, input_shape: Shape | Sequence[Shape]) -> Shape:
        first = self._shapes(input_shape)[0]
        sizes = []
        for axis, size in enumerate(first[1:-1]):
            grown = None if size is None else size * self.factors[0][axis]
            if grown is not None and self.padding == "valid":
                grown -= (self.kernel_size[axis] - 1) * self.dilation_rate[axis]
            sizes.append(None if grown is None else math.ceil(grown / self.strides[axis]))
        return (first[0], *sizes, self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": list(self.kernel_size),
            "factors": [list(size) for size in self.factors],
            "strides": list(self.strides),
            "dilation_rate": list(self.dilation_rate),
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "paired": self.paired,
            "slabs": self.slabs,
            "winograd": self.winograd,
            "winograd_outputs": self.winograd_outputs,
            "winograd_slabs": self.winograd_slabs,
            "winograd_over_input": self.winograd_over_input,
        }


def _sized(x: Tensor, axis: int, size: int | None) -> Tensor:
    """``x``, in a graph that is traced for any size of `axis` as the tensor that the layer was built for."""
    if x.shape[axis] is not None or size is None:
        return x
    import tensorflow as tf  # the one backend with such graphs

    return tf.ensure_shape(x, [size if at == axis else None for at in range(len(x.shape))])


def _plus(x: Tensor, bias: Tensor | None) -> Tensor:
    return x if bias is None else ops.add(x, bias)


def _transposed_conv(x: Tensor, kernel: Tensor, strides: Sequence[int], padding: str = "same") -> Tensor:
    return ops.conv_transpose(x, kernel, list(strides), padding=padding, data_format="channels_last")


def transposed_kernel(kernel: Tensor, factors: Sequence[int]) -> Tensor:
    """The kernel of the transposed convolution, strides ``factors``, that up-sampling and ``kernel`` make.

    On an axis, output ``o`` of the convolution reads up-sampled position ``o + t - before`` by tap ``t``, a
    copy of ``i = position // factor``. Seen from ``i`` that is a stretch of ``size + factor - 1`` outputs, in
    which the mirrored kernel stands once for each copy.

    Args:
        kernel: ``(*size, channels, filters)``.
        factors: one integer for each spatial axis.

    Returns:
        ``(*(size + factor - 1), filters, channels)``.
    """
    dims = len(factors)
    total = kernel
    for axis, factor in enumerate(factors):
        total = ops.flip(total, axis=axis)  # axis by axis: OpenVINO cannot read a flip of several
        copies = [
            ops.pad(
                total,
                [(place, factor - 1 - place) if each == axis else (0, 0) for each in range(dims + 2)],
            )
            for place in range(factor)
        ]
        total = sum(copies[1:], start=copies[0])
    return ops.transpose(total, (*range(dims), dims + 1, dims))
