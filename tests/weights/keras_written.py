"""Files as versions of Keras wrote them, made without it: layers by name or number, and their arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from unetgen.config.loader import design_from_dict
from unetgen.parts.encoders.encoder import Encoder
from unetgen.plan.ops import Conv
from unetgen.weights.encoder import original_plan
from unetgen.weights.keras_layouts import keras_layout

Array = npt.NDArray[Any]
Layers = Mapping[str, Sequence[tuple[str, Array]]]


def named(layers: Layers, file: Path, within: str | None = None) -> Path:
    """An ``.h5`` of weights; `within` is the group that a whole model's file has them in."""
    with h5py.File(file, "w") as held:
        root = held if within is None else held.create_group(within)
        root.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [label.encode() for label, _ in arrays]
            for label, array in arrays:
                group[label] = array
    return file


def numbered(arrays: Mapping[str, Sequence[Array]], file: Path) -> Path:
    """A ``.weights.h5``, with arrays by the places of layers."""
    with h5py.File(file, "w") as held:
        for place, values in arrays.items():
            for number, array in enumerate(values):
                held[f"{place}/vars/{number}"] = array
    return file


def chosen(kind: str) -> Encoder:
    """The encoder of this kind."""
    found = design_from_dict(
        {
            "input": {"shape": [64, 64], "channels": 3},
            "depth": 3,
            "encoder": kind,
            "decoder": {"filters": [4, 5]},
            "num_classes": 2,
        }
    ).config.encoder
    assert found is not None
    return found


def drawn(kind: str) -> tuple[dict[str, list[Array]], dict[str, str]]:
    """Other arrays for each layer of keras.applications' network, by its name there, and the places."""
    encoder, generator = chosen(kind), np.random.default_rng(3)
    plan, layout = original_plan(encoder, 3), keras_layout(encoder)
    arrays: dict[str, list[Array]] = {}
    for node in plan.nodes:
        shapes = [weight.shape for weight in plan.weights(node)]
        if shapes:
            if isinstance(node.op, Conv) and node.op.groups > 1:
                shapes[0] = (*shapes[0][:-2], shapes[0][-1], 1)
            values = [generator.standard_normal(shape, np.float32) for shape in shapes]
            arrays[layout.family.modules(node, 6)[0]] = values
    layers = layout.layers(plan)
    return {layer.name: arrays[layer.name] for layer in layers}, {each.name: each.place for each in layers}


def labelled(arrays: Mapping[str, Sequence[Array]]) -> Layers:
    """The arrays with names as Keras 2 gave them."""
    return {name: [(f"{name}/{n}:0", array) for n, array in enumerate(held)] for name, held in arrays.items()}
