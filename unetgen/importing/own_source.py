"""Weights of a printed PyTorch source: back into the Keras model of its config."""

from __future__ import annotations

import runpy
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from unetgen.config.design import Design
from unetgen.config.sections import Execution
from unetgen.emit.source.torch import torch_source
from unetgen.emit.source.torch_modules import module_paths
from unetgen.emit.source.torch_weights import Layers, layers_of
from unetgen.importing.network import Asked, Network
from unetgen.importing.originals import Compute, Original, installed
from unetgen.model.building import assign, uncompiled
from unetgen.model.running import called, largest_difference, predicted, random_input
from unetgen.weights.files import read_tensors
from unetgen.weights.prefixes import without_prefix

NAME = "unetgen-torch"
"""What such weights are called where their origin is asked for."""


def own_network(asked: Asked) -> Network:
    """The network of the module that was printed from a config; it is made anew to compare with."""
    design = asked.chosen("a file of weights of a printed source")
    marks = {f"{path}." for path in module_paths(design.plan).values()}
    tensors = without_prefix(read_tensors(asked.file), marks)
    layers = layers_of(design.plan, tensors)
    original = installed("torch", Original("the printed source", lambda: _network(design)), "torch")
    return Network(design, NAME, layers, tensors, original, partial(_difference, design, layers))


def _difference(design: Design, layers: Layers, compute: Compute) -> float:
    """How far the Keras model is from the printed source, on one random input."""
    # The source does not say how it is computed.
    config = design.config.model_copy(update={"execution": Execution()})
    model = uncompiled(config, design.plan)
    assign(model, layers, config.input.data_format)
    x = random_input(model)
    is_first = config.input.data_format == "channels_first"
    outputs = compute(np.ascontiguousarray(x if is_first else np.moveaxis(x, -1, 1)))
    wanted = [(each if is_first else np.moveaxis(each, 1, -1)).astype(np.float64) for each in outputs]
    return float(np.max([largest_difference(wanted, run(model, x)) for run in (called, predicted)]))


def _network(design: Design) -> Any:
    """The printed network, made as its users make it: from the file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "unet.py")
        file.write_text(torch_source(design), encoding="utf-8")
        return runpy.run_path(str(file))["UNet"]()
