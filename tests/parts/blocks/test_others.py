"""Dense, dilated, ConvNeXt's and depthwise separable blocks: their layers, counts and arithmetic."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from tests.ops import op_of
from tests.parts.blocks.lowering import PRE, Arithmetic, assert_computes, model_of, plan_of, sample, words
from unetgen.parts.blocks.convnext import ConvNeXtBlock
from unetgen.parts.blocks.dense import DenseBlock
from unetgen.parts.blocks.depthwise_separable import DepthwiseSeparableBlock
from unetgen.parts.blocks.dilated import DilatedBlock
from unetgen.parts.blocks.naf import NafBlock
from unetgen.parts.norms.none import NoNorm
from unetgen.plan.ops import Norm, Scale


def test_densenet_gives_each_layer_all_features_before_it() -> None:
    plan = plan_of(DenseBlock(growth=3, layers=2), (16,), (8, 8), 4, order=PRE)
    layer = ["batch", "relu", "conv3x3 3", "concat 2"]
    assert words(plan) == [*layer, *layer, "batch", "relu", "conv1x1 16"]
    channels = [node.spec.channels for node in plan.nodes if node.scope.startswith("concat")]
    assert channels == [4 + 3, 4 + 3 + 3]
    convs = 9 * 4 * 3 + 3 + 9 * 7 * 3 + 3 + 10 * 16 + 16
    assert plan.params == convs + 4 * (4 + 7 + 10)


def test_a_dense_block_concatenates_what_it_computes() -> None:
    model = model_of(plan_of(DenseBlock(growth=2, layers=2), (3,), (4, 5), 2))
    layers, x = Arithmetic(model), sample(2, 4, 5, 2)
    features = x
    for name in ("conv1", "conv2"):
        features = np.concatenate([features, layers.unit(features, name)], axis=-1)
    assert_computes(model, x, layers.unit(features, "transition"))


def test_a_dense_block_has_as_many_layers_as_its_level_says_and_a_strided_entry() -> None:
    plan = plan_of(DenseBlock(layers=(1, 3)), (8,), level=1, strides=(1, 2), norm=NoNorm())
    assert sum("concat" in word for word in words(plan)) == 3
    assert words(plan)[0] == "conv1x2 4 /1x2"


def test_a_dense_block_without_padding_crops_what_it_keeps() -> None:
    plan = plan_of(DenseBlock(layers=2), (8,), (9, 9), padding="valid")
    assert plan.nodes[-1].spec.spatial == (5, 5)


def test_resunet_a_adds_its_branches_to_the_input() -> None:
    plan = plan_of(DilatedBlock(dilations=(1, 3)), (4,), order=PRE)
    branch = ["batch", "relu", "conv3x3 4"]
    dilated = ["batch", "relu", "conv3x3 4 dilated 3"]
    assert words(plan) == [*branch * 2, *dilated * 2, "add"]
    assert plan.nodes[-1].inputs == ("input", "branch1_conv2", "branch2_conv2")


def test_a_dilated_block_enters_where_channels_or_size_change() -> None:
    assert words(plan_of(DilatedBlock(dilations=1), (8,)))[0] == "conv1x1 8"
    strided = words(plan_of(DilatedBlock(dilations=1), (4,), strides=(2, 1)))
    assert strided[0] == "conv2x1 4 /2x1"
    after = words(plan_of(DilatedBlock(dilations=((1, 2), (5,))), (4,), level=1))
    assert after == [*("conv3x3 4 dilated 5", "batch", "relu", "conv3x3 4 dilated 5", "batch"), "add", "relu"]


def test_a_dilated_block_computes_the_sum_of_its_branches() -> None:
    model = model_of(plan_of(DilatedBlock(dilations=(1, 2)), (2,), (6, 5), 2))
    layers, x = Arithmetic(model), sample(2, 6, 5, 2)
    total = x
    for name, dilation in (("branch1", 1), ("branch2", 2)):
        inner = layers.unit(x, f"{name}_conv1", dilation)
        total = total + layers.batch(layers.conv(inner, f"{name}_conv2", dilation), f"{name}_conv2_norm")
    assert_computes(model, x, np.maximum(total, 0))


def test_convnext_layer_by_layer() -> None:
    plan = plan_of(ConvNeXtBlock(), (4,))
    assert words(plan) == [
        *("conv7x7 4 in 4 groups", "layer"),
        *("conv1x1 16", "gelu", "conv1x1 4"),
        *("scale", "add"),
    ]
    assert op_of(plan.by_name["depthwise_norm"], Norm).epsilon == 1e-6
    assert op_of(plan.by_name["scale"], Scale).initial == 1e-6
    assert plan.params == (49 * 4 + 4) + 8 + (4 * 16 + 16) + (16 * 4 + 4) + 4


def test_convnext_with_the_config_s_own_kernel_norm_and_activation() -> None:
    block = ConvNeXtBlock(kernel=None, norm=None, activation=None, layer_scale=None, expansion=2)
    assert words(plan_of(block, (8,), strides=(2, 2), dropout_rate=0.1)) == [
        "conv2x2 8 /2x2",
        *("conv3x3 8 in 8 groups", "batch"),
        *("conv1x1 16", "relu", "conv1x1 8", "dropout"),
        "add",
    ]


@pytest.mark.parametrize("spatial", [(9,), (5, 8), (4, 3, 5)], ids=str)
def test_convnext_computes_what_its_layers_say(spatial: tuple[int, ...]) -> None:
    model = model_of(plan_of(ConvNeXtBlock(kernel=3), (3,), spatial, 3))
    layers, x = Arithmetic(model), sample(2, *spatial, 3)
    y = layers.depthwise(x, "depthwise")
    gamma, beta = layers.weights["depthwise_norm"]
    y = (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-6) * gamma + beta
    y = layers.conv(y, "expand")
    y = y * 0.5 * (1 + np.vectorize(math.erf)(y / math.sqrt(2)))
    y = layers.conv(y, "reduce") * layers.weights["scale"][0]
    assert_computes(model, x, x + y)


def test_naf_layer_by_layer() -> None:
    plan = plan_of(NafBlock(), (4,))
    half = ("conv1x1 4", "conv3x3 4 in 4 groups")
    assert words(plan) == [
        *("layer", *half, *half, "multiply"),
        *("globalpool", "conv1x1 4", "multiply", "conv1x1 4", "scale", "add"),
        *("layer", "conv1x1 4", "conv1x1 4", "multiply", "conv1x1 4", "scale", "add"),
    ]
    assert plan.params == 2 * (8 + 4) + 7 * (4 * 4 + 4) + 2 * (9 * 4 + 4)


@pytest.mark.parametrize("spatial", [(9,), (5, 8), (4, 3, 5)], ids=str)
def test_naf_computes_what_its_layers_say(spatial: tuple[int, ...]) -> None:
    model = model_of(plan_of(NafBlock(expansion=2), (3,), spatial, 3))
    layers, x = Arithmetic(model), sample(2, *spatial, 3)

    def normed(y: np.ndarray, name: str) -> np.ndarray:
        gamma, beta = layers.weights[name]
        return (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-6) * gamma + beta

    y = normed(x, "gated1_norm")
    value, gate = (
        layers.depthwise(layers.conv(y, f"gated1_{name}"), f"gated1_{name}_depthwise")
        for name in ("value", "gate")
    )
    mean = (value * gate).mean(tuple(range(1, len(spatial) + 1)), keepdims=True)
    y = layers.conv(value * gate * layers.conv(mean, "gated1_factor"), "gated1")
    x1 = x + y * layers.weights["scale1"][0]
    y = normed(x1, "gated2_norm")
    y = layers.conv(layers.conv(y, "gated2_value") * layers.conv(y, "gated2_gate"), "gated2")
    assert_computes(model, x, x1 + y * layers.weights["scale2"][0])


def test_mobilenet_has_norm_and_activation_between_the_two() -> None:
    assert words(plan_of(DepthwiseSeparableBlock(), (8,), strides=(1, 2))) == [
        *("conv3x3 4 /1x2 in 4 groups", "batch", "relu"),
        *("conv1x1 8", "batch", "relu"),
    ]
    assert words(plan_of(DepthwiseSeparableBlock(), (8,), order=PRE)) == [
        *("batch", "relu", "conv3x3 4 in 4 groups"),
        *("batch", "relu", "conv1x1 8"),
    ]


def test_xception_has_them_around_the_pair_and_one_bias() -> None:
    plan = plan_of(DepthwiseSeparableBlock(norm_between=False), (8, 6))
    pairs = [
        *("conv3x3 4 in 4 groups", "conv1x1 8", "batch", "relu"),
        *("conv3x3 8 in 8 groups", "conv1x1 6", "batch", "relu"),
    ]
    assert words(plan) == pairs
    assert plan.trainable_params == 9 * 4 + 4 * 8 + 8 + 16 + 9 * 8 + 8 * 6 + 6 + 12
    pre = words(plan_of(DepthwiseSeparableBlock(norm_between=False), (8,), order=PRE))
    assert pre == ["batch", "relu", "conv3x3 4 in 4 groups", "conv1x1 8"]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_separable_pair_is_keras_s_separable_convolution(data_format: str) -> None:
    plan = plan_of(DepthwiseSeparableBlock(norm_between=False), (3,), (6, 5), 2, norm=NoNorm())
    model = model_of(plan, data_format)
    x = sample(2, 6, 5, 2)
    theirs = keras.layers.SeparableConv2D(3, 3, padding="same", activation="relu")
    theirs.build((None, 6, 5, 2))
    (depthwise,) = model.get_layer("conv1_depthwise").get_weights()
    pointwise, bias = model.get_layer("conv1_pointwise").get_weights()
    theirs.set_weights([np.swapaxes(depthwise, -1, -2), pointwise, bias])
    expected = keras.ops.convert_to_numpy(theirs(x.astype("float32")))
    if data_format == "channels_first":
        x, expected = np.moveaxis(x, -1, 1), np.moveaxis(expected, -1, 1)
    assert_computes(model, x, expected)
