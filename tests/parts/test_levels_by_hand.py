"""Networks whose levels differ, against the same networks written in Keras by hand, with their weights, in
`predict`: 1D to 3D, in both data formats."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tests.parts.networks import Network
from tests.tiers import sampled
from unetgen.model.running import predicted

pytestmark = pytest.mark.usefixtures("earlier_objects_apart")
CASES = [
    (spatial, data_format)
    for spatial in ((12,), (8, 12), (4, 8, 12))
    for data_format in ("channels_last", "channels_first")
]
"""No last axis is as long as a convolution has channels: there Keras adds its bias along that axis."""
FIRST = [((12,), "channels_first"), ((8, 12), "channels_last")]
each_case = pytest.mark.parametrize(("spatial", "data_format"), sampled(CASES, FIRST))
LEVELS: dict[str, Any] = {
    "depth": 3,
    "block": [{"kind": "plain", "convs": 1}, {"kind": "residual", "convs": 2}, {"kind": "plain", "convs": 1}],
    "norm": ["none", "batch", "instance"],
    "activation": ["relu", {"kind": "leaky_relu", "negative_slope": 0.3}, "elu"],
    "use_bias": [True, False, True],
    "down": ["average_pool", {"kind": "strided_conv", "kernel": 3, "norm": False, "activation": False}],
    "up": [{"kind": "transposed", "filters": 3}, "nearest"],
}


class Hand:
    """Keras's layers for one data format, named as the network's that they are compared with."""

    def __init__(self, net: Network) -> None:
        self.net, self.dims = net, net.config.dims
        self.format = net.config.input.data_format
        self.axis = 1 if self.format == "channels_first" else -1
        shape = net.plan.input.spec.shape(self.format)
        self.x = keras.Input(shape)

    def conv(
        self, x: Any, name: str, filters: int, kernel: int = 3, strides: int = 1, bias: bool = True
    ) -> Any:
        layer = getattr(keras.layers, f"Conv{self.dims}D")
        return layer(
            filters, kernel, strides, padding="same", use_bias=bias, data_format=self.format, name=name
        )(x)

    def rise(self, x: Any, name: str, filters: int) -> Any:
        layer = getattr(keras.layers, f"Conv{self.dims}DTranspose")
        return layer(filters, 2, 2, data_format=self.format, name=name)(x)

    def repeat(self, x: Any) -> Any:
        if self.dims > 1:
            return getattr(keras.layers, f"UpSampling{self.dims}D")(2, data_format=self.format)(x)
        return keras.ops.repeat(x, 2, axis=2 if self.axis == 1 else 1)

    def pool(self, x: Any, kind: str) -> Any:
        return getattr(keras.layers, f"{kind}Pooling{self.dims}D")(2, data_format=self.format)(x)

    def batch(self, x: Any, name: str) -> Any:
        return keras.layers.BatchNormalization(axis=self.axis, name=name)(x)

    def instance(self, x: Any, name: str) -> Any:
        return keras.layers.GroupNormalization(groups=-1, axis=self.axis, name=name)(x)

    def join(self, *tensors: Any) -> Any:
        return keras.layers.Concatenate(axis=self.axis)(list(tensors))

    def predicts_the_same(self, output: Any) -> None:
        """Whether the network ending in these scores predicts what the built one does."""
        scores = self.conv(output, "head", 2, kernel=1)
        hand = keras.Model(self.x, keras.ops.softmax(scores, axis=self.axis))
        for layer in hand.layers:
            if layer.weights:
                layer.set_weights(self.net.weights(layer.name))
        assert hand.count_params() == self.net.plan.params
        (wanted,), (found,) = predicted(hand, self.net.x), predicted(self.net.model, self.net.x)
        assert wanted.std() > 0.05
        np.testing.assert_allclose(found, wanted, atol=2e-5)


def leaky(x: Any) -> Any:
    return keras.ops.where(x > 0, x, 0.3 * x)


def encoded(hand: Hand) -> tuple[Any, Any, Any]:
    """The outputs of the encoder's levels of `LEVELS`."""
    first = keras.ops.relu(hand.conv(hand.x, "encoder_level0_conv1", 4))
    x = hand.pool(first, "Average")
    second = residual(hand, x, "encoder_level1", 8)
    x = hand.conv(second, "encoder_level2_down", 8, strides=2, bias=False)
    x = hand.instance(hand.conv(x, "encoder_level2_conv1", 16), "encoder_level2_conv1_norm")
    return first, second, keras.ops.elu(x)


def residual(hand: Hand, x: Any, place: str, filters: int) -> Any:
    """Two convolutions with batch norm and their projected input added, without any bias."""
    y = hand.batch(hand.conv(x, f"{place}_conv1", filters, bias=False), f"{place}_conv1_norm")
    y = hand.batch(hand.conv(leaky(y), f"{place}_conv2", filters, bias=False), f"{place}_conv2_norm")
    x = hand.conv(x, f"{place}_shortcut", filters, kernel=1, bias=False)
    return leaky(y + hand.batch(x, f"{place}_shortcut_norm"))


@each_case
def test_every_level_has_its_own(spatial: tuple[int, ...], data_format: str) -> None:
    hand = Hand(Network(spatial, data_format, **LEVELS, skip=["none", "concat"]))
    _, second, x = encoded(hand)
    x = residual(hand, hand.join(hand.repeat(x), second), "decoder_level1", 8)
    x = hand.rise(x, "decoder_level0_up", 3)
    hand.predicts_the_same(keras.ops.relu(hand.conv(x, "decoder_level0_conv1", 4)))


@each_case
def test_a_gate_stands_on_the_chosen_skips(spatial: tuple[int, ...], data_format: str) -> None:
    gate = {"kind": "attention", "gating": "up", "filters": 5, "norm": "none"}
    decoder = {
        "block": {"kind": "plain", "convs": 1},
        "norm": ["none", "instance"],
        "use_bias": [False, True],
    }
    hand = Hand(Network(spatial, data_format, **LEVELS, skip=["concat", gate], decoder=decoder))
    first, second, x = encoded(hand)
    up = hand.repeat(x)
    place = "decoder_level1_skip_gate"
    signal = hand.conv(second, f"{place}_theta", 5, kernel=1) + hand.conv(up, f"{place}_phi", 5, kernel=1)
    weight = keras.ops.sigmoid(hand.conv(keras.ops.relu(signal), f"{place}_psi", 1, kernel=1))
    x = hand.conv(hand.join(up, second * weight), "decoder_level1_conv1", 8)
    x = leaky(hand.instance(x, "decoder_level1_conv1_norm"))
    x = hand.join(hand.rise(x, "decoder_level0_up", 3), first)
    x = hand.conv(x, "decoder_level0_conv1", 4, bias=False)
    hand.predicts_the_same(keras.ops.relu(x))


@each_case
def test_levels_may_have_no_block(spatial: tuple[int, ...], data_format: str) -> None:
    fields = {"depth": 3, "block": ["none", {"kind": "plain", "convs": 1}, "none"], "skip": ["concat", "add"]}
    net = Network(spatial, data_format, **fields, decoder={"block": ["plain", "none"], "convs": 1})
    hand = Hand(net)
    second = keras.ops.relu(hand.conv(hand.pool(hand.x, "Max"), "encoder_level1_conv1", 8))
    x = hand.repeat(hand.pool(second, "Max")) + second
    x = hand.join(hand.repeat(x), hand.x)
    hand.predicts_the_same(keras.ops.relu(hand.conv(x, "decoder_level0_conv1", 4)))
