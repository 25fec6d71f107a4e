"""The Keras layers of convolutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from unetgen.plan.call import Call
from unetgen.plan.ops import Conv, MergedConv, Op, TransposedConv
from unetgen.plan.ops.base import Axes, Specs

if TYPE_CHECKING:
    from unetgen.emit.keras.table import Emission


def _conv(op: Conv, inputs: Specs, e: Emission) -> Call:
    return Call(
        _conv_layer(op, inputs, e, f"Conv{inputs[0].dims}D"),
        {
            "filters": op.filters,
            "kernel_size": op.kernel,
            **_unless(op.strides, 1, "strides"),
            **_unless(op.dilation, 1, "dilation_rate"),
            **({"groups": op.groups} if op.groups > 1 else {}),
            **_conv_arguments(op, e),
        },
    )


def _transposed_conv(op: TransposedConv, inputs: Specs, e: Emission) -> Call:
    shape = {"filters": op.filters, "kernel_size": op.kernel, "strides": op.strides}
    arguments = {**shape, **_conv_arguments(op, e)}
    if op.groups > 1:  # Keras's has none
        return Call("unetgen.layers.GroupedConvTranspose", {**arguments, "groups": op.groups})
    return Call(_conv_layer(op, inputs, e, f"Conv{inputs[0].dims}DTranspose"), arguments)


def _conv_layer(op: Conv | TransposedConv, inputs: Specs, e: Emission, name: str) -> str:
    """Keras's layer `name`; ours where Keras would add the bias to the last axis instead of the channels."""
    out = op.infer(inputs)
    may_be_as_long = out.dims - 1 in out.free or out.spatial[-1] == op.filters
    errs = op.use_bias and e.data_format == "channels_first" and may_be_as_long and op.filters > 1
    return f"unetgen.layers.ChannelsFirst{name}" if errs else f"keras.layers.{name}"


def _conv_arguments(op: Conv | TransposedConv, e: Emission) -> dict[str, Any]:
    regularizer = {"kernel_regularizer": op.kernel_regularizer} if op.kernel_regularizer else {}
    initializer = {"kernel_initializer": op.kernel_initializer} if op.kernel_initializer else {}
    return {
        "padding": op.padding,
        "data_format": e.data_format,
        "use_bias": op.use_bias,
        **initializer,
        **regularizer,
        **({"activation": op.activation} if isinstance(op, Conv) and op.activation else {}),
    }


def _merged_conv(op: MergedConv, inputs: Specs, e: Emission) -> Call:
    if e.data_format != "channels_last":
        raise ValueError("a rewritten plan is computed channels_last")
    arguments = {key: value for key, value in _conv_arguments(op.conv, e).items() if key != "data_format"}
    shape = {"filters": op.conv.filters, "kernel_size": op.conv.kernel, "factors": op.factors}
    steps = {
        **_unless(op.conv.strides, 1, "strides"),
        **_unless(op.conv.dilation, 1, "dilation_rate"),
    }
    fast: dict[str, int | bool] = {}
    if op.paired is not None:
        fast = {"paired": op.paired, "slabs": op.slabs(inputs)}
    if op.winograd is not None:
        slabs = {"winograd_slabs": count} if (count := op.slabs(inputs)) > 1 else {}
        over = {"winograd_over_input": True} if op.is_over_input else {}
        fast = {"winograd": op.winograd, "winograd_outputs": op.winograd_outputs, **slabs, **over}
    return Call("unetgen.layers.MergedConv", {**shape, **steps, **fast, **arguments})


def _unless(value: Axes, usual: int, name: str) -> dict[str, Axes]:
    return {} if all(number == usual for number in value) else {name: value}


CONVOLUTIONS: Mapping[type[Op], Callable[..., Call]] = {
    Conv: _conv,
    TransposedConv: _transposed_conv,
    MergedConv: _merged_conv,
}
