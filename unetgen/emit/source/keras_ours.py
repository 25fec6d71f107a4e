"""The names and arguments of the layers of `unetgen.layers` in a printed source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unetgen.plan.call import Call

Arguments = Mapping[str, Any]
Printed = tuple[str, dict[str, Any]]
LEAKY_SLOPE = 0.2
"""Keras's slope of a leaky ReLU without options."""


def _same(name: str, *kept: str) -> Callable[[Arguments, bool], Printed]:
    return lambda arguments, is_last: (name, {key: arguments[key] for key in kept if key in arguments})


def _interpolating(arguments: Arguments, nearest: str, linear: str, **kept: object) -> Printed:
    if arguments["interpolation"] == "nearest":
        return nearest, kept
    is_aligned = arguments["interpolation"] == "linear_align_corners"
    return linear, {**kept, "align_corners": True} if is_aligned else kept


def _upsampling(arguments: Arguments, is_last: bool) -> Printed:
    return _interpolating(arguments, "Repeating", "LinearUpsampling", size=arguments["size"])


def _resizing(arguments: Arguments, is_last: bool) -> Printed:
    return _interpolating(arguments, "NearestResizing", "LinearResizing", spatial=arguments["spatial"])


def _along_axis(arguments: Arguments, is_last: bool) -> Printed:
    name = arguments["activation"]
    if name == "sparsemax":  # Keras's own errs, whatever the axis
        return "Sparsemax", {}
    if name == "glu":  # Keras's layer says that the channels stay as many
        return "Glu", {}
    return ("layers.Activation", {"activation": name}) if is_last else ("LogSoftmax", {})


def _with_options(arguments: Arguments, is_last: bool) -> Printed:
    options = Call("{}", arguments["options"])
    return "ActivationWithOptions", {"activation": arguments["activation"], "options": options}


def _unmerged(arguments: Arguments, is_last: bool) -> Printed:
    options = dict(arguments["options"])
    if arguments["activation"] == "mish":
        return "UnmergedMish", {}
    if arguments["activation"] == "relu" and (options.get("max_value") or options.get("threshold")):
        return "layers.ReLU", options  # clipped in several steps, which nothing merges wrongly
    return "UnmergedLeakyReLU", {"negative_slope": options.get("negative_slope", LEAKY_SLOPE)}


def _resizing_like(arguments: Arguments, is_last: bool) -> Printed:
    return _interpolating(arguments, "NearestResizingLike", "LinearResizingLike")


def _padding_like(arguments: Arguments, is_last: bool) -> Printed:
    return "EdgePaddingLike" if arguments["mode"] == "edge" else "ZeroPaddingLike", {}


OURS: Mapping[str, Callable[[Arguments, bool], Printed]] = {
    "ActivationWithOptions": _with_options,
    "AdaptivePooling": _same("AdaptivePooling", "bins"),
    "AxisActivation": _along_axis,
    "BlurPool": _same("BlurPool", "strides", "taps"),
    "ChannelScale": _same("ChannelScale", "initial"),
    "ChannelSelection": _same("ChannelSelection", "channels"),
    "Cropping": _same("ChannelsFirstCropping", "cropping"),
    "CroppingLike": _same("CroppingLike"),
    "CroppingToMultiple": _same("CroppingToMultiple", "multiples"),
    "EdgePadding": _same("EdgePadding", "padding"),
    "GroupedConvTranspose": _same(
        "GroupedConvTranspose",
        *("filters", "kernel_size", "strides", "groups", "padding", "use_bias"),
        *("kernel_initializer", "kernel_regularizer"),
    ),
    "PaddingLike": _padding_like,
    "PaddingToMultiple": _same("PaddingToMultiple", "multiples"),
    "PixelShuffle": _same("PixelShuffle", "size"),
    "PixelUnshuffle": _same("PixelUnshuffle", "size"),
    "SpatialPositionAttention": _same("SpatialPositionAttention"),
    "Resizing": _resizing,
    "ResizingLike": _resizing_like,
    "SpatialSelfAttention": _same(
        "SpatialSelfAttention", "num_heads", "key_dim", "use_bias", "dropout", "kernel_initializer"
    ),
    "UnfusedActivation": _unmerged,
    "UnfusedZeroPadding": _same("ZeroPadding", "padding"),
    "ZeroChannels": _same("ZeroChannels", "count", "is_detached"),
    "Upsampling": _upsampling,
}


def printed_call(call: Call, is_last: bool) -> Printed:
    """The name and the arguments of `call` in the source; `is_last`: the channels are the last axis."""
    if not call.name.startswith("unetgen.layers."):
        return call.name.removeprefix("keras."), dict(call.arguments)
    name = call.name.removeprefix("unetgen.layers.")
    if name.startswith("ChannelsFirstConv"):
        return name, dict(call.arguments)
    printed, arguments = OURS[name](call.arguments, is_last)
    return printed, {**arguments, "dtype": call.arguments["dtype"]}
