"""Residual and bottleneck blocks, layer by layer as the papers and the public networks have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.parts.blocks.lowering import (
    PRE,
    Arithmetic,
    assert_computes,
    lowered,
    model_of,
    plan_of,
    sample,
    words,
)
from unetgen import plan as plan_of_config
from unetgen.config.loader import from_dict
from unetgen.errors import Wrong
from unetgen.parts.blocks.bottleneck import BottleneckBlock
from unetgen.parts.blocks.residual import ResidualBlock
from unetgen.parts.norms.none import NoNorm
from unetgen.plan.ops import Add, Conv

IDENTITY = ["conv3x3 4", "batch", "relu", "conv3x3 4", "batch", "add", "relu"]


def test_resnet_has_its_last_activation_after_the_addition() -> None:
    assert words(plan_of(ResidualBlock(), (4, 4))) == IDENTITY


def test_resnet_projects_where_channels_or_size_change() -> None:
    projected = [*IDENTITY[:5], "conv1x1 4 /2x2", "batch", *IDENTITY[5:]]
    projected[0] = "conv3x3 4 /2x2"
    assert words(plan_of(ResidualBlock(), (4, 4), strides=(2, 2))) == projected
    changed = words(plan_of(ResidualBlock(), (4, 8)))
    assert changed[5:7] == ["conv1x1 8", "batch"]


def test_a_projection_in_front_is_what_both_branches_start_from() -> None:
    block = ResidualBlock(projection="in_front", projection_norm=False)
    assert words(plan_of(block, (4, 4))) == IDENTITY
    plan = plan_of(block, (4, 8), strides=(2, 2))
    assert words(plan) == ["conv1x1 8 /2x2", "conv3x3 4", *IDENTITY[1:3], "conv3x3 8", *IDENTITY[4:]]
    (front, *_), (added,) = ([node for node in plan.nodes if type(node.op) is kind] for kind in (Conv, Add))
    assert front.name in added.inputs


def test_a_projection_in_front_leaves_no_shortcut_to_pool() -> None:
    with pytest.raises(ValidationError, match="pools a shortcut"):
        ResidualBlock(projection="in_front", shortcut_pool="average")


def test_pre_activation_has_nothing_after_the_addition() -> None:
    assert words(plan_of(ResidualBlock(), (4, 4), order=PRE)) == [
        *("batch", "relu", "conv3x3 4"),
        *("batch", "relu", "conv3x3 4"),
        "add",
    ]


def test_resnet_d_pools_the_shortcut_and_projects_only_new_channels() -> None:
    block = ResidualBlock(shortcut_pool="average")
    same = words(plan_of(block, (4, 4), strides=(1, 2)))
    assert same[5:] == ["average pool 1x2", "add", "relu"]
    more = words(plan_of(block, (8, 8), strides=(2, 2)))
    assert more[5:] == ["average pool 2x2", "conv1x1 8", "batch", "add", "relu"]
    assert words(plan_of(block, (4, 4))) == IDENTITY


def test_a_pooled_shortcut_computes_means() -> None:
    plan = plan_of(ResidualBlock(shortcut_pool="average"), (2, 2), (4, 6), 2, strides=(1, 2))
    model, x = model_of(plan), sample(1, 4, 6, 2)
    for name in ("conv1", "conv2"):  # what is left is the shortcut
        model.get_layer(name).set_weights([np.zeros_like(w) for w in model.get_layer(name).get_weights()])
    gamma, beta, mean, variance = model.get_layer("conv2_norm").get_weights()
    constant = beta - mean / np.sqrt(variance + 1e-3) * gamma
    means = x.reshape(1, 4, 3, 2, 2).mean(axis=3)
    assert_computes(model, x, np.maximum(means + constant, 0))


@pytest.mark.parametrize(("padding", "fits"), [("torch", False), ("same", False), ("valid", True)])
def test_a_pooled_shortcut_of_an_odd_size_does_not_fit(padding: str, fits: bool) -> None:
    b = lowered(
        ResidualBlock(shortcut_pool="average"), (4, 4), (9, 8), strides=(2, 2), padding=padding, norm=NoNorm()
    )
    reasons = [(failure.axis, failure.reason) for failure in b.failures]
    assert reasons[:1] == ([] if fits else [(0, "pooling the shortcut leaves 4 of 9, the convolution 5")])


def test_monai_s_residual_unit() -> None:
    """Two units of convolution, norm and activation; a bare convolution of their kernel; a bare addition."""
    block = ResidualBlock(
        projection_kernel="block",
        projection_norm=False,
        projection_bias=True,
        activation_before_add=True,
        activation_after_add=False,
    )
    plan = plan_of(block, (8, 8), strides=(2, 2), padding="torch", activation="prelu")
    assert words(plan) == [
        *("pad", "conv3x3 8 /2x2", "batch", "prelu"),
        *("conv3x3 8", "batch", "prelu"),
        *("pad", "conv3x3 8 /2x2"),
        "add",
    ]
    assert words(plan_of(block, (8, 8)))[-2:] == ["conv1x1 8", "add"]
    shortcut = plan.by_name["shortcut"]
    assert plan.params_of(shortcut) == 9 * 4 * 8 + 8


def test_zhang_s_first_block_begins_with_its_convolution() -> None:
    block = ResidualBlock(projection="always", preactivate_input=False)
    first = words(plan_of(block, (4, 4), order=PRE))
    assert first == ["conv3x3 4", "batch", "relu", "conv3x3 4", "conv1x1 4", "batch", "add"]
    twice = ResidualBlock(preactivate_input=False, repeats=2)
    plan = plan_of(twice, (4, 4), order=PRE)
    assert words(plan, "block1") == ["conv3x3 4", "batch", "relu", "conv3x3 4", "add"]
    assert words(plan, "block2") == ["batch", "relu", "conv3x3 4", "batch", "relu", "conv3x3 4", "add"]
    assert words(plan_of(ResidualBlock(preactivate_input=False), (4,), order=PRE)) == ["conv3x3 4", "add"]


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ({}, ["conv3x3 4", "batch", "add", "relu"]),
        ({"activation_after_add": False}, ["conv3x3 4", "batch", "add"]),
        ({"activation_before_add": True}, ["conv3x3 4", "batch", "relu", "add", "relu"]),
        (
            {"activation_before_add": True, "activation_after_add": False},
            ["conv3x3 4", "batch", "relu", "add"],
        ),
    ],
)
def test_the_activation_stands_where_the_fields_say(fields: dict[str, Any], end: list[str]) -> None:
    assert words(plan_of(ResidualBlock(**fields), (4,))) == end
    dropped = plan_of(ResidualBlock(**fields), (4,), dropout_rate=0.5)
    assert words(dropped).count("dropout") == 1


def test_an_activation_before_the_addition_has_to_stand_behind_the_convolution() -> None:
    with pytest.raises(Wrong, match="`order` has no activation after the convolution"):
        lowered(ResidualBlock(activation_before_add=True), (4, 4), order=PRE)


def test_a_pooled_shortcut_has_no_strided_projection() -> None:
    with pytest.raises(ValidationError, match="is for a strided projection"):
        ResidualBlock(shortcut_pool="average", projection_kernel="block")


def test_a_bottleneck_reduces_convolves_and_expands() -> None:
    plan = plan_of(BottleneckBlock(), (16,), (8, 8), 16, strides=(1, 2))
    assert words(plan) == [
        *("conv1x1 4", "batch", "relu"),
        *("conv3x3 4 /1x2", "batch", "relu"),
        *("conv1x1 16", "batch"),
        *("conv1x1 16 /1x2", "batch"),
        *("add", "relu"),
    ]
    assert [node.scope for node in plan.nodes if "conv" in _kind(node)] == [
        *("reduce", "conv", "expand", "shortcut")
    ]
    pre = words(plan_of(BottleneckBlock(ratio=2), (4,), order=PRE))
    assert pre == [
        *("batch", "relu", "conv1x1 2"),
        *("batch", "relu", "conv3x3 2"),
        *("batch", "relu", "conv1x1 4", "add"),
    ]
    pooled = words(plan_of(BottleneckBlock(shortcut_pool="average"), (4,), strides=(2, 2)))
    assert pooled[-3:] == ["average pool 2x2", "add", "relu"]


def _kind(node: Any) -> str:
    return type(node.op).__name__.lower()


def test_a_bottleneck_computes_what_its_layers_say() -> None:
    plan = plan_of(BottleneckBlock(ratio=2), (4,), (5, 4))
    model, x = model_of(plan), sample(2, 5, 4, 4)
    layers = Arithmetic(model)
    inner = layers.unit(layers.unit(x, "reduce"), "conv")
    expanded = layers.batch(layers.conv(inner, "expand"), "expand_norm")
    assert_computes(model, x, np.maximum(expanded + x, 0))


RESUNET = {
    "input": {"shape": [224, 224], "channels": 3},
    "depth": 4,
    "base_filters": 64,
    "num_classes": 1,
    "norm": "batch",
    "order": ["norm", "activation", "conv"],
    "block": {
        "kind": "residual",
        "projection": "always",
        "projection_bias": True,
        "preactivate_input": False,
    },
    "down": {"kind": "strided_conv", "into_block": True},
    "head": {"activation": "sigmoid"},
}


def test_resunet_has_the_count_of_its_public_network() -> None:
    # github.com/DuFanXin/deep_residual_unet, of the network of arXiv 1711.10684: rebuilt and counted.
    plan = plan_of_config(from_dict(RESUNET))
    assert (plan.trainable_params, plan.params) == (8_223_809, 8_233_025)


def test_a_residual_encoder_has_the_count_of_nnunet_s() -> None:
    # nnU-Net v2 ResEncM, Dataset004 3d_fullres: 25,895,593 with a head at each of its 3 decoder stages.
    data = {
        "input": {"shape": [40, 56, 40], "channels": 1},
        "depth": 4,
        "base_filters": 32,
        "num_classes": 3,
        "padding": "torch",
        "norm": {"kind": "instance", "epsilon": 1e-5},
        "activation": {"kind": "leaky_relu", "negative_slope": 0.01},
        "stem": 3,
        "block": {"kind": "residual", "repeats": [1, 3, 4, 6], "shortcut_pool": "average"},
        "down": {"kind": "strided_conv", "into_block": True},
        "up": {"kind": "transposed", "filters": "skip"},
        "decoder": {"block": "plain", "convs": 1},
        "head": {"deep_supervision": 2},
    }
    assert plan_of_config(from_dict(data)).params == 25_895_593
