"""Weights of networks for image classification, into the encoder of a config; the rest of it is drawn.

The whole original is compared with what the file holds, in 2D and on its own number of channels, before its
kernels are made for the images of the config.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from unetgen.config.design import Design
from unetgen.errors import UnetgenError
from unetgen.importing.network import Asked, Network
from unetgen.importing.originals import Compute, KerasOriginal, Original, installed
from unetgen.model.building import assign
from unetgen.model.running import called, largest_difference, predicted, random_input
from unetgen.parts.encoders.convnext import ConvNeXt
from unetgen.parts.encoders.encoder import Encoder
from unetgen.weights.encoder import ORIGINAL_SIZE, ReadEncoder, adapted, read_encoder
from unetgen.weights.encoder_layouts import CLASSIFIER
from unetgen.weights.files import read_weights
from unetgen.weights.keras_file import read_keras
from unetgen.weights.transplant import COUNTERS, Array, Tensors

PREPROCESSING = ("Rescaling", "Normalization")
"""Keras's layers in front of an encoder."""


def torchvision_network(asked: Asked) -> Network:
    """The encoder of the config, with the tensors of torchvision's network of that name."""
    design, chosen = _encoder(asked, "a state dict of torchvision")
    held = read_weights(asked.file)
    read = read_encoder(chosen, held)
    tensors = {} if isinstance(held, list) else _inside(held, read.prefix)
    make = partial(_torchvision, chosen.kind)
    original = installed("torchvision", Original("torchvision", make), "torchvision")
    return _network(design, f"torchvision's {chosen.kind}", read, original, tensors)


def keras_network(asked: Asked) -> Network:
    """The encoder of the config, with the layers of the model of keras.applications of that name."""
    design, chosen = _encoder(asked, "a file of keras.applications")
    read = read_encoder(chosen, read_weights(asked.file))
    original = KerasOriginal("keras.applications", lambda: _keras(chosen, asked.file, read))
    return _network(design, f"keras.applications' {chosen.kind.removeprefix('keras_')}", read, original, {})


def _inside(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def require_no_weights(design: Design) -> None:
    """Raise `UnetgenError` where the config names another file for its encoder."""
    if design.config.encoder is not None and design.config.encoder.weights is not None:
        raise UnetgenError("the config names a file in encoder.weights: leave that out to import another")


def _encoder(asked: Asked, what: str) -> tuple[Design, Encoder]:
    design = asked.chosen(what)
    require_no_weights(design)
    if design.config.encoder is None:
        raise UnetgenError(f"{what} is for the encoder of a config, and this one has none")
    return design, design.config.encoder


def _network(
    design: Design, name: str, read: ReadEncoder, original: Original | KerasOriginal | str, tensors: Tensors
) -> Network:
    layers = adapted(design.plan, read)
    deeper = [layer for layer in read.arrays if layer not in layers]
    left_out = (*read.left_out, *deeper)
    return Network(design, name, layers, tensors, original, partial(_difference, read), left_out)


def _difference(read: ReadEncoder, compute: Compute) -> float:
    """How far the encoder's last feature is from the original's, on one random image."""
    from unetgen.emit.keras.construction import build
    from unetgen.emit.keras.table import Emission

    model = build(read.original, "encoder", Emission("channels_last"))
    assign(model, read.arrays)
    x = random_input(model)
    wanted = [np.moveaxis(each, 1, -1).astype(np.float64) for each in compute(np.moveaxis(x, -1, 1).copy())]
    return float(np.max([largest_difference(wanted, run(model, x)[-1:]) for run in (called, predicted)]))


def _torchvision(kind: str) -> Any:
    """torchvision's network up to the encoder's end, as `Original` asks for one."""
    models, torch = import_module("torchvision.models"), import_module("torch")
    if not hasattr(models, kind):
        raise ValueError(f"it has no {kind}")
    network = getattr(models, kind)(weights=None)
    if not hasattr(network, "features"):
        # A ResNet's last two modules are the pooling and the classifier.
        return _Cut(network, torch.nn.Sequential(*list(network.children())[:-2]))
    parts = list(network.features.children())
    # An EfficientNet's last features are a 1x1 convolution that the encoder does not have.
    return _Cut(network, torch.nn.Sequential(*(parts[:-1] if kind.startswith("efficientnet") else parts)))


@dataclass(frozen=True)
class _Cut:
    """A network, and the part of it that an encoder is."""

    network: Any
    features: Any

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Raises `RuntimeError` where tensors are missing or too many, a classifier's apart."""
        kept = {name: value for name, value in state.items() if not re.match(CLASSIFIER, name)}
        said = self.network.load_state_dict(kept, strict=False)
        missing = [name for name in said.missing_keys if not re.match(rf"{CLASSIFIER}|.*{COUNTERS}", name)]
        if wrong := [*missing, *said.unexpected_keys]:
            raise RuntimeError(f"{len(wrong)} names differ, such as {wrong[0]}")

    def eval(self) -> None:
        """Use the statistics of norms."""
        self.features.eval()

    def __call__(self, x: Any) -> Any:
        return self.features(x)


def _keras(chosen: Encoder, file: Path, read: ReadEncoder) -> Compute:
    """The model of keras.applications behind its preprocessing, with the weights that Keras itself reads."""
    keras: Any = import_module("keras")
    names = {name.lower(): name for name in vars(keras.applications)}
    make = getattr(keras.applications, names[chosen.kind.removeprefix("keras_").replace("_", "")])
    layers = read_keras(file)
    has_top = layers[-1].label in read.left_out
    if has_top and isinstance(chosen, ConvNeXt):
        raise NotImplementedError("with a classifier its last norm stands behind the pooling")
    shape = (*ORIGINAL_SIZE, read.original.nodes[0].spec.channels)
    more = {"classes": layers[-1].arrays[-1].size} if has_top else {}
    model = make(weights=None, include_top=has_top, input_shape=shape, **more)
    model.load_weights(file)
    before = [layer.output for layer in model.layers if type(layer).__name__ in PREPROCESSING]
    (ours,) = read.original.output_shapes
    ends = [layer.output for layer in model.layers if tuple(layer.output.shape[1:]) == ours]
    behind = keras.Model(before[-1] if before else model.input, ends[-1])

    def compute(x: Array) -> list[Array]:
        return [
            np.moveaxis(each, -1, 1) for each in predicted(behind, np.moveaxis(x, 1, -1).astype(np.float32))
        ]

    return compute
