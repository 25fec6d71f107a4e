"""Convolutions: native ones, with kernels that are constants of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from unetgen.emit.onnx.activations import activated
from unetgen.emit.onnx.graph import NodeWriter, Numbers, both_ends
from unetgen.emit.onnx.windows import Window, halves
from unetgen.emit.upsampled_kernel import upsampled_kernel
from unetgen.plan.ops import Conv, MergedConv, TransposedConv
from unetgen.plan.tensor import TensorSpec

Ending = Callable[..., str]
"""`NodeWriter.step` or `NodeWriter.last`."""


def conv(op: Conv, w: NodeWriter) -> str:
    """``Conv``, and what it ends with."""
    kernel, *bias = w.weights
    end = w.step if op.activation else w.last
    y = _convolved(op, w, w.x, _channels_first(kernel), bias, w.specs[0], end, "kernel")
    return activated(w, y, op.activation, {}) if op.activation else y


def transposed_conv(op: TransposedConv, w: NodeWriter) -> str:
    """``ConvTranspose``; where the kernel is smaller than its strides, the rest is filled after."""
    kernel, *bias = w.weights
    grow = [size - stride for size, stride in zip(op.kernel, op.strides, strict=True)]
    pads = tuple((0, 0) if op.padding == "valid" else halves(max(more, 0)) for more in grow)
    rest = tuple(max(-more, 0) for more in grow)
    extra = {"output_padding": rest} if any(rest) else {}
    return w.last(
        "ConvTranspose",
        w.x,
        w.weight("kernel", _channels_first(kernel)),
        *(w.weight("bias", each) for each in bias),
        kernel_shape=op.kernel,
        strides=op.strides,
        pads=both_ends(pads),
        group=op.groups,
        **extra,
    )


def merged_conv(op: MergedConv, w: NodeWriter) -> str:
    """A sum of convolutions: of each input as it is, or of a transposed one whose kernel is worked out here.

    How the plan has products be saved (`winograd`) is TensorFlow's matter.
    """
    kernel, *bias = w.weights
    borders = np.cumsum([spec.channels for spec in w.specs])[:-1]
    parts = np.split(kernel, borders, axis=-2)
    order = sorted(range(len(parts)), key=lambda index: max(op.factors[index]))
    total = ""
    for index in order:
        # The bias stands with the first, where runtimes merge it.
        last = index == order[-1] and not op.conv.activation
        end = w.last if last and not total else w.step
        y = _term(op, w, index, parts[index], bias if not total else [], end)
        total = (w.last if last else w.step)("Add", total, y) if total else y
    return activated(w, total, op.conv.activation, {}) if op.conv.activation else total


def _term(
    op: MergedConv, w: NodeWriter, index: int, kernel: Numbers, bias: Sequence[Numbers], end: Ending
) -> str:
    """The input of this index, convolved with its part of the kernel."""
    x, factors, name = w.inputs[index], op.factors[index], f"kernel{index}"
    if max(factors) == 1:
        (grown,) = op.joined(w.specs)
        return _convolved(op.conv, w, x, _channels_first(kernel), bias, grown, end, name)
    same = op.conv.padding == "same"
    # What sees the up-sampled tensor is `k - 1` positions longer than that; these are those that go.
    pads = tuple((k - 1 - (k - 1) // 2, (k - 1) // 2) if same else (k - 1, k - 1) for k in op.conv.kernel)
    wide = upsampled_kernel(kernel, factors)
    return end(
        "ConvTranspose",
        x,
        w.weight(name, _channels_first(wide)),
        *(w.weight("bias", each) for each in bias),
        kernel_shape=wide.shape[:-2],
        strides=factors,
        pads=both_ends(pads),
    )


def _convolved(
    op: Conv,
    w: NodeWriter,
    x: str,
    kernel: Numbers,
    bias: Sequence[Numbers],
    source: TensorSpec,
    end: Ending,
    name: str,
) -> str:
    window = Window.of(op)
    return end(
        "Conv",
        window.trimmed(w, x, source),
        w.weight(name, kernel),
        *(w.weight("bias", each) for each in bias),
        kernel_shape=op.kernel,
        strides=op.strides,
        dilations=op.dilation,
        group=op.groups,
        **window.padding(source, w.padded),
    )


def _channels_first(kernel: Numbers) -> Numbers:
    """A kernel as ONNX has it: the last two axes before the sizes, the last one first.

    ``(*size, channels, filters)`` to ``(filters, channels, *size)``; a transposed one has the two by turns.
    """
    return np.moveaxis(kernel, (-1, -2), (0, 1))
