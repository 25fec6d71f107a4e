"""A convolution with its padding, normalization, activation and dropout, in the config's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unetgen.errors import Wrong
from unetgen.parts.grouping import Group, number_of_groups
from unetgen.parts.recipe import Convolution, Element
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Conv, Dropout, Norm, Op, Pad
from unetgen.plan.ops.base import Axes


def convolve(
    b: Builder,
    x: Node,
    filters: int,
    conv: Convolution,
    *,
    kernel: Axes | None = None,
    strides: Axes | None = None,
    dilation: int = 1,
    groups: Group = 1,
    use_bias: bool | None = None,
    name: str = "",
) -> Node:
    """The bare convolution, padded as the config says; raises `Wrong` where `groups` do not divide.

    ``torch`` pads dilation * (k - 1) // 2 on both sides, as PyTorch networks do: TensorFlow's ``same`` pads
    a strided convolution on one side only. Where the two agree the plan has ``same``, its one canonical
    form; likewise an axis with a kernel of 1 is not dilated.
    """
    ones = (1,) * x.spec.dims
    kernel, strides = kernel or conv.kernel, strides or ones
    spread = tuple(dilation if k > 1 else 1 for k in kernel)
    _require_undilated(spread, strides)
    padding: Literal["same", "valid"] = "valid" if conv.padding == "valid" else "same"
    if conv.padding == "torch":
        reach = tuple(d * (k - 1) for k, d in zip(kernel, spread, strict=True))
        if strides != ones:
            padding = "valid"
            if any(amount > 1 for amount in reach):
                x = b.add(Pad(tuple((n // 2, n // 2) for n in reach)), x, name=_join(name, "pad"))
        elif any(amount % 2 for amount in reach):
            raise Wrong.of(
                "an even kernel has no symmetric padding",
                got=list(kernel),
                hint="use odd kernels with `padding: torch`, or `padding: same`",
                path=("kernel",),
            )
    op = Conv(
        filters,
        kernel,
        strides,
        dilation=spread,
        padding=padding,
        use_bias=conv.use_bias if use_bias is None else use_bias,
        kernel_initializer=conv.kernel_initializer,
        kernel_regularizer=conv.kernel_regularizer,
        groups=1 if groups == 1 else number_of_groups(groups, x, filters),
    )
    return b.add(op, x, name=name)


def _require_undilated(dilation: Axes, strides: Axes) -> None:
    """Raise `Wrong` where both are set: Keras's convolutions take one of the two."""
    if max(strides) > 1 and max(dilation) > 1:
        raise Wrong.of(
            "a convolution cannot have strides and a dilation",
            got=max(dilation),
            hint="dilate the later convolutions only, or use a `down` with a layer of its own",
            path=("block", "dilation"),
        )


def surround(b: Builder, x: Node, elements: Sequence[Element], conv: Convolution, name: str = "") -> Node:
    """Apply the norm, activation and dropout among `elements`, in their order."""
    for element in elements:
        op = conv.around(element, x.spec.channels)
        if op is not None:
            require_divisible(op, x)
            x = b.add(op, x, name=_join(name, element))
    return x


def over_one_position(conv: Convolution, elements: Sequence[Element]) -> tuple[Element, ...]:
    """Those of `elements` that make sense on a single position, where what an instance norm leaves is 0."""
    single = {"norm": conv.norm.kind != "instance", "activation": True}
    return tuple(element for element in conv.order if element in elements and single.get(element))


def require_divisible(op: Op, x: Node) -> None:
    """Raise `Wrong` where the channels of `x` do not split as `op` has to split them."""
    channels = x.spec.channels
    if type(op) is Norm and op.groups is not None and channels % op.groups:
        raise Wrong.of(
            f"does not divide the {channels} channels of {x.name}",
            got=op.groups,
            hint="use a number that divides it, or give a `fallback`, such as 1, for tensors like this",
            path=("norm", "groups"),
        )
    if type(op) is Activation and op.name == "glu" and channels % 2:
        raise Wrong.of(
            f"halves its channels, and {x.name} has {channels}",
            got=op.name,
            hint="use even numbers of filters",
            path=("activation",),
        )


def before_and_after(order: Sequence[Element]) -> tuple[Sequence[Element], Sequence[Element]]:
    """What `order` puts before the convolution, and what after it."""
    place = list(order).index("conv")
    return order[:place], order[place + 1 :]


def unit(
    b: Builder,
    x: Node,
    filters: int,
    conv: Convolution,
    *,
    strides: Axes | None = None,
    kernel: Axes | None = None,
    dilation: int = 1,
    groups: Group = 1,
    bare_input: bool = False,
) -> Node:
    """One convolution with all that `order` puts around it, at the present place.

    With `bare_input` nothing stands before it.
    """
    before, after = before_and_after(conv.order)
    x = surround(b, x, () if bare_input else before, conv)
    x = convolve(b, x, filters, conv, kernel=kernel, strides=strides, dilation=dilation, groups=groups)
    return surround(b, x, after, conv)


def enter(b: Builder, x: Node, filters: int, conv: Convolution, strides: Axes | None) -> Node:
    """A bare convolution to `filters` channels that takes the strides: its kernel is as large as they are."""
    if conv.padding == "valid" and is_strided(strides):
        raise Wrong.of(
            "this block takes strides by a convolution as large as they are, and the others are not padded",
            got=True,
            hint="with `padding: valid` use a `down` with a layer of its own",
            path=("down", "into_block"),
        )
    return convolve(b, x, filters, conv, kernel=strides or (1,) * x.spec.dims, strides=strides)


def is_strided(strides: Axes | None) -> bool:
    """Whether any axis is down-sampled."""
    return strides is not None and max(strides) > 1


def end_dropout(b: Builder, x: Node, conv: Convolution) -> Node:
    """The dropout of a block's end, where the config places it there."""
    if conv.dropout_rate > 0 and conv.dropout_at_end:
        return b.add(Dropout(conv.dropout_rate, conv.dropout_spatial), x, name="dropout")
    return x


def _join(name: str, leaf: str) -> str:
    return f"{name}_{leaf}" if name else leaf
