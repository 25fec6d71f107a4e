"""The strided U-Net, against the layers and the counts of MONAI's."""

from __future__ import annotations

from typing import Any

import pytest

import unetgen
from tests.parts.topologies.made import config_of, plan_of
from unetgen.analysis.sizes import size_multiple
from unetgen.errors import ConfigError

STRIDED: dict[str, Any] = {
    "topology": "strided_unet",
    "down": {"kind": "strided_conv", "into_block": True},
    "up": {"kind": "transposed", "kernel": 4},
    "skip": {"kind": "concat", "order": "skip_first"},
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("monai_unet2d", 6_144), ("monai_unet2d_deep", 41_453), ("monai_unet3d_spleen", 4_808_917)],
)
def test_the_counts_of_monai(name: str, expected: int) -> None:
    assert unetgen.plan(unetgen.load(name)).trainable_params == expected


def test_the_layers_of_monai_s_network_with_residual_units() -> None:
    # Channels 4, 8, 16 and strides 2, 2: each unit's first convolution and its shortcut are strided, the
    # bottom is not; each up-sampling leads to the next finer width, and the last one to the class.
    plan = unetgen.plan(unetgen.load("monai_unet2d"))
    rows = [
        (node.name, node.spec.shape("channels_last"), plan.params_of(node))
        for node in plan.nodes
        if type(node.op).__name__ in ("Conv", "TransposedConv", "Crop", "Concat", "Add")
    ]
    assert rows == [
        ("encoder_level0_conv1", (32, 32, 4), 9 * 1 * 4 + 4),
        ("encoder_level0_conv2", (32, 32, 4), 9 * 4 * 4 + 4),
        ("encoder_level0_shortcut", (32, 32, 4), 9 * 1 * 4 + 4),
        ("encoder_level0_add", (32, 32, 4), 0),
        ("encoder_level1_conv1", (16, 16, 8), 9 * 4 * 8 + 8),
        ("encoder_level1_conv2", (16, 16, 8), 9 * 8 * 8 + 8),
        ("encoder_level1_shortcut", (16, 16, 8), 9 * 4 * 8 + 8),
        ("encoder_level1_add", (16, 16, 8), 0),
        ("encoder_level2_conv1", (16, 16, 16), 9 * 8 * 16 + 16),
        ("encoder_level2_conv2", (16, 16, 16), 9 * 16 * 16 + 16),
        ("encoder_level2_shortcut", (16, 16, 16), 8 * 16 + 16),
        ("encoder_level2_add", (16, 16, 16), 0),
        ("decoder_level1_skip", (16, 16, 8 + 16), 0),
        ("decoder_level1_up", (33, 33, 4), 9 * 24 * 4 + 4),
        ("decoder_level1_up_crop", (32, 32, 4), 0),
        ("decoder_level1_conv1", (32, 32, 4), 9 * 4 * 4 + 4),
        ("decoder_level1_add", (32, 32, 4), 0),
        ("decoder_level0_skip", (32, 32, 4 + 4), 0),
        ("head_up", (65, 65, 1), 9 * 8 * 1 + 1),
        ("head_up_crop", (64, 64, 1), 0),
        ("head_conv1", (64, 64, 1), 9 * 1 * 1 + 1),
        ("head_add", (64, 64, 1), 0),
    ]
    slopes = [node.name for node in plan.nodes if type(node.op).__name__ == "PRelu"]
    assert slopes[-2:] == ["decoder_level1_conv1_activation", "head_up_activation"]
    assert [plan.params_of(plan.by_name[name]) for name in slopes] == [1] * 9


def test_without_blocks_the_up_samplings_are_the_decoder() -> None:
    plan = unetgen.plan(unetgen.load("monai_unet2d_deep"))
    decoder = [node.name for node in plan.nodes if node.scope.startswith(("decoder", "head"))]
    step = ["skip", "up", "up_norm", "up_activation"]
    expected = [f"decoder_level{level}_{name}" for level in (3, 2, 1) for name in step]
    assert [name for name in decoder if not name.endswith("crop")] == [
        *expected,
        "decoder_level0_skip",
        "head_up",
        "head_activation",
    ]


def test_step_i_leads_into_level_i_and_the_bottom_keeps_its_size() -> None:
    size = [[2, 3], [1, 2], [2, 1]]
    down = {**STRIDED["down"], "size": size}
    plan = plan_of(**STRIDED | {"down": down}, depth=4, input={"shape": [8, 12]})
    sizes = [plan.by_name[f"encoder_level{level}_conv1"].spec.spatial for level in range(4)]
    assert sizes == [(4, 4), (4, 2), (2, 2), (2, 2)]
    assert plan.output_shapes == ((8, 12, 1),)
    assert size_multiple(plan) == (4, 6)


def test_a_stem_stands_before_the_first_step_down() -> None:
    plan = plan_of(**STRIDED, stem=3)
    assert plan.by_name["encoder_level0_stem"].spec.spatial == (16,)
    assert plan.by_name["encoder_level0_conv1"].spec.spatial == (8,)


@pytest.mark.parametrize("policy", ["resize_to_skip", "pad_and_crop"])
@pytest.mark.parametrize("blocks", [True, False])
def test_an_odd_input_comes_back_at_its_size(policy: str, blocks: bool) -> None:
    topology = {"kind": "strided_unet", "decoder_blocks": blocks}
    change = STRIDED | {"topology": topology, "down": "max_pool"}
    assert plan_of(**change, input={"shape": [27]}, resize=policy).output_shapes == ((27, 1),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"head": {"deep_supervision": 1}}, "has no coarser level .*; leave it out$"),
        ({"head": {"kernel": 3}}, "head.kernel: strided_unet has no convolution to the classes"),
        ({"head": {"use_bias": False}}, "head.use_bias: strided_unet has no convolution to the classes"),
        (
            {"up": "nearest", "topology": {"kind": "strided_unet", "decoder_blocks": False}},
            "up: the last up-sampling gives 14 channels for 1 class; choose an `up` with",
        ),
    ],
)
def test_what_it_cannot_have_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_of(**STRIDED | change)
