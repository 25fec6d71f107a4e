"""What a differential test compares: a plan with the Keras model built from it, layer by layer."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import keras
import numpy as np
import tensorflow

from tests.running import assert_predicts_as_called, assert_trains_as_eager
from unetgen.config.design import Design
from unetgen.config.model import UNetConfig
from unetgen.config.source import Source
from unetgen.config.validation import validate
from unetgen.errors import ConfigError
from unetgen.model import building
from unetgen.model.building import build_model, uncompiled
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Dropout, Norm

COMPILED = 1e-3
"""What compiling may do to a step of training of a generated network, relative to the largest step."""
_HINT = re.compile(r"nearest legal sizes? (?:is|are) (.*?)(?:[,;]|$)")


def made_legal(data: dict[str, Any]) -> tuple[UNetConfig, Plan] | ConfigError:
    """The config and plan of `data`; a size that does not fit is replaced by one that the error offers."""
    for attempt in range(2):
        try:
            design = validate(Source("generated", data))
            return design.config, design.plan
        except ConfigError as error:
            sizes = {p.path[2]: p for p in error.problems if p.path[:2] == ("input", "shape")}
            if not sizes or len(sizes) < len(error.problems):
                return error
            assert attempt == 0, f"a size that was called legal is not: {error}"
            shape = list(data["input"]["shape"])
            for axis, problem in sizes.items():
                if (offered := _HINT.search(problem.hint or "")) is None:
                    return error
                shape[int(axis)] = int(offered[1].split(" and ")[-1])
            data = {**data, "input": {**data["input"], "shape": shape}}
    raise AssertionError("unreachable")


def assert_plan_equals_model(config: UNetConfig, plan: Plan, model: keras.Model) -> None:
    """Same layers, each with the plan's shape, weights and inputs; Keras sorts them by depth.

    A node that uses another's weights is a further call of that one's layer.
    """
    layers = {layer.name: layer for layer in model.layers}
    owners = {node.name: node.weights_of or node.name for node in plan.nodes}
    assert len(model.layers) == len(set(owners.values()))
    assert layers.keys() == set(owners.values())
    calls = Counter[str]()
    for node in plan.nodes:
        layer = layers[owners[node.name]]
        call = layer._inbound_nodes[calls[layer.name]]
        calls[layer.name] += 1
        (output,) = call.outputs
        assert tuple(output.shape) == (None, *node.spec.shape(config.input.data_format)), node
        if node.inputs:
            sources = [source._keras_history.operation.name for source in call.input_tensors]
            assert sources == [owners[name] for name in node.inputs], node
        if node.weights_of is None:
            assert [tuple(w.shape) for w in layer.weights if "seed" not in w.path] == _weight_shapes(
                plan, node.name, config.input.data_format
            ), node
    assert all(calls[layer.name] == len(layer._inbound_nodes) for layer in model.layers)
    assert model.count_params() == plan.params
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trainable == plan.trainable_params


def _weight_shapes(plan: Plan, name: str, data_format: str) -> list[tuple[int, ...]]:
    node = plan.by_name[name]
    shapes = [weight.shape for weight in plan.weights(node)]
    if type(node.op).__name__ == "PRelu" and data_format == "channels_first":
        return [(shape[-1], *shape[:-1]) for shape in shapes]
    return shapes


def built_without_values(design: Design) -> keras.Model:
    """What `build_model` makes, but its weights have no numbers: to draw them takes as long as the rest.

    Clear Keras's session before anything else is built: that would draw them after all.
    """

    def empty(*arguments: Any) -> keras.Model:
        with keras.StatelessScope(initialize_variables=False):
            return uncompiled(*arguments)

    with patch.object(building, "uncompiled", empty):
        return build_model(design)


def makes_much_of_rounding(plan: Plan) -> bool:
    """Whether a norm divides by the spread of a few values: two that nearly agree become -1 and 1, and a few
    such norms in a row make anything of the last bit."""
    return any(
        isinstance(node.op, Norm)
        and node.op.method != "batch"
        and _values(node.op, node.spec.spatial, node.spec.channels) < 16
        for node in plan.nodes
    )


def _values(norm: Norm, spatial: tuple[int, ...], channels: int) -> int:
    """How many values one mean is made of."""
    if norm.method == "layer":
        return channels
    return int(np.prod(spatial)) * (channels // (norm.groups or channels))


def sample(config: UNetConfig, plan: Plan, batch: int = 2) -> np.ndarray:
    """A random batch of inputs."""
    shape = plan.input.spec.shape(config.input.data_format)
    return np.random.default_rng(0).normal(size=(batch, *shape)).astype("float32")


def outputs_of(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    """The model's outputs as arrays, always a list."""
    outputs = model(x, training=False)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    return [keras.ops.convert_to_numpy(output) for output in outputs]


def assert_survives_saving(model: keras.Model, folder: Path) -> keras.Model:
    """A saved and reloaded model, which is returned, has an equal config and equal weights."""
    file = folder / f"{os.getpid()}.keras"
    model.save(file)
    again = keras.saving.load_model(file)
    assert again.to_json() == model.to_json()
    for mine, theirs in zip(model.weights, again.weights, strict=True):
        assert mine.path == theirs.path
        np.testing.assert_array_equal(mine, theirs)
    return again


def check(
    data: dict[str, Any], folder: Path | None = None, run: bool = False, train: bool = False
) -> set[str]:
    """Compare all there is of one generated config, saved too with a `folder`; what was compared, or nothing
    where it is refused.

    With `run` the models compute as well, and predict what their layers give; with `train` one step of `fit`
    is that of the layers too. Outside of a graph that takes long: TensorFlow compiles 3D convolutions of
    channels_first, and all in groups, anew at each call.
    """
    made = made_legal(data)
    if isinstance(made, ConfigError):
        return set()
    config, plan = made
    compared = {"built"}
    model = (build_model if folder else built_without_values)(Design(config, plan))
    assert_plan_equals_model(config, plan, model)
    again = model if folder is None else assert_survives_saving(model, folder)
    if run:
        x = sample(config, plan, batch=1)
        outputs = outputs_of(model, x)
        for output, name in zip(outputs, plan.outputs, strict=True):
            assert output.shape == (1, *plan.by_name[name].spec.shape(config.input.data_format))
            assert np.isfinite(output).all()
        for mine, theirs in zip(outputs, outputs_of(again, x), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    is_steady = not makes_much_of_rounding(plan)
    if run and is_steady:
        try:
            assert_predicts_as_called(model, x)
            compared.add("predicted")
        except tensorflow.errors.AbortedError as error:  # an error for the user too, not a wrong number
            if "could not create a primitive descriptor" not in str(error):
                raise
            compared.add("refused by oneDNN")
    if train and is_steady and not any(isinstance(node.op, Dropout) for node in plan.nodes):
        assert_trains_as_eager(model, tolerance=COMPILED)
        compared.add("trained")
    return compared
