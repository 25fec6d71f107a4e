"""Encoders named after keras.applications compute what its networks compute with the same weights."""

from __future__ import annotations

import re
from typing import Any

import keras
import numpy as np
import pytest

from tests.parity.drawn import Array
from unetgen.config.loader import design_from_dict
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.model.running import predicted

TOLERANCE = 1e-4
"""Of the largest difference, relative to the largest value."""
SIZE = (33, 48)
PREPROCESSING = (keras.layers.Rescaling, keras.layers.Normalization)
pytestmark = pytest.mark.thorough


def drawn(weight: Any, generator: np.random.Generator) -> Array:
    """Other values of a weight, far from its initial ones."""
    shape = tuple(weight.shape)
    values = generator.standard_normal(shape)
    if len(shape) > 1:
        fan = np.prod(shape[:2]) if shape[-1] == 1 else np.prod(shape[:-1])
        return values * (1.5 / fan) ** 0.5
    middle = {"moving_variance": 1.0, "gamma": 1.0, "moving_mean": 0.3}.get(weight.name, 0.2)
    values = middle + 0.2 * values
    return np.abs(values) if weight.name == "moving_variance" else values


def of_resnet(name: str) -> str:
    """The layer of keras.applications' ResNet that is `name` here; it lists shortcuts before units."""
    if name.startswith("encoder_level1_stem"):
        return "conv1_bn" if name.endswith("norm") else "conv1_conv"
    found = re.fullmatch(r"encoder_level(\d)_block(\d)_(?:conv(\d)|shortcut)(_norm)?", name)
    assert found is not None
    stage, block, conv, norm = found.groups()
    return f"conv{stage}_block{block}_{conv or 0}_{'bn' if norm else 'conv'}"


@pytest.mark.parametrize(
    ("kind", "original"),
    [
        ("keras_resnet50", keras.applications.ResNet50),
        ("keras_mobilenet_v3_small", keras.applications.MobileNetV3Small),
    ],
)
def test_the_last_feature_is_the_original_s(kind: str, original: Any) -> None:
    theirs = original(weights=None, include_top=False, input_shape=(*SIZE, 3))
    entry = [layer for layer in theirs.layers if isinstance(layer, PREPROCESSING)]
    theirs = keras.Model(entry[-1].output if entry else theirs.input, theirs.output)
    plan = design_from_dict(
        {
            "input": {"shape": list(SIZE), "channels": 3},
            "depth": 6,
            "encoder": kind,
            "decoder": {"filters": [1] * 5},
            "resize": "resize_to_skip",
            "num_classes": 1,
        }
    ).plan
    names = [node.name for node in plan.nodes if node.place.side == "encoder"]
    ours = build(plan, kind, Emission("channels_last"))
    ours = keras.Model(ours.input, ours.get_layer(names[-1]).output)
    in_order = iter([layer for layer in theirs.layers if layer.weights])
    generator = np.random.default_rng(0)
    for layer in [ours.get_layer(name) for name in names]:
        if layer.weights:
            other = theirs.get_layer(of_resnet(layer.name)) if "resnet" in kind else next(in_order)
            values = [drawn(weight, generator) for weight in other.weights]
            other.set_weights(values)
            # A depthwise kernel has one more axis of one in Keras's own layer for it: at another place.
            layer.set_weights([v.reshape(w.shape) for v, w in zip(values, layer.weights, strict=True)])
    assert next(in_order, None) is None or "resnet" in kind
    assert ours.count_params() == theirs.count_params()
    x = generator.standard_normal((1, *SIZE, 3)).astype("float32")
    (found,), (right,) = predicted(ours, x), predicted(theirs, x)
    assert np.abs(found - right).max() / np.abs(right).max() < TOLERANCE
