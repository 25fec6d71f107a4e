"""MedNeXt's way up: a block whose depthwise convolution is a transposed one."""

from __future__ import annotations

from typing import Literal

from unetgen.errors import Wrong
from unetgen.parts.activation import FAMILY, ActivationChoice, ActivationField
from unetgen.parts.blocks.joining import add, require_padding
from unetgen.parts.convolution import surround
from unetgen.parts.inverted_bottleneck import own_convolution, widened
from unetgen.parts.norms import NormField
from unetgen.parts.recipe import Convolution, Step
from unetgen.parts.ups.up import FilterPolicy, Up, filters_by
from unetgen.parts.values import Expansions, PerAxis, at_level, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Crop, Pad, TransposedConv
from unetgen.plan.ops.base import Axes


class MedNeXtUp(Up):
    """MedNeXt's up-sampling block (Roy et al. 2023, arXiv 2303.09975, figure 1).

    A depthwise transposed convolution, a norm, a 1x1 convolution to `expansion` times the channels, an
    activation, a 1x1 convolution to the finer level's channels, and the sum with a 1x1 transposed
    convolution of the input. The positions reach from the first of the input's to the last, and zeros stand
    in front, factor - 1 of them an axis, as in the authors' network. `order` does not matter.
    """

    kind: Literal["mednext"] = "mednext"
    filters: FilterPolicy = "skip"
    """Sets its channels: `keep`, `half`, as the `skip`, or a number, or a list of these, one per step."""
    kernel: PerAxis = None
    """Sets the kernel of the depthwise convolution: an odd number or one per axis; null: the config's
    `kernel`."""
    expansion: Expansions = 4
    """Multiplies the channels between the two 1x1 convolutions: a number, or one per step."""
    norm: NormField | None = None
    """Sets the norm after the depthwise convolution; null: the config's `norm`."""
    activation: ActivationField | None = ActivationChoice.parse(FAMILY, "gelu")
    """Sets the activation between the two 1x1 convolutions; null: the config's `activation`."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        require_padding(step.conv, self.kind, "it adds a spread copy of its input")
        conv, dims, channels = (
            own_convolution(step.conv, self.norm, self.activation),
            x.spec.dims,
            x.spec.channels,
        )
        filters, strides = filters_by(self.filters, x, skip, step), step.strides
        with b.piece("depthwise"):
            y = _spread(
                b, x, channels, conv, strides, kernel=self._kernel(step.conv.kernel, dims), groups=channels
            )
            y = surround(b, y, ("norm",), conv)
        y = widened(b, y, filters, at_level(self.expansion, step.level), conv)
        with b.piece("shortcut"):
            x = _spread(b, x, filters, conv, strides, kernel=(1,) * dims)
        with b.piece("add"):
            y = add(b, y, [x], (), conv)
        front = tuple((factor - 1, 0) for factor in strides)
        return b.add(Pad(front), y) if max(strides) > 1 else y

    def _kernel(self, kernel: Axes, dims: int) -> Axes:
        """The kernel of the depthwise convolution; raises `Wrong` where it has no middle."""
        kernel = kernel if self.kernel is None else per_axis(self.kernel, dims)
        if any(taps % 2 == 0 for taps in kernel):
            raise Wrong.of(
                "must be odd: the middle tap stands on a position of the input",
                got=list(kernel),
                hint="use an odd `kernel` here, or another `up`",
                path=("up", "kernel"),
            )
        return kernel


def _spread(
    b: Builder, x: Node, filters: int, conv: Convolution, strides: Axes, *, kernel: Axes, groups: int = 1
) -> Node:
    """The transposed convolution of `x`, from the middle of its first position to that of its last."""
    op = TransposedConv(
        filters,
        kernel,
        strides,
        padding="valid",
        use_bias=conv.use_bias,
        kernel_initializer=conv.kernel_initializer,
        kernel_regularizer=conv.kernel_regularizer,
        groups=groups,
    )
    x = b.add(op, x)
    axes = zip(kernel, strides, strict=True)
    ends = tuple((taps // 2, max(taps, factor) - 1 - taps // 2) for taps, factor in axes)
    return b.add(Crop(ends), x, name="crop") if any(map(any, ends)) else x
