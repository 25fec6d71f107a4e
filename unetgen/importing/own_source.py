"""Weights of a printed PyTorch source: back into the Keras model of its config."""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from unetgen.config.design import Design
from unetgen.config.sections import Execution
from unetgen.emit.source.torch import torch_source
from unetgen.emit.source.torch_modules import module_paths
from unetgen.emit.source.torch_weights import Layers, layers_of
from unetgen.importing.originals import Original
from unetgen.model.building import assign, uncompiled
from unetgen.model.running import called, largest_difference, predicted, random_input
from unetgen.weights.prefixes import without_prefix
from unetgen.weights.transplant import Tensors

NAME = "unetgen-torch"
"""What such weights are called where their origin is asked for."""


def own_layers(design: Design, tensors: Tensors) -> tuple[Layers, Tensors]:
    """The arrays of each node of `design`, and the tensors without what training programs put before names.

    Raises `UnetgenError` with everything that does not fit.
    """
    marks = {f"{path}." for path in module_paths(design.plan).values()}
    tensors = without_prefix(tensors, marks)
    return layers_of(design.plan, tensors), tensors


def own_difference(design: Design, layers: Layers, tensors: Tensors) -> float:
    """How far the Keras model is from the printed source with these tensors, on one random input."""
    # The source does not say how it is computed.
    config = design.config.model_copy(update={"execution": Execution()})
    design = Design(config, design.plan)
    model = uncompiled(config, design.plan)
    assign(model, layers, config.input.data_format)
    x = random_input(model)
    is_first = config.input.data_format == "channels_first"
    outputs = Original("unetgen", lambda: _network(design)).load(tensors)(
        np.ascontiguousarray(x if is_first else np.moveaxis(x, -1, 1))
    )
    wanted = [(each if is_first else np.moveaxis(each, 1, -1)).astype(np.float64) for each in outputs]
    return float(np.max([largest_difference(wanted, run(model, x)) for run in (called, predicted)]))


def _network(design: Design) -> Any:
    """The printed network, made as its users make it: from the file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "unet.py")
        file.write_text(torch_source(design), encoding="utf-8")
        return runpy.run_path(str(file))["UNet"]()
