"""The stem: against Keras models made by hand, the stem of a ResNet, and sizes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.parts.networks import Network, config, plan
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError
from unetgen.plan.ops import TransposedConv

STRIDED: dict[str, Any] = {
    "kernel": 7,
    "strides": 2,
    "filters": 6,
    "norm": {"kind": "batch", "epsilon": 1e-5},
    "activation": "silu",
    "down": {"kind": "max_pool", "window": 3},
}


def by_hand(dims: int, data_format: str, size: int) -> keras.Model:
    """A U of two levels with one convolution each, a strided stem, a pooling behind it and two ups."""
    of = {"data_format": data_format, "padding": "same"}
    axis = 1 if data_format == "channels_first" else -1
    layer = {name: getattr(keras.layers, f"{name}{dims}D") for name in ("Conv", "MaxPooling", "UpSampling")}

    def enlarged(x: Any) -> Any:
        return layer["UpSampling"](2, **{} if dims == 1 else {"data_format": data_format})(x)

    x_in = keras.Input((2, *(size,) * dims) if axis == 1 else (*(size,) * dims, 2))
    x = layer["Conv"](6, 7, 2, **of)(x_in)
    x = keras.layers.Activation("silu")(keras.layers.BatchNormalization(axis, epsilon=1e-5)(x))
    x = layer["MaxPooling"](3, 2, **of)(x)
    skip = layer["Conv"](4, 3, activation="relu", **of)(x)
    x = layer["MaxPooling"](2, data_format=data_format)(skip)
    x = enlarged(layer["Conv"](8, 3, activation="relu", **of)(x))
    x = keras.layers.Concatenate(axis)([x, skip])
    x = layer["Conv"](4, 3, activation="relu", **of)(x)
    x = layer["Conv"](2, 1, **of)(enlarged(enlarged(x)))
    return keras.Model(x_in, keras.layers.Softmax(axis)(x))


@pytest.mark.parametrize(
    ("dims", "data_format"),
    [
        (2, "channels_first"),
        pytest.param(1, "channels_last", marks=pytest.mark.thorough),
        pytest.param(2, "channels_last", marks=pytest.mark.thorough),
        pytest.param(3, "channels_last", marks=pytest.mark.thorough),
    ],
)
def test_a_strided_stem_is_the_model_by_hand(dims: int, data_format: str) -> None:
    size = 16
    net = Network((size,) * dims, data_format, stem=STRIDED)
    oracle = by_hand(dims, data_format, size)
    oracle.set_weights(net.model.get_weights())
    found, expected = (model.predict(net.x, verbose=0) for model in (net.model, oracle))
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_stem_can_be_that_of_a_resnet() -> None:
    torch = {"padding": "torch", "use_bias": False}
    down = {"kind": "max_pool", "window": 3}
    batch = {"kind": "batch", "epsilon": 1e-5, "momentum": 0.9}
    stem = {"kernel": 7, "strides": 2, "filters": 64, "norm": batch, "down": down}
    ours = plan((64, 64), stem=stem, **torch)
    encoder = {"depth": 6, "base_filters": None, "block": "plain", "encoder": "resnet18"}
    resnet = plan((64, 64), **encoder, decoder={"filters": [4] * 5})
    ops = [str(node.op) for node in ours.nodes if node.place.part == "stem" and node.place.side == "encoder"]
    their = [node for node in resnet.nodes if node.place.side == "encoder" and node.place.level in (1, 2)]
    assert ops == [str(node.op) for node in their[: len(ops)]]
    assert [op.partition("(")[0] for op in ops] == ["Pad", "Conv", "Norm", "Activation", "Pad", "Pool"]


@pytest.mark.parametrize("topology", ["unet", "unet_plus_plus", "unet_3_plus", "dense_skip"])
@pytest.mark.parametrize("resize", ["pad_and_crop", "resize_to_skip", "pad_to_skip"])
def test_output_size_equals_input_size(topology: str, resize: str) -> None:
    stem = {"strides": 2, "down": {"kind": "average_pool", "ceil": resize != "pad_and_crop"}, "up": "linear"}
    made = plan((61, 75), depth=3, topology=topology, resize=resize, stem=stem)

    assert made.by_name[made.outputs[0]].spec.spatial == (61, 75)


def test_one_built_model_takes_every_legal_size() -> None:
    said = config((64,), stem={"strides": 3, "down": "max_pool"}, input={"shape": [None], "channels": 2})
    model = unetgen.build(said)
    for size in (12, 24, 36):
        assert model.predict(np.ones((1, size, 2)), verbose=0).shape == (1, size, 2)
    with pytest.raises(ConfigError, match=r"the nearest legal sizes are 60 and 72"):
        plan((64,), stem={"strides": 3, "down": "max_pool"})


def test_strides_per_axis_lead_back_per_axis() -> None:
    made = plan((24, 16), stem={"strides": [3, 1]}, up={"kind": "transposed", "activation": True})
    assert made.by_name["encoder_level0_conv1"].spec.spatial == (8, 16)
    up = made.by_name["head_stem_up"]
    assert isinstance(up.op, TransposedConv)
    assert (up.spec.spatial, up.spec.channels, up.op.kernel) == ((24, 16), 4, (3, 1))
    assert "head_stem_up_activation" in made.by_name


def test_coarser_heads_stay_at_their_levels_and_columns_come_back() -> None:
    deep = {"depth": 3, "stem": {"strides": 2}, "head": {"deep_supervision": 1}}
    coarser, columns = (plan((32, 32), topology=each, **deep) for each in ("unet", "unet_plus_plus"))
    sizes = [[made.by_name[name].spec.spatial for name in made.outputs] for made in (coarser, columns)]
    assert sizes == [[(32, 32), (8, 8)], [(32, 32), (32, 32)]]
    assert sum(node.place.part == "stem" and node.place.side == "head" for node in columns.nodes) == 2


def test_a_shared_decoder_comes_back_once_and_an_own_one_for_itself() -> None:
    tasks = [{"name": "a", "num_classes": 1}, {"name": "b", "num_classes": 1, "decoder": "own"}]
    made = plan((32, 32), stem={"strides": 2}, tasks=tasks)
    back = [node.name for node in made.nodes if node.place.side == "head" and node.place.part == "stem"]
    assert back == ["head_stem_up", "tasks_b_head_stem_up"]


REFUSED: dict[str, dict[str, Any]] = {
    "stem.up: does nothing where the stem keeps the input's size": {"stem": {"up": "linear"}},
    "stem.down.size: is a list of one per step, in a down of one step": {
        "stem": {"down": {"kind": "max_pool", "size": [[2, 2]]}}
    },
    "stem.strides: has 3 numbers for 2 spatial axes": {"stem": {"strides": [2, 2, 2]}},
    "stem.up.filters: is a list of one per level": {
        "stem": {"strides": 2, "up": {"kind": "transposed", "filters": ["half"]}}
    },
    "stem.up.kernel: no padding of PyTorch's gives size": {
        "padding": "torch",
        "stem": {"strides": 2, "up": {"kind": "transposed", "kernel": 1}},
    },
    "stem.norm.groups: does not divide the 4 channels": {"stem": {"norm": {"kind": "group", "groups": 3}}},
    "norm.groups: does not divide the 4 channels": {"norm": {"kind": "group", "groups": 3}, "stem": 3},
    "stem.norm: needs `norm` in the config's `order`": {
        "stem": {"norm": "batch"},
        "order": ["conv", "activation"],
    },
    "stem: strided_unet begins with a step down": {
        "stem": {"strides": 2},
        "topology": "strided_unet",
        "down": {"kind": "strided_conv", "into_block": True},
        "up": "transposed",
    },
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_is_refused(message: str) -> None:
    said: dict[str, Any] = {"input": {"shape": [32, 32]}, "depth": 2, "base_filters": 4, "num_classes": 2}
    with pytest.raises(ConfigError) as refused:
        unetgen.plan(from_dict({**said, **REFUSED[message]}))
    (problem,) = refused.value.problems
    assert str(problem).startswith(f"config: {message}")
