"""The one table from ops to Keras layers, as plain data: it imports no Keras.

`construction` makes the live model of it. A new op needs a row here, or no model of it can be built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from unetgen.emit.keras.attention import ATTENTION
from unetgen.emit.keras.convolutions import CONVOLUTIONS
from unetgen.emit.keras.fitted import FITTED
from unetgen.emit.keras.fusing import unfused
from unetgen.emit.keras.image import IMAGE
from unetgen.plan.call import Call
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import (
    Activation,
    AdaptivePool,
    Add,
    AddVector,
    AppendOnes,
    BlurPool,
    Concat,
    Crop,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    Multiply,
    Norm,
    Op,
    Pad,
    PadChannels,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PRelu,
    Resize,
    Scale,
    UnitNorm,
    Upsample,
)
from unetgen.plan.ops.base import Specs
from unetgen.plan.ops.pointwise import ALONG_CHANNELS


@dataclass(frozen=True)
class Emission:
    """What a plan leaves open: the layout, the seed and the dtype policy of the layers.

    Without a seed the layers have none but those that the config gives them.
    """

    data_format: str
    seed: int | None = 0
    dtype: str = "float32"
    is_for_predictions: bool = False
    """Whether nothing will learn: what is rounded in every call can be kept rounded then."""

    @property
    def channel_axis(self) -> int:
        return 1 if self.data_format == "channels_first" else -1


def layer_call(plan: Plan, node: Node, emission: Emission) -> Call:
    """The Keras layer of `node`, by its public name and arguments, named after the node."""
    call = LAYERS[type(node.op)](node.op, plan.input_specs(node), emission)
    call = unfused(plan, node, emission.data_format) or call
    if isinstance(node.op, Input):
        return Call(call.name, {**call.arguments, "name": node.name})
    is_wide = node.name in plan.outputs or type(node.op) in IMAGE
    dtype = output_dtype(emission.dtype) if is_wide else _policy(node.op, emission)
    arguments = {**_seeded(call.arguments, emission.seed, node.name), "dtype": dtype, "name": node.name}
    return replace(call, arguments=arguments)


def output_dtype(dtype: str) -> str:
    """The outputs' dtype: losses are computed in float32 at least."""
    return "float32" if dtype.startswith("mixed_") else dtype


def _policy(op: Op, emission: Emission) -> str:
    """The dtype policy of a layer within. A mixed one keeps weights in float32, for small steps of learning,
    and rounds all of them in every call; a kernel that does not learn is kept as it is multiplied."""
    is_rounded = emission.is_for_predictions and op.rounds_weights
    return emission.dtype.removeprefix("mixed_") if is_rounded else emission.dtype


def seed_of(seed: int, name: str) -> int:
    """A layer's own seed: it depends on the config's seed and the layer's name, on nothing else."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:4]) >> 1


def _seeded(arguments: Mapping[str, Any], seed: int | None, name: str) -> dict[str, Any]:
    """`arguments` with every seed left open set, those of nested calls included."""
    out: dict[str, Any] = {}
    for key, value in arguments.items():
        if isinstance(value, Call):
            value = replace(value, arguments=_seeded(value.arguments, seed, name))
        elif key == "seed" and value is None and seed is not None:
            value = seed_of(seed, name)
        out[key] = value
    return out


def _input(op: Input, inputs: Specs, e: Emission) -> Call:
    return Call("keras.Input", {"shape": op.spec.open_shape(e.data_format)})


def _append_ones(op: AppendOnes, inputs: Specs, e: Emission) -> Call:
    return Call("unetgen.layers.AppendOnes", {"count": op.count, "axis": e.channel_axis})


def _pad_channels(op: PadChannels, inputs: Specs, e: Emission) -> Call:
    arguments = {"count": op.count, "is_detached": op.is_detached, "axis": e.channel_axis}
    return Call("unetgen.layers.ZeroChannels", arguments)


def _pool(op: Pool, inputs: Specs, e: Emission) -> Call:
    name = {"max": "MaxPooling", "average": "AveragePooling"}[op.reduction]
    strides = {"strides": op.strides} if op.strides else {}
    padding = {"padding": op.padding} if op.padding != "valid" else {}
    arguments = {"pool_size": op.size, **strides, **padding, "data_format": e.data_format}
    return Call(f"keras.layers.{name}{inputs[0].dims}D", arguments)


def _global_pool(op: GlobalPool, inputs: Specs, e: Emission) -> Call:
    name = {"max": "GlobalMaxPooling", "average": "GlobalAveragePooling"}[op.reduction]
    arguments = {"data_format": e.data_format, "keepdims": True}
    return Call(f"keras.layers.{name}{inputs[0].dims}D", arguments)


def _adaptive_pool(op: AdaptivePool, inputs: Specs, e: Emission) -> Call:
    return Call("unetgen.layers.AdaptivePooling", {"bins": op.bins, "data_format": e.data_format})


def _blur_pool(op: BlurPool, inputs: Specs, e: Emission) -> Call:
    arguments = {"strides": op.strides, "taps": op.taps, "data_format": e.data_format}
    return Call("unetgen.layers.BlurPool", arguments)


def _upsample(op: Upsample, inputs: Specs, e: Emission) -> Call:
    dims, size = inputs[0].dims, op.size
    if op.interpolation == "nearest" and dims > 1:
        return Call(f"keras.layers.UpSampling{dims}D", {"size": size, "data_format": e.data_format})
    if op.interpolation == "nearest" and e.data_format == "channels_last":
        return Call("keras.layers.UpSampling1D", {"size": size[0]})
    # Keras's own needs known sizes in a graph.
    if op.interpolation == "linear" and dims == 2 and e.data_format == "channels_last" and not inputs[0].free:
        arguments = {"size": size, "interpolation": "bilinear", "data_format": e.data_format}
        return Call("keras.layers.UpSampling2D", arguments)
    arguments = {"size": size, "interpolation": op.interpolation, "data_format": e.data_format}
    return Call("unetgen.layers.Upsampling", arguments)


def _resize(op: Resize, inputs: Specs, e: Emission) -> Call:
    arguments = {"spatial": op.spatial, "interpolation": op.interpolation, "data_format": e.data_format}
    return Call("unetgen.layers.Resizing", arguments)


def _pixel_shuffle(op: PixelShuffle, inputs: Specs, e: Emission) -> Call:
    return Call("unetgen.layers.PixelShuffle", {"size": op.size, "data_format": e.data_format})


def _pixel_unshuffle(op: PixelUnshuffle, inputs: Specs, e: Emission) -> Call:
    return Call("unetgen.layers.PixelUnshuffle", {"size": op.size, "data_format": e.data_format})


def _pad(op: Pad, inputs: Specs, e: Emission) -> Call:
    dims = inputs[0].dims
    if op.mode == "edge":
        return Call("unetgen.layers.EdgePadding", {"padding": op.amounts, "data_format": e.data_format})
    padding = op.amounts if dims > 1 else op.amounts[0]
    return Call(f"keras.layers.ZeroPadding{dims}D", {"padding": padding, "data_format": e.data_format})


def _crop(op: Crop, inputs: Specs, e: Emission) -> Call:
    dims = inputs[0].dims
    if dims > 1:
        return Call(f"keras.layers.Cropping{dims}D", {"cropping": op.amounts, "data_format": e.data_format})
    if e.data_format == "channels_last":
        return Call("keras.layers.Cropping1D", {"cropping": op.amounts[0]})
    return Call("unetgen.layers.Cropping", {"cropping": op.amounts, "data_format": e.data_format})


def _norm(op: Norm, inputs: Specs, e: Emission) -> Call:
    arguments = {"axis": e.channel_axis, "epsilon": op.epsilon, "center": op.centers, "scale": op.scales}
    if op.method == "batch":
        return Call("keras.layers.BatchNormalization", {**arguments, "momentum": op.momentum})
    if op.method == "layer":
        return Call("keras.layers.LayerNormalization", arguments)
    if op.fused:
        return Call("unetgen.layers.InstanceNormalization", arguments)
    groups = -1 if op.method == "instance" else op.groups
    return Call("keras.layers.GroupNormalization", {"groups": groups, **arguments})


def _activation(op: Activation, inputs: Specs, e: Emission) -> Call:
    if op.name == "softmax":
        layer = "unetgen.layers.SoftmaxOfFew" if op.by_channels else "keras.layers.Softmax"
        return Call(layer, {"axis": e.channel_axis})
    if op.name in ALONG_CHANNELS:
        return Call("unetgen.layers.AxisActivation", {"activation": op.name, "axis": e.channel_axis})
    if not op.options:
        return Call("keras.layers.Activation", {"activation": op.name})
    if op.name in _WITH_OPTIONS:
        return Call(_WITH_OPTIONS[op.name], dict(op.options))
    arguments = {"activation": op.name, "options": dict(op.options)}
    return Call("unetgen.layers.ActivationWithOptions", arguments)


_WITH_OPTIONS = {
    "relu": "keras.layers.ReLU",
    "leaky_relu": "keras.layers.LeakyReLU",
    "elu": "keras.layers.ELU",
}


def _prelu(op: PRelu, inputs: Specs, e: Emission) -> Call:
    first = 2 if e.data_format == "channels_first" else 1
    axes = [first + axis for axis in range(inputs[0].dims)]
    if op.shared == "all":
        axes = [axis + 1 for axis in range(inputs[0].dims + 1)]
    slope = Call("keras.initializers.Constant", {"value": op.initial_slope})
    shared = {} if op.shared == "element" else {"shared_axes": axes}
    return Call("keras.layers.PReLU", {"alpha_initializer": slope, **shared})


def _scale(op: Scale, inputs: Specs, e: Emission) -> Call:
    return Call("unetgen.layers.ChannelScale", {"initial": op.initial, "axis": e.channel_axis})


def _dropout(op: Dropout, inputs: Specs, e: Emission) -> Call:
    (source,) = inputs
    if not op.spatial:
        return Call("keras.layers.Dropout", {"rate": op.rate, "seed": None})
    # The noise of SpatialDropout, said outright: SpatialDropout1D knows no data format.
    shape = [None, *(1,) * source.dims]
    shape.insert(1 if e.data_format == "channels_first" else len(shape), source.channels)
    return Call("keras.layers.Dropout", {"rate": op.rate, "noise_shape": tuple(shape), "seed": None})


def _concat(op: Concat, inputs: Specs, e: Emission) -> Call:
    return Call("keras.layers.Concatenate", {"axis": e.channel_axis})


def _add(op: Add | AddVector, inputs: Specs, e: Emission) -> Call:
    return Call("keras.layers.Add")


def _multiply(op: Multiply, inputs: Specs, e: Emission) -> Call:
    return Call("keras.layers.Multiply")


LAYERS: Mapping[type[Op], Callable[[Any, Specs, Emission], Call]] = {
    Input: _input,
    Pool: _pool,
    GlobalPool: _global_pool,
    AdaptivePool: _adaptive_pool,
    Flatten: lambda op, inputs, e: Call("keras.layers.Flatten"),  # of one position: no axis has to move
    BlurPool: _blur_pool,
    PixelUnshuffle: _pixel_unshuffle,
    Upsample: _upsample,
    Resize: _resize,
    PixelShuffle: _pixel_shuffle,
    Pad: _pad,
    Crop: _crop,
    **FITTED,
    Norm: _norm,
    UnitNorm: lambda op, inputs, e: Call("keras.layers.UnitNormalization", {"axis": e.channel_axis}),
    Activation: _activation,
    PRelu: _prelu,
    Scale: _scale,
    Dropout: _dropout,
    **CONVOLUTIONS,
    **ATTENTION,
    Concat: _concat,
    Add: _add,
    AddVector: _add,
    Multiply: _multiply,
    **IMAGE,
    AppendOnes: _append_ones,
    PadChannels: _pad_channels,
}
