"""The weights of an encoder from the file that a config names, as the layers of its plan take them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unetgen.config.design import Design
from unetgen.errors import UnetgenError, shown
from unetgen.parts.activation import FAMILY, ActivationChoice
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.norms.none import NoNorm
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.call import Call
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv
from unetgen.plan.tensor import TensorSpec
from unetgen.weights.encoder_layouts import EncoderLayout, layouts_of
from unetgen.weights.files import Held, read_weights
from unetgen.weights.inflating import with_axes, with_channels
from unetgen.weights.keras_file import FileLayer
from unetgen.weights.keras_layouts import keras_layout
from unetgen.weights.keras_matching import matched
from unetgen.weights.transplant import COUNTERS, Array, Tensors, transplant

ORIGINAL_SIZE = (64, 64)
"""Any size that has all levels: the weights do not depend on it."""
MOST_NAMES = 4
"""Tensors that are named where none of them is the encoder's."""
_CONVOLUTION = Convolution(
    kernel=(3, 3),
    padding="torch",
    order=("conv", "norm", "activation"),
    norm=NoNorm.model_construct(),
    activation=ActivationChoice.parse(FAMILY, "relu"),
    dropout_rate=0.0,
    dropout_spatial=False,
    dropout_at_end=False,
    use_bias=True,
    kernel_initializer=Call("keras.initializers.Zeros"),
    kernel_regularizer=None,
)
"""An encoder takes nothing of it but what does not matter for weights that are read."""


def encoder_weights(design: Design) -> dict[str, list[Array]]:
    """The arrays of the encoder's layers by their names, from the file that the config names; else nothing.

    What the file holds is compared with the whole original, whatever part of it the network has. Raises
    `UnetgenError` with everything that does not fit.
    """
    chosen = design.config.encoder
    if chosen is None or chosen.weights is None:
        return {}
    file = chosen.weights.place
    if not file.is_file():
        raise UnetgenError(f"{file}: there is no such file, which encoder.weights names")
    try:
        read = read_encoder(chosen, read_weights(file))
    except UnetgenError as error:
        text = str(error)
        raise UnetgenError(
            text if text.startswith(str(file)) else f"{file}: encoder.weights: {text}"
        ) from None
    return adapted(design.plan, read)


@dataclass(frozen=True)
class ReadEncoder:
    """The whole original of an encoder with its arrays, and the names of what a file has beside them."""

    original: Plan
    arrays: Mapping[str, Sequence[Array]]
    left_out: tuple[str, ...]
    prefix: str = ""
    """What stands before the names of all tensors of the encoder."""


def read_encoder(chosen: Encoder, held: Held) -> ReadEncoder:
    """The arrays of the whole encoder of this kind.

    Raises `UnetgenError` with everything that does not fit, and the kinds that would.
    """
    try:
        return _fitted(chosen, held)
    except UnetgenError as error:
        kinds = [kind for kind in _kinds() if kind != chosen.kind and _fits(kind, held)]
        fitting = f"\nit fits the encoder {' or '.join(kinds)}" if kinds else ""
        raise UnetgenError(f"{error}{fitting}") from None


def _kinds() -> Iterator[str]:
    return (kind for family in ENCODERS for kind in family.variants)


def _fits(kind: str, held: Held) -> bool:
    family = next(family for family in ENCODERS if kind in family.variants)
    try:
        _fitted(family(kind=kind), held)
    except UnetgenError:
        return False
    return True


def _fitted(chosen: Encoder, held: Held) -> ReadEncoder:
    is_keras = chosen.kind.startswith("keras_")
    if is_keras != isinstance(held, list):
        raise UnetgenError(f"{chosen.kind} is for files of {'Keras' if is_keras else 'PyTorch'}")
    return _of_keras(chosen, held) if isinstance(held, list) else _of_torch(chosen, held)


def _of_keras(chosen: Encoder, held: list[FileLayer]) -> ReadEncoder:
    layout = keras_layout(chosen)
    wanted = layout.layers(original_plan(chosen, 3))
    found = matched(held, wanted)
    kernel = found.tensors.get(f"{wanted[0].name}.kernel")
    if kernel is None or kernel.ndim < 2:
        there = _few([layer.label for layer in held])
        raise UnetgenError(f"holds no weights of {chosen.kind}; it has {len(held)} layers: {there}")
    original = original_plan(chosen, kernel.shape[-2])
    return ReadEncoder(original, transplant(original, found.tensors, layout.family), found.left_out)


def _of_torch(chosen: Encoder, tensors: Tensors) -> ReadEncoder:
    found = encoder_tensors(tensors, chosen)
    layout = found.layout
    first = found.tensors[layout.renamed(layout.first)]
    if first.ndim < 2:
        raise UnetgenError(f"{layout.first} must be a kernel (got the shape {first.shape})")
    original = original_plan(chosen, first.shape[1])
    arrays = transplant(original, found.tensors, layout.family)
    return ReadEncoder(original, arrays, found.left_out, found.prefix)


def original_plan(chosen: Encoder, channels: int) -> Plan:
    """The encoder alone, with all its levels, in 2D and for images of so many channels."""
    builder = Builder(TensorSpec(ORIGINAL_SIZE, channels))
    *_, last = chosen.features(builder, builder.input, _CONVOLUTION)
    return builder.finish(last or builder.input)


@dataclass(frozen=True)
class EncoderTensors:
    """An encoder's tensors as its layout calls them, the names of others, and what stands before its own."""

    layout: EncoderLayout
    tensors: Tensors
    left_out: tuple[str, ...]
    prefix: str


def encoder_tensors(tensors: Tensors, chosen: Encoder) -> EncoderTensors:
    """The tensors that may be the encoder's; raises `UnetgenError` where its first one is not among them."""
    layouts = layouts_of(chosen)
    for layout in layouts:
        endings = [name.removesuffix(layout.first) for name in tensors if name.endswith(layout.first)]
        prefixes = sorted((each for each in endings if each == "" or each.endswith(".")), key=len)
        if prefixes:
            prefix, ignored = prefixes[0], re.compile(layout.ignored)
            inside = {
                name: name.removeprefix(prefix)
                for name in tensors
                if name.startswith(prefix) and not ignored.match(name.removeprefix(prefix))
            }
            held = {
                layout.renamed(own): tensors[name]
                for name, own in inside.items()
                if not own.endswith(COUNTERS)
            }
            left_out = tuple(name for name in tensors if name not in inside)
            return EncoderTensors(layout, held, left_out, prefix)
    wanted = " or ".join(shown(layout.first) for layout in layouts)
    raise UnetgenError(
        f"holds no weights of {chosen.kind}, whose first tensor is {wanted}, with or without a prefix; "
        f"it has {len(tensors)} tensors: {_few(list(tensors))}"
    )


def _few(names: Sequence[str]) -> str:
    there = ", ".join(map(shown, names[:MOST_NAMES]))
    return f"{there}, ..." if len(names) > MOST_NAMES else there


def adapted(plan: Plan, read: ReadEncoder) -> dict[str, list[Array]]:
    """The arrays of the layers that `plan` has, for its numbers of axes and channels."""
    first = next(name for name in read.arrays if isinstance(read.original.by_name[name].op, Conv))
    arrays: dict[str, list[Array]] = {}
    for name, held in read.arrays.items():
        node = plan.by_name.get(name)
        if node is None:
            continue
        wanted = [weight.shape for weight in plan.weights(node)]
        if isinstance(node.op, Conv):
            kernel = with_axes(np.asarray(held[0], np.float64), node.op.kernel)
            held = [with_channels(kernel, wanted[0][-2]) if name == first else kernel, *held[1:]]
        arrays[name] = [np.asarray(array, np.float32) for array in held]
        if [array.shape for array in arrays[name]] != wanted:
            raise UnetgenError(f"{name}: must have {wanted} (got {[array.shape for array in arrays[name]]})")
    return arrays
