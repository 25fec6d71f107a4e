"""Batch normalization that learns one of its two numbers per channel, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan

LEARNED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["gamma", "beta"]),
    ({"scale": False}, ["beta"]),
    ({"center": False}, ["gamma"]),
    ({"affine": False, "center": True}, ["beta"]),
    ({"affine": False, "scale": True}, ["gamma"]),
    ({"scale": False, "center": False}, []),
]


@pytest.mark.parametrize(("said", "names"), LEARNED)
def test_scale_and_offset_are_learned_as_said(said: dict[str, Any], names: list[str]) -> None:
    lowered = plan((8, 6), norm={"kind": "batch", **said})
    norm = lowered.by_name["encoder_level0_conv1_norm"]
    assert [weight.name for weight in lowered.weights(norm) if weight.trainable] == names


def test_one_way_to_say_it_is_as_good_as_another() -> None:
    both = {"scale": False, "center": False}
    neither, plain = ({"kind": "batch", **said} for said in (both, {"affine": False}))
    assert plan((8, 6), norm=neither).fingerprint == plan((8, 6), norm=plain).fingerprint


@pytest.mark.parametrize("left", ["scale", "center"])
def test_the_other_number_is_left_out(left: str) -> None:
    net = Network((6, 4), norm={"kind": "batch", left: False})
    layer = net.model.get_layer("encoder_level0_conv1_norm")
    drawn = [np.random.default_rng(0).uniform(0.5, 2, array.shape) for array in layer.get_weights()]
    layer.set_weights(drawn)
    before, after = net.outputs("encoder_level0_conv1", "encoder_level0_conv1_norm")
    learned, mean, variance = drawn
    normal = (before - mean) / np.sqrt(variance + 1e-3)
    expected = normal + learned if left == "scale" else normal * learned
    np.testing.assert_allclose(after, expected, rtol=1e-4, atol=1e-5)
