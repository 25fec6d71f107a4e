"""Skips that take a tensor inside a level's block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError

PLAIN = {"block": {"kind": "plain", "convs": 2}, "norm": "batch", "depth": 3}
KINDS: dict[str, Any] = {"concat": {}, "crop": {}, "add": {}, "attention": {"gating": "up"}}


def taken(kind: str, take: str, **fields: Any) -> list[str]:
    """What the skips of levels 0 and 1 take of the encoder."""
    nodes = plan((16, 16), **{**PLAIN, "skip": {"kind": kind, "take": take, **KINDS[kind]}, **fields}).nodes
    return [
        name
        for level in (0, 1)
        for name in dict.fromkeys(
            name
            for node in nodes
            if node.place.part == "skip" and node.place.level == level
            for name in node.inputs
            if name.startswith(f"encoder_level{level}") or name == "input"
        )
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_takes_what_is_said(kind: str) -> None:
    ends = ["encoder_level0_conv2_activation", "encoder_level1_conv2_activation"]
    assert taken(kind, "end") == ends
    assert taken(kind, "before_last_conv") == [name.replace("conv2", "conv1") for name in ends]
    assert taken(kind, "before_block") == ["input", "encoder_level1_down"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"block": {"kind": "residual"}}, "conv1_activation"),
        ({"block": {"kind": "residual", "repeats": 2}}, "block2_conv1_activation"),
        ({"order": ["norm", "activation", "conv"]}, "conv2_activation"),
        ({"block": {"kind": "plain", "convs": 2, "squeeze_excitation": "channel"}}, "conv1_activation"),
        ({"padding": "torch"}, "conv1_activation"),
        ({"padding": "torch", "down": {"kind": "strided_conv", "into_block": True}}, "conv1_activation"),
    ],
)
def test_it_is_what_the_last_convolution_of_the_block_takes(fields: dict[str, Any], expected: str) -> None:
    assert taken("concat", "before_last_conv", **fields)[1] == f"encoder_level1_{expected}"


@pytest.mark.parametrize(("spatial", "order"), [((12,), "channels_last"), ((4, 8, 4), "channels_first")])
def test_the_decoder_sees_the_values_of_that_tensor(spatial: tuple[int, ...], order: str) -> None:
    net = Network(spatial, order, **PLAIN | {"depth": 2}, skip={"kind": "concat", "take": "before_last_conv"})
    inner, up, joined = net.outputs(
        "encoder_level0_conv1_activation", "decoder_level0_up", "decoder_level0_skip"
    )
    np.testing.assert_array_equal(joined, np.concatenate([up, inner], axis=-1))
    assert inner.std() > 0.1


def test_levels_differ_and_valid_convolutions_crop() -> None:
    skips = [{"kind": "concat", "take": "before_block"}, "concat"]
    made = plan((44, 44), **PLAIN, skip=skips, padding="valid").by_name
    assert made["decoder_level0_skip_crop"].inputs == ("input",)
    assert made["decoder_level1_skip_crop"].inputs == ("encoder_level1_conv2_activation",)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"skip": {"kind": "concat", "take": "before_block"},
          "down": {"kind": "strided_conv", "into_block": True}},
         "skip.take: the block of level 1 takes the strides"),
        ({"skip": ["add", {"kind": "add", "take": "before_block"}], "block": ["plain", "none", "plain"]},
         "skip.1.take: level 1 has no block"),
        ({"skip": {"kind": "concat", "take": "before_block"}, "topology": "unet_plus_plus"},
         "skip.take: unet_plus_plus joins the outputs of levels"),
        ({"skip": {"kind": "concat", "take": "before_block"}, "encoder": "resnet18", "base_filters": None,
          "block": "plain", "decoder": {"filters": [4, 4]}, "norm": "none"},
         "skip.take: the encoder chooses what it hands over"),
    ],
)  # fmt: skip
def test_where_there_is_no_such_tensor_it_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        plan((32, 32), **{**PLAIN, **fields})
    assert str(refused.value).startswith(f"config: {message}")
