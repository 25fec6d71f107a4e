"""The task `build`: the Keras model, saved with the files that reproduce it and checked against the plan."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.config.design import Design
from unetgen.config.execution import inner_format, rewritten_for
from unetgen.config.model import UNetConfig
from unetgen.model.building import settled
from unetgen.plan.graph import Plan
from unetgen.sweep.tasks.errors import TaskError
from unetgen.sweep.values import Value

if TYPE_CHECKING:
    import keras

SHOWN = 10
"""Differences that an error lists; the others are counted."""


def run(config: UNetConfig, plan: Plan, workdir: Path) -> dict[str, Value]:
    """Build the model into `workdir` as `unetgen build` does, read the file back and check that.

    Raises `TaskError` naming every layer that is not as planned. `build_seconds` is the wall time of
    building and writing, without the import of Keras; `weights_sha256` is that of `weights_digest`.
    """
    from unetgen.model.saving import MODEL, write_build
    from unetgen.model.session import load, seeded_session

    seeded_session(config.seed)
    start = time.perf_counter()
    write_build(Design(config, plan), (), workdir)
    seconds = time.perf_counter() - start
    model = load(workdir / MODEL)
    check(config, plan, model)
    return {
        "params_built": model.count_params(),
        "layers_built": len(model.layers),
        "weights_sha256": weights_digest(model),
        "model_bytes": (workdir / MODEL).stat().st_size,
        "build_seconds": seconds,
    }


def check(config: UNetConfig, plan: Plan, model: keras.Model) -> None:
    """Raise `TaskError` where `model` is not what `plan` says: layers, their shapes and their parameters."""
    differences = list(_differences(config, plan, model))
    if differences:
        more = [f"and {len(differences) - SHOWN} more"] if len(differences) > SHOWN else []
        lines = "".join(f"\n  {line}" for line in [*differences[:SHOWN], *more])
        raise TaskError(f"{config.name}: the built model is not the planned one:{lines}")


def _differences(config: UNetConfig, plan: Plan, model: keras.Model) -> Iterator[str]:
    config = settled(config)
    plan = rewritten_for(plan, config.execution).plan
    declared = config.input.data_format
    inside = inner_format(config.execution, declared)
    layers = {layer.name: layer for layer in model.layers}
    for node in plan.nodes:
        layer = layers.pop(node.name, None)
        if layer is None:
            yield f"{node.name}: planned, not built"
            continue
        shape = tuple(layer.output.shape[1:])
        # What computes in another layout has inputs and outputs in the declared one; those are checked below.
        if shape not in (node.spec.shape(declared), node.spec.shape(inside)):
            yield f"{node.name}: output shape {node.spec.shape(inside)} planned, {shape} built"
        params = sum(weight.size for weight in plan.weights(node))
        if layer.count_params() != params:
            yield f"{node.name}: {params:,} parameters planned, {layer.count_params():,} built"
    for name, layer in layers.items():  # a permutation between two layouts has no parameters
        if layer.count_params():
            yield f"{name}: not planned, built with {layer.count_params():,} parameters"
    ends = (plan.input.name, *plan.outputs)
    for name, tensor in zip(ends, (*model.inputs, *model.outputs), strict=True):
        wanted = plan.by_name[name].spec.shape(declared)
        if tuple(tensor.shape[1:]) != wanted:
            yield f"{name}: shape {wanted} planned at the model's end, {tuple(tensor.shape[1:])} built"
    if model.count_params() != plan.params:
        yield f"in all: {plan.params:,} parameters planned, {model.count_params():,} built"


def weights_digest(model: keras.Model) -> str:
    """SHA-256 over every weight in the model's order: its path, dtype, shape and bytes.

    Equal for equal weights in whatever process; optimizers and the states of random generators do not count.
    """
    digest = hashlib.sha256()
    for weight, array in zip(model.weights, model.get_weights(), strict=True):
        head = json.dumps([weight.path, str(array.dtype), array.shape])
        digest.update(f"{head}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
