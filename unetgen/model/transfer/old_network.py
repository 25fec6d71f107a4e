"""What is read of a live model whose weights are carried: its layers, and the channels of its images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import keras

CHANNELS_LAST = "channels_last"
Kind = Literal["convolution", "transposed convolution", "normalization", "prelu", "layer"]


@dataclass(frozen=True, eq=False)
class OldLayer:
    """A layer with weights, which it has by their names, as a plan has them: channels last."""

    kind: Kind
    weights: Mapping[str, np.ndarray]

    @property
    def size(self) -> int:
        return sum(weight.size for weight in self.weights.values())

    @property
    def filters(self) -> int | None:
        """How many channels a convolution makes; None of another layer."""
        kernel = self.weights.get("kernel")
        return kernel.shape[-1] if self.kind == "convolution" and kernel is not None else None


@dataclass(frozen=True, eq=False)
class OldNetwork:
    """The layers of a model by their names, and how many channels its images have."""

    layers: Mapping[str, OldLayer]
    channels: int

    @property
    def size(self) -> int:
        return sum(layer.size for layer in self.layers.values())

    @classmethod
    def of(cls, model: keras.Model) -> OldNetwork:
        """What `model` has; data formats are seen from its layers, as `unetgen` builds them."""
        inner = _inner_format(model)
        layers = {layer.name: _layer(layer, inner) for layer in model.layers if layer.weights}
        is_first = inner != CHANNELS_LAST or any(
            type(layer).__name__ == "Permute" and layer.name.endswith(f"_{CHANNELS_LAST}")
            for layer in model.layers
        )
        shape = model.inputs[0].shape
        return cls(layers, int(shape[1 if is_first and len(shape) > 1 else -1] or 0))


def kind_of(layer: keras.layers.Layer) -> Kind:
    """What a layer is, whichever class computes it."""
    name = type(layer).__name__
    if "Conv" in name:
        return "transposed convolution" if name.endswith("Transpose") else "convolution"
    if name.endswith("Normalization"):
        return "normalization"
    return "prelu" if name == "PReLU" else "layer"


def weight_names(layer: keras.layers.Layer) -> list[str]:
    """The names of a layer's weights, in its order, as a plan has them: of layers in a layer with theirs."""
    paths = [weight.path.split("/") for weight in layer.weights]
    count = Counter(path[-1] for path in paths)
    return [
        path[-1] if count[path[-1]] == 1 else "_".join(path[-2:]).removeprefix("attention_") for path in paths
    ]


def _layer(layer: keras.layers.Layer, inner: str) -> OldLayer:
    from unetgen.model.session import as_numpy

    arrays = [as_numpy(weight) for weight in layer.weights]
    kind = kind_of(layer)
    if kind == "prelu" and inner != CHANNELS_LAST:
        arrays = [np.moveaxis(array, 0, -1) for array in arrays]
    return OldLayer(kind, dict(zip(weight_names(layer), arrays, strict=True)))


def _inner_format(model: keras.Model) -> str:
    """The data format that the layers between the input and the outputs compute in."""
    for layer in model.layers:
        known = getattr(layer, "data_format", None)
        if isinstance(known, str) and layer.weights:
            return known
    return CHANNELS_LAST
