"""The layers of a plan's nodes as the printed source makes them: those of `emit/keras/table.py`, in short.

A default of Keras's is left out; a number for all axes stands for the same on each of them. Layers that
Keras lacks are defined in the file itself, see `keras_helpers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from unetgen.emit.keras.table import Emission, layer_call
from unetgen.emit.source.keras_ours import printed_call
from unetgen.emit.source.step import Argument, Constant, Kind, Made, SourceStep, Value
from unetgen.plan.call import Call
from unetgen.plan.graph import Node, Plan

DEFAULTS: dict[str, Any] = {
    "strides": 1,
    "dilation_rate": 1,
    "groups": 1,
    "use_bias": True,
    "center": True,
    "scale": True,
    "data_format": "channels_last",
    "dtype": "float32",
    "dropout": 0.0,
}
"""Defaults of Keras's arguments, which mean the same in every layer that has them."""
OF_LAYER: dict[str, dict[str, Any]] = {
    "Conv": {"padding": "valid"},
    "MaxPooling": {"strides": None},
    "AveragePooling": {"strides": None},
    "BatchNormalization": {"axis": -1, "epsilon": 1e-3, "momentum": 0.99},
    "LayerNormalization": {"axis": -1, "epsilon": 1e-3},
    "GroupNormalization": {"axis": -1, "epsilon": 1e-3},
    "Concatenate": {"axis": -1},
    "Normalization": {"axis": -1},
    "Softmax": {"axis": -1},
}
"""Those of some layers only, by how the layer's name begins."""
CHANNELS = frozenset({"filters"})
SIZES = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size", "size", "spatial"})
POSITIONAL: dict[str, tuple[str, ...]] = {
    "Conv": ("filters", "kernel_size"),
    "MaxPooling": ("pool_size",),
    "AveragePooling": ("pool_size",),
    "AdaptivePooling": ("bins",),
    "UpSampling": ("size",),
    "Repeating": ("size",),
    "LinearUpsampling": ("size",),
    "ChannelSelection": ("channels",),
    "PixelShuffle": ("size",),
    "PixelUnshuffle": ("size",),
    "LinearResizing": ("spatial",),
    "NearestResizing": ("spatial",),
    "PaddingToMultiple": ("multiples",),
    "ZeroChannels": ("count",),
    "CroppingToMultiple": ("multiples",),
    "ZeroPadding": ("padding",),
    "EdgePadding": ("padding",),
    "Cropping": ("cropping",),
    "ChannelsFirstCropping": ("cropping",),
    "Activation": ("activation", "options"),
    "UnmergedLeakyReLU": ("negative_slope",),
    "Dropout": ("rate",),
    "SpatialSelfAttention": ("num_heads", "key_dim"),
    "GroupedConvTranspose": ("filters", "kernel_size"),
}
"""The arguments that are told by their place, by how the layer's name begins."""
ONE_FOR_ALL = ("Conv", "MaxPooling", "AveragePooling", "UpSampling")
"""Layers that take one number for all axes, by how their names begin."""
DATA_FORMAT = Constant("DATA_FORMAT")
"""What a file of a channels-first network calls its data format."""
USUAL = Call("keras.initializers.GlorotUniform")
"""The initializer that Keras takes by default."""


KERNEL = ("kernel_initializer", "kernel_regularizer")
OF_KERNELS = Constant("**kernel_options()")
"""What convolutions are given that have the initializer and the regularizer of most."""
Options = tuple[tuple[str, Value], ...]


def common_options(steps: Collection[SourceStep]) -> Options:
    """The initializer and the regularizer of most kernels, where they are long and repeat; else nothing."""
    rows = {repr(row): row for step in steps if any(map(_is_long, row := _kernel_options(step)))}
    counts = Counter(repr(_kernel_options(step)) for step in steps)
    most = max(rows, key=lambda row: counts[row], default="")
    return rows[most] if counts[most] > 2 else ()


def _kernel_options(step: SourceStep) -> Options:
    made = step.layer.arguments if step.layer else ()
    return tuple((each.name, each.value) for each in made if each.name in KERNEL)


def _is_long(option: tuple[str, Value]) -> bool:
    return isinstance(option[1], Call) and bool(option[1].arguments)


def with_common_options(step: SourceStep, options: Options) -> SourceStep:
    """`step` with a call in place of `options`, where it has these."""
    if step.layer is None or not options or _kernel_options(step) != options:
        return step
    kept = [each for each in step.layer.arguments if each.name not in KERNEL]
    return replace(step, layer=Made(step.layer.name, (*kept, Argument("", OF_KERNELS))))


def keras_step(plan: Plan, node: Node, emission: Emission) -> SourceStep:
    """The layer of `node` without its name; `emission` has no seed."""
    call = layer_call(plan, node, emission)
    name, arguments = printed_call(call, emission.data_format == "channels_last")
    layer = name.removeprefix("layers.")
    stated = _stated(layer, {key: _plain(value) for key, value in arguments.items() if key != "name"})
    made = Made(name, tuple(_argument(layer, key, value) for key, value in stated.items()))
    helpers: tuple[str, ...] = (layer,) if layer == name else ()
    initializer = stated.get("kernel_initializer")
    if isinstance(initializer, Call) and initializer.name.startswith("unetgen."):
        helpers += (initializer.name.rpartition(".")[2],)
    return SourceStep(made, takes="list" if len(node.inputs) > 1 else "each", helpers=helpers)


def _plain(value: Any) -> Value:
    """`value` with tuples in place of lists, and without seeds and options that are left open."""
    if isinstance(value, Call):
        kept = {key: _plain(each) for key, each in value.arguments.items() if each is not None}
        return Call(value.name, kept)
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def _stated(layer: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that count; those of strides and rates in any case, so that alike layers are so."""
    if arguments.get("kernel_initializer") == USUAL:
        del arguments["kernel_initializer"]
    if layer.removeprefix("ChannelsFirst").startswith("Conv") and not layer.endswith("Transpose"):
        head = {key: arguments.pop(key) for key in ("filters", "kernel_size")}
        return {**head, "strides": 1, "dilation_rate": 1, "groups": 1, **arguments}
    return arguments


def _argument(layer: str, key: str, value: Any) -> Argument:
    plain = layer.removeprefix("ChannelsFirst") if "Conv" in layer else layer
    if key in SIZES and plain.startswith(ONE_FOR_ALL) and isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    if key == "data_format" and value == "channels_first":
        value = DATA_FORMAT
    kind: Kind = "channels" if key in CHANNELS else "sizes" if key in SIZES else "other"
    default = _of(OF_LAYER, plain, {}).get(key, DEFAULTS.get(key, ...))
    positional = _of(POSITIONAL, plain, ())
    return Argument(key, value, kind, key in positional, default)


def _of(table: dict[str, Any], layer: str, otherwise: Any) -> Any:
    return next((row for start, row in table.items() if layer.startswith(start)), otherwise)
