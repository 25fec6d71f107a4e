"""UNet 3+, against the paper's figure 2 and the count of the authors' code."""

from __future__ import annotations

import pytest

import unetgen
from tests.parts.topologies.made import config_of, convolutions, factor, plan_of, sources
from unetgen.errors import ConfigError

THREE_PLUS = {"topology": {"kind": "unet_3_plus", "cat_filters": 3}, "up": "linear"}


def test_the_count_of_the_authors_code() -> None:
    assert unetgen.plan(unetgen.load("unet_3_plus")).trainable_params == 26_971_777


def test_every_level_joins_every_scale_from_the_finest_to_the_bottom() -> None:
    plan = plan_of(depth=4, **THREE_PLUS, skip={"kind": "concat", "order": "skip_first"})
    for level in range(3):
        at = f"decoder/level{level}/skip"
        finer = [f"{at}/from_encoder{k}" for k in range(level + 1)]
        coarser = [f"{at}/from_decoder{k}" for k in range(level + 1, 4)]
        assert sources(plan, f"decoder_level{level}_skip") == finer + coarser


def test_up_first_puts_the_decoder_s_before_the_encoder_s() -> None:
    plan = plan_of(**THREE_PLUS, skip={"kind": "concat", "order": "up_first"})
    at = "decoder/level1/skip"
    assert sources(plan, "decoder_level1_skip") == [
        f"{at}/from_decoder2",
        f"{at}/from_encoder0",
        f"{at}/from_encoder1",
    ]


def test_channels_of_every_convolution() -> None:
    plan = plan_of(**THREE_PLUS)
    assert convolutions(plan) == {
        "encoder/level0/conv1": (1, 2),
        "encoder/level1/conv1": (2, 4),
        "encoder/level2/conv1": (4, 8),
        "decoder/level1/skip/from_encoder0": (2, 3),
        "decoder/level1/skip/from_encoder1": (4, 3),
        "decoder/level1/skip/from_decoder2": (8, 3),
        "decoder/level1/conv1": (9, 9),  # cat_filters * depth
        "decoder/level0/skip/from_encoder0": (2, 3),
        "decoder/level0/skip/from_decoder1": (9, 3),
        "decoder/level0/skip/from_decoder2": (8, 3),
        "decoder/level0/conv1": (9, 9),
        "head": (9, 1),
    }


def test_without_cat_filters_they_are_those_of_the_first_level() -> None:
    found = convolutions(plan_of(topology="unet_3_plus"))
    assert found["decoder/level1/skip/from_encoder1"] == (4, 2)
    assert found["decoder/level1/conv1"] == (6, 6)


def test_the_decoder_s_own_filters_win() -> None:
    found = convolutions(plan_of(**THREE_PLUS, decoder={"convs": 2, "filters": [[5, 6], [7, 8]]}))
    assert found["decoder/level1/conv1"] == (9, 7)
    assert found["decoder/level1/conv2"] == (7, 8)
    assert found["decoder/level0/skip/from_decoder1"] == (8, 3)


def test_factors_across_levels_are_the_products_of_the_steps_per_axis() -> None:
    size = [[1, 2], [3, 2], [2, 2]]
    plan = plan_of(depth=4, input={"shape": [12, 16]}, down={"kind": "max_pool", "size": size}, **THREE_PLUS)
    assert factor(plan, "decoder_level2_skip_from_encoder0_pool") == (3, 4)
    assert factor(plan, "decoder_level2_skip_from_encoder1_pool") == (3, 2)
    assert factor(plan, "decoder_level0_skip_from_decoder3_up") == (6, 8)
    assert factor(plan, "decoder_level1_skip_from_decoder3_up") == (6, 4)


@pytest.mark.parametrize("policy", ["resize_to_skip", "centre_crop", "pad_and_crop"])
def test_odd_sizes_meet_under_each_policy(policy: str) -> None:
    plan = plan_of(depth=4, input={"shape": [27, 30]}, resize=policy, **THREE_PLUS)
    joined = plan.by_name["decoder_level1_skip"]
    assert len({plan.by_name[name].spec.spatial for name in joined.inputs}) == 1
    (output,) = plan.output_shapes
    assert output == ((24, 24, 1) if policy == "centre_crop" else (27, 30, 1))


def test_heads_reach_down_to_the_bottom() -> None:
    head = {"activation": "linear", "deep_supervision": 2}
    plan = plan_of(**THREE_PLUS, head=head)
    assert plan.output_shapes == ((16, 1), (8, 1), (4, 1))
    assert sources(plan, "head_level2") == ["encoder/level2/conv1"]
    with pytest.raises(ConfigError, match="depth 3 has 2 coarser levels"):
        config_of(**THREE_PLUS, head={"deep_supervision": 3})


def test_only_a_concatenation_joins_them() -> None:
    with pytest.raises(ConfigError, match=r"skip.*unet_3_plus does not join its tensors that way.*concat"):
        config_of(**THREE_PLUS, skip="add")
