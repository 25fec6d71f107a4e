"""The weights of an encoder from the file that a config names, as the layers of its plan take them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from unetgen.config.design import Design
from unetgen.errors import UnetgenError, shown
from unetgen.parts.activation import FAMILY, ActivationChoice
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.norms.none import NoNorm
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.call import Call
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv
from unetgen.plan.tensor import TensorSpec
from unetgen.weights.encoder_layouts import EncoderLayout, layouts_of
from unetgen.weights.inflating import with_axes, with_channels
from unetgen.weights.safetensors import read_safetensors
from unetgen.weights.state_dict import read_state_dict
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
    tensors = _read(file)
    try:
        layout, held = _of_encoder(tensors, chosen)
        first = held[layout.renamed(layout.first)]
        if first.ndim < 2:
            raise UnetgenError(f"{layout.first} must be a kernel (got the shape {first.shape})")
        original = original_plan(chosen, first.shape[1])
        arrays = transplant(original, held, layout.family)
    except UnetgenError as error:
        raise UnetgenError(f"{file}: encoder.weights: {error}") from None
    return _adapted(design.plan, original, arrays)


def original_plan(chosen: Encoder, channels: int) -> Plan:
    """The encoder alone, with all its levels, in 2D and for images of so many channels."""
    builder = Builder(TensorSpec(ORIGINAL_SIZE, channels))
    *_, last = chosen.features(builder, builder.input, _CONVOLUTION)
    return builder.finish(last or builder.input)


def _read(file: Path) -> Tensors:
    read = read_safetensors if file.suffix.lower() == ".safetensors" else read_state_dict
    try:
        return read(file)
    except OSError as error:
        raise UnetgenError(f"{file}: cannot be read: {error.strerror}") from None


def _of_encoder(tensors: Tensors, chosen: Encoder) -> tuple[EncoderLayout, Mapping[str, Array]]:
    """The layout that the tensors have, and those of the encoder, named without what stands before all."""
    layouts = layouts_of(chosen)
    for layout in layouts:
        endings = [name.removesuffix(layout.first) for name in tensors if name.endswith(layout.first)]
        prefixes = sorted((each for each in endings if each == "" or each.endswith(".")), key=len)
        if prefixes:
            prefix, ignored = prefixes[0], re.compile(layout.ignored)
            inside = {
                name.removeprefix(prefix): tensor
                for name, tensor in tensors.items()
                if name.startswith(prefix)
            }
            return layout, {
                layout.renamed(name): tensor
                for name, tensor in inside.items()
                if not ignored.match(name) and not name.endswith(COUNTERS)
            }
    wanted = " or ".join(shown(layout.first) for layout in layouts)
    there = ", ".join(shown(name) for name in list(tensors)[:MOST_NAMES])
    raise UnetgenError(
        f"holds no weights of {chosen.kind}, whose first tensor is {wanted}, with or without a prefix; "
        f"it has {len(tensors)} tensors: {there}{', ...' if len(tensors) > MOST_NAMES else ''}"
    )


def _adapted(plan: Plan, original: Plan, arrays: Mapping[str, Sequence[Array]]) -> dict[str, list[Array]]:
    """The arrays of the layers that `plan` has, for its numbers of axes and channels."""
    first = next(name for name in arrays if isinstance(original.by_name[name].op, Conv))
    adapted: dict[str, list[Array]] = {}
    for name, held in arrays.items():
        node = plan.by_name.get(name)
        if node is None:
            continue
        wanted = [weight.shape for weight in plan.weights(node)]
        if isinstance(node.op, Conv):
            kernel = with_axes(np.asarray(held[0], np.float64), node.op.kernel)
            held = [with_channels(kernel, wanted[0][-2]) if name == first else kernel, *held[1:]]
        adapted[name] = [np.asarray(array, np.float32) for array in held]
        if [array.shape for array in adapted[name]] != wanted:
            raise UnetgenError(f"{name}: must have {wanted} (got {[array.shape for array in adapted[name]]})")
    return adapted
