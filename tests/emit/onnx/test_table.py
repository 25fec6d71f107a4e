"""Every op, and every activation with all its options, in ONNX Runtime as in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from tests.emit.catalogue import CHANNELS, SPATIAL, beside
from tests.emit.onnx.comparing import differences
from tests.tiers import sampled
from unetgen.emit.onnx.activations import ACTIVATIONS
from unetgen.emit.onnx.table import NODES
from unetgen.parts import keras_names
from unetgen.plan.builder import Builder
from unetgen.plan.ops import (
    ALL_OPS,
    Activation,
    Conv,
    Dropout,
    Input,
    Scale,
)
from unetgen.plan.tensor import TensorSpec

LIMIT = 1e-5
"""Of the largest value: what rounding may do in a few ops."""


def test_every_op_has_a_row() -> None:
    assert set(NODES) == set(ALL_OPS)


def test_every_activation_has_a_row() -> None:
    assert set(ACTIVATIONS) == set(keras_names.ACTIVATIONS.objects) - set(keras_names.ACTIVATION_ALIASES)


@pytest.mark.parametrize(
    ("dims", "is_free"), sampled(product((1, 2, 3), (False, True)), {(2, False), (1, True)})
)
def test_every_op_computes_what_keras_does(dims: int, is_free: bool) -> None:
    free = tuple(range(dims)) if is_free else ()
    plan = beside(dims, TensorSpec(SPATIAL[dims], CHANNELS, free))
    assert {type(node.op) for node in plan.nodes} == set(ALL_OPS) - {Activation}
    larger = tuple(size + 6 for size in SPATIAL[dims])
    found = differences(plan, sizes=[larger] if is_free else ())
    assert {name: d for name, d in found.items() if not d <= LIMIT} == {}


OPTIONS: Mapping[str, list[dict[str, Any]]] = {
    "celu": [{"alpha": 0.5}],
    "elu": [{"alpha": 0.5}],
    "gelu": [{"approximate": True}],
    "hard_shrink": [{"threshold": 0.2}],
    "leaky_relu": [{"negative_slope": 0.01}],
    "relu": [
        {"negative_slope": 0.1},
        {"max_value": 0.7},
        {"threshold": 0.3},
        {"negative_slope": 0.1, "threshold": 0.3},
        {"negative_slope": 0.1, "max_value": 0.7},
        {"max_value": 0.7, "threshold": 0.3},
        {"negative_slope": 0.1, "max_value": 0.7, "threshold": 0.3},
    ],
    "soft_shrink": [{"threshold": 0.2}],
    "squareplus": [{"b": 1.0}],
    "threshold": [{"threshold": 0.2, "default_value": -1.0}],
}
"""More than their defaults."""


def test_every_activation_computes_what_keras_does() -> None:
    builder = Builder(TensorSpec((7, 9), CHANNELS))
    scaled = builder.add(Scale(), builder.input, name="scaled")
    calls: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in ACTIVATIONS if name != "threshold"]
    calls += [(name, options) for name, more in OPTIONS.items() for options in more]
    taken = {name: set(entry.options) for name, entry in keras_names.ACTIVATIONS.objects.items()}
    assert {name: {key for each in more for key in each} for name, more in OPTIONS.items()} == {
        name: options for name, options in taken.items() if options
    }
    made = [
        builder.add(Activation(name, options), scaled, name=f"{name}{index}")
        for index, (name, options) in enumerate(calls)
    ]
    found = differences(builder.finish(*made))
    assert {name: d for name, d in found.items() if not d <= LIMIT} == {}


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_outputs_that_are_nothing_but_their_input_are_there(data_format: str) -> None:
    builder = Builder(TensorSpec((6, 8), 2))
    before = builder.add(Dropout(0.1), builder.input, name="before")
    conv = builder.add(Conv(3, (3, 3), (1, 1), (1, 1)), before, name="conv")
    dropped = builder.add(Dropout(0.5), conv, name="dropped")
    linear = builder.add(Activation("linear"), dropped, name="scores")
    plan = builder.finish(conv, linear)
    assert max(differences(plan, data_format).values()) <= LIMIT
    assert {type(node.op) for node in plan.nodes} == {Input, Conv, Dropout, Activation}
