"""The weights of a trained model for its printed source: for Keras, or as PyTorch's ``state_dict``."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.config.design import Design
from unetgen.emit.source.compiling import compilation
from unetgen.emit.source.torch_weights import state_of
from unetgen.errors import UnetgenError
from unetgen.installed import require_backend
from unetgen.model.building import assign, uncompiled
from unetgen.model.loading import loaded
from unetgen.model.pytorch import pytorch

if TYPE_CHECKING:
    import keras

Layers = Mapping[str, Sequence[np.ndarray]]
MOST = 12
"""Layers that do not fit and are told one by one."""


def keras_weights(design: Design, trained: Path) -> bytes:
    """The weights in the file `trained`, for ``build_model().load_weights`` of the printed source."""
    require_backend()
    from unetgen.emit.keras.construction import construct

    layers = trained_layers(design, trained)
    model = uncompiled(design.config, design.plan)
    assign(model, layers, design.config.input.data_format)
    if compilation(design).lines:
        # The printed model is compiled too, and looks for its optimizer's state.
        model.compile(optimizer=construct(design.config.compile.optimizer.keras()))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.weights.h5")
        model.save_weights(file)
        return file.read_bytes()


def torch_weights(design: Design, trained: Path) -> bytes:
    """The weights in the file `trained` as a ``state_dict`` that fits ``UNet()`` of the printed source."""
    torch = pytorch("writing a state_dict")
    state = state_of(design.plan, trained_layers(design, trained))
    stream = io.BytesIO()
    torch.save({name: torch.from_numpy(np.array(array)) for name, array in state.items()}, stream)
    return stream.getvalue()


WEIGHTS: Mapping[str, Callable[[Design, Path], bytes]] = {
    "keras-source": keras_weights,
    "torch-source": torch_weights,
}
"""Of each format whose text has weights, how those of a trained model are written."""


def trained_layers(design: Design, trained: Path) -> dict[str, list[np.ndarray]]:
    """The arrays of each layer of `design` that the model in the file `trained` has, as the plan has them.

    Raises `UnetgenError` with every layer that is missing, has other weights, or is too much.
    """
    model = loaded(trained)
    held = {layer.name: _arrays(layer) for layer in model.layers if layer.weights}
    is_first = _inner_format(model) == "channels_first"
    layers: dict[str, list[np.ndarray]] = {}
    problems: list[str] = []
    for node in design.plan.nodes:
        wanted = [weight.shape for weight in design.plan.weights(node)]
        if not wanted:
            continue
        arrays = held.pop(node.name, None)
        if arrays is not None and is_first and type(model.get_layer(node.name)).__name__ == "PReLU":
            # Only these weights have another order of axes there.
            arrays = [np.moveaxis(array, 0, -1) for array in arrays]
        if arrays is None:
            problems.append(f"{node.name}: is missing")
        elif [array.shape for array in arrays] != wanted:
            problems.append(f"{node.name}: must have {wanted} (got {[array.shape for array in arrays]})")
        else:
            layers[node.name] = arrays
    problems += [f"{name}: belongs to no layer of the config" for name, arrays in held.items() if arrays]
    if problems:
        more = [f"... and {len(problems) - MOST} more"] if len(problems) > MOST else []
        raise UnetgenError("\n".join([f"{trained}: does not fit the config:", *problems[:MOST], *more]))
    return layers


def _arrays(layer: keras.layers.Layer) -> list[np.ndarray]:
    """The layer's weights without the states of generators of random numbers."""
    weights = zip(layer.weights, layer.get_weights(), strict=True)
    return [array for weight, array in weights if "seed_generator" not in weight.path]


def _inner_format(model: keras.Model) -> str:
    """The data format that the model computes in, as its convolutions say."""
    formats = (getattr(layer, "data_format", None) for layer in model.layers if hasattr(layer, "kernel"))
    return next((each for each in formats if each is not None), "channels_last")
