"""CMUNeXt's blocks: their layers, counts and arithmetic; whole networks are in tests/parity and tests/zoo."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.parts.blocks.lowering import Arithmetic, assert_computes, model_of, plan_of, sample, words
from unetgen.errors import Wrong
from unetgen.parts.blocks.cmunext import CMUNeXtBlock, CMUNeXtFusionBlock

SIZES = pytest.mark.parametrize("spatial", [(9,), (5, 8), (4, 3, 5)], ids=str)


def test_the_block_layer_by_layer() -> None:
    added = ("conv5x5 4 in 4 groups", "gelu", "batch", "add")
    once = (*added, "conv1x1 16", "gelu", "batch", "conv1x1 4", "gelu", "batch")
    last = ("conv3x3 6", "batch", "relu")
    assert words(plan_of(CMUNeXtBlock(kernel=5), (6,))) == [*once, *last]
    assert words(plan_of(CMUNeXtBlock(kernel=5, units=2), (6,))) == [*once, *once, *last]


def test_the_fusion_layer_by_layer() -> None:
    mixed = ("conv1x1 12", "relu", "batch", "conv1x1 6", "relu", "batch")
    plan = plan_of(CMUNeXtFusionBlock(expansion=2, activation=None, groups=2), (6,))
    assert words(plan) == ["conv3x3 4 in 2 groups", "relu", "batch", *mixed]
    with pytest.raises(Wrong, match=r"does not divide the 4 channels of input \(got 3\)"):
        plan_of(CMUNeXtFusionBlock(groups=3), (6,))


def activated(layers: Arithmetic, x: np.ndarray, name: str) -> np.ndarray:
    y = x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    return layers.batch(y, f"{name}_norm")


@SIZES
def test_the_block_computes_what_its_layers_say(spatial: tuple[int, ...]) -> None:
    model = model_of(plan_of(CMUNeXtBlock(kernel=3, expansion=2), (5,), spatial, 3))
    layers, x = Arithmetic(model), sample(2, *spatial, 3)
    y = x + activated(layers, layers.depthwise(x, "depthwise"), "depthwise")
    for name in ("expand", "reduce"):
        y = activated(layers, layers.conv(y, name), name)
    assert_computes(model, x, layers.unit(y, "last"))


@SIZES
def test_the_fusion_computes_what_its_layers_say(spatial: tuple[int, ...]) -> None:
    model = model_of(plan_of(CMUNeXtFusionBlock(groups=2), (3,), spatial, 4))
    layers, x = Arithmetic(model), sample(2, *spatial, 4)
    kernel, bias = layers.weights["fuse"]
    halves = []
    for index in range(2):
        ours = slice(2 * index, 2 * index + 2)
        layers.weights["half"] = [kernel[..., ours], bias[ours]]
        halves.append(layers.conv(x[..., ours], "half"))
    y = activated(layers, np.concatenate(halves, axis=-1), "fuse")
    for name in ("expand", "reduce"):
        y = activated(layers, layers.conv(y, name), name)
    assert_computes(model, x, y)
