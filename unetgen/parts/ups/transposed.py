"""Up-sampling by a transposed convolution."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from unetgen.errors import Wrong
from unetgen.parts.around import OwnActivation, OwnNorm, own, own_problems, sides
from unetgen.parts.convolution import surround
from unetgen.parts.recipe import Step
from unetgen.parts.ups.up import FilterPolicy, Up, UpConvField, filters_by, with_conv
from unetgen.parts.values import PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Crop, TransposedConv
from unetgen.plan.ops.base import Axes


class TransposedUp(Up):
    """A transposed convolution ("up-convolution"), as in the U-Net of 2015 (arXiv 1505.04597)."""

    kind: Literal["transposed"] = "transposed"
    filters: FilterPolicy = "skip"
    """Sets its channels: `keep`, `half`, as the `skip`, or a number, or a list of these, one per step."""
    kernel: PerAxis = None
    """Sets the kernel: a number or one per axis; null: the same as the factor."""
    output_padding: Literal[0] | None = None
    """Leaves out PyTorch's output padding, with 0. Under `padding: torch`, where the kernel is larger than
    the factor by an odd number, the result is then one shorter than size * factor, and `resize` makes up for
    that, as in pytorch-3dunet (Wolny et al. 2020, eLife 9:e57613). Null: as much as gives size * factor."""
    use_bias: bool | None = None
    """Gives it a bias; null: as the config's `use_bias` says."""
    norm: OwnNorm = False
    """Adds none (false), the config's `norm` after it (true), or one of its own."""
    activation: OwnActivation = False
    """Adds none (false), the config's `activation` after it (true), or one of its own."""
    pre_activation: bool = False
    """Puts of its norm and activation before it what `order` has before a convolution, as pix2pix has its
    activations (Isola et al. 2017, arXiv 1611.07004). False: both stand after it."""
    conv: UpConvField = None
    """Adds a convolution after or before it: null, a kernel, or {kernel, norm, activation, use_bias,
    place}."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        filters = filters_by(self.filters, x, skip, step)
        return with_conv(b, x, self.conv, filters, step, lambda x: self._transposed(b, x, filters, step))

    def _transposed(self, b: Builder, x: Node, filters: int, step: Step) -> Node:
        kernel = step.strides if self.kernel is None else per_axis(self.kernel, x.spec.dims)
        elements, conv = own(step.conv, ("up",), self.norm, self.activation)
        before, after = sides(conv, elements) if self.pre_activation else ((), elements)
        with own_problems(("up",), self.norm, self.activation):
            x = surround(b, x, before, conv)
            x = transposed(
                *(b, x, filters, replace(step, conv=conv)),
                kernel=kernel,
                use_bias=self.use_bias,
                output_padding=self.output_padding,
            )
            return surround(b, x, after, conv)


def transposed(
    b: Builder,
    x: Node,
    filters: int,
    step: Step,
    *,
    kernel: Axes,
    use_bias: bool | None = None,
    output_padding: Literal[0] | None = None,
) -> Node:
    """The bare transposed convolution by the factors of `step`, padded as the config says."""
    conv = step.conv
    cut = _end_padding(kernel, step.strides) if conv.padding == "torch" else ()
    if output_padding is not None:
        cut = _without_output_padding(cut)
    # Where the result is size * factor, an even cut is Keras's ``same``.
    uneven = output_padding is not None or any(before != after for before, after in cut)
    op = TransposedConv(
        filters,
        kernel,
        step.strides,
        padding="valid" if conv.padding == "valid" or uneven else "same",
        use_bias=conv.use_bias if use_bias is None else use_bias,
        kernel_initializer=conv.kernel_initializer,
        kernel_regularizer=conv.kernel_regularizer,
    )
    x = b.add(op, x)
    return b.add(Crop(cut), x, name="crop") if uneven else x


def _end_padding(kernel: Axes, strides: Axes) -> tuple[tuple[int, int], ...]:
    """What PyTorch's padding and output padding cut off the full result, before and after, per axis.

    The full result is longer than size * stride by kernel - stride. Half of that is PyTorch's padding,
    rounded up: where it is odd an output padding of one makes up for it, at the end.
    """
    margins = [k - s for k, s in zip(kernel, strides, strict=True)]
    one_sided = [margin % 2 and stride == 1 for margin, stride in zip(margins, strides, strict=True)]
    if min(margins) < 0 or any(one_sided):
        raise Wrong.of(
            "no padding of PyTorch's gives size * factor with this kernel",
            got=list(kernel),
            hint="with `padding: torch` use a kernel as large as the factor or larger, and an odd one where "
            "the factor is 1",
            path=("up", "kernel"),
        )
    return tuple((margin - margin // 2, margin // 2) for margin in margins)


def _without_output_padding(cut: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The same cut without an output padding: as much after as before."""
    if all(before == after for before, after in cut):
        raise Wrong.of(
            "there is no output padding to leave out",
            got=0,
            hint="it takes `padding: torch`, and a kernel larger than the factor by an odd number",
            path=("up", "output_padding"),
        )
    return tuple((before, before) for before, _ in cut)
