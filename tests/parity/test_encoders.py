"""Networks on encoders compute what those of other packages compute with the same weights.

The outputs come from PyTorch (make_encoder_fixtures.py) and from Keras (make_keras_encoder_fixtures.py), on
the CPU and in float32.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.parity import drawn
from tests.parity.drawn import Array
from tests.parity.encoder_cases import CASES, Case
from tests.tiers import sampled, thorough
from unetgen.config.loader import design_from_dict
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.importing.smp_families import smp_tensors
from unetgen.model.running import predicted
from unetgen.plan.graph import Plan
from unetgen.plan.ops import PadChannels
from unetgen.weights.transplant import transplant

TOLERANCE = 1e-4
"""Of the largest difference, relative to the largest output."""


@cache
def model_of(name: str) -> tuple[Any, dict[str, list[Array]]]:
    """Our network, and the original's weights by its layers."""
    case = CASES[name]
    plan, layers = layers_of(case)
    return build(plan, name, Emission("channels_last")), layers


def layers_of(case: Case) -> tuple[Plan, dict[str, list[Array]]]:
    """The plan of our network, and the original's weights by its layers."""
    design, tensors = design_from_dict(case.config), drawn.tensors(case.read()[0])
    if case.family is not None:
        return design.plan, transplant(design.plan, tensors, case.family)
    found = smp_tensors(design, tensors)
    assert (found.network, found.left_out) == (case.network, ())
    return design.plan, transplant(design.plan, found.tensors, found.family)


def difference(name: str, changed: dict[str, list[Array]] | None = None) -> float:
    model, layers = model_of(name)
    for layer, arrays in (layers | (changed or {})).items():
        model.get_layer(layer).set_weights(arrays)
    x = np.moveaxis(drawn.tensor("input", (1, 3, *CASES[name].size)), 1, -1)
    right = np.moveaxis(CASES[name].read()[1], 1, -1)
    found, *_ = predicted(model, x)
    return float(np.abs(found - right).max() / np.abs(right).max())


@pytest.mark.parametrize("name", sampled(CASES, first={"resnet18"}))
def test_outputs_are_the_original_s(name: str) -> None:
    assert difference(name) < TOLERANCE
    assert set(model_of(name)[1]) == {layer.name for layer in model_of(name)[0].layers if layer.weights}


@thorough
def test_what_is_said_of_the_whole_image_is_the_original_s() -> None:
    name = "aux_params"
    model, layers = model_of(name)
    for layer, arrays in layers.items():
        model.get_layer(layer).set_weights(arrays)
    x = np.moveaxis(drawn.tensor("input", (1, 3, *CASES[name].size)), 1, -1)
    _, label = predicted(model, x)
    right = CASES[name].label
    assert label.shape == right.shape == (1, 3)
    np.testing.assert_allclose(label, right, atol=1e-6)
    assert np.ptp(right) > 0.1


def test_a_wrong_transplant_is_seen() -> None:
    layers = model_of("resnet18")[1]
    stem, norm = "encoder_level1_stem", "encoder_level2_block2_conv2_norm"
    flipped = {stem: [layers[stem][0][::-1]]}
    assert difference("resnet18", flipped) > 10 * TOLERANCE
    without_statistics = {norm: [*layers[norm][:2], 0 * layers[norm][2], layers[norm][3]]}
    assert difference("resnet18", without_statistics) > 10 * TOLERANCE


def stem_gradient(model: Any, layers: dict[str, list[Array]], name: str) -> Array:
    """The gradient of the sum of what the network gives, by the offset of the stem's norm."""
    import tensorflow as tf

    for layer, arrays in layers.items():
        model.get_layer(layer).set_weights(arrays)
    x = np.moveaxis(drawn.tensor("input", (1, 3, *CASES[name].size)), 1, -1)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(x, training=False))
    offset = model.get_layer("encoder_level1_stem_norm").beta.value
    return np.asarray(tape.gradient(total, offset))


@pytest.mark.thorough
def test_shortcuts_of_monai_s_resnets_keep_the_gradient_back() -> None:
    name = "flexible_unet"
    with np.load(CASES[name].file) as arrays:
        right = arrays["gradient"]
    model, layers = model_of(name)
    given = stem_gradient(model, layers, name)
    assert np.abs(given - right).max() / np.abs(right).max() < TOLERANCE
    plan = design_from_dict(CASES[name].config).plan
    nodes = tuple(
        replace(node, op=replace(node.op, is_detached=False)) if isinstance(node.op, PadChannels) else node
        for node in plan.nodes
    )
    other = build(replace(plan, nodes=nodes), name, Emission("channels_last"))
    assert np.abs(stem_gradient(other, layers, name) - right).max() / np.abs(right).max() > 10 * TOLERANCE
