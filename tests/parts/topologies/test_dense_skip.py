"""The U with skips of several levels: which ones, their sizes, and when they can be added."""

from __future__ import annotations

import pytest

from tests.parts.topologies.made import config_of, convolutions, factor, plan_of, sources
from unetgen.errors import ConfigError


def joined(level: int, **topology: object) -> list[str]:
    """What decoder level `level` of four levels joins, by the last part of its scope."""
    plan = plan_of(depth=4, topology={"kind": "dense_skip", **topology}, up="linear")
    names = sources(plan, f"decoder_level{level}_skip")
    return [name.removeprefix(f"decoder/level{level}/").removesuffix("/conv1") for name in names]


@pytest.mark.parametrize(
    ("level", "from_levels", "reach", "others"),
    [
        (0, "finer", None, []),
        (2, "finer", None, ["skip/from_encoder0", "skip/from_encoder1"]),
        (2, "finer", 1, ["skip/from_encoder1"]),
        (0, "coarser", None, ["skip/from_encoder1/up", "skip/from_encoder2/up"]),
        (0, "coarser", 1, ["skip/from_encoder1/up"]),
        (2, "coarser", None, []),  # the bottom is no skip
        (1, "all", None, ["skip/from_encoder0", "skip/from_encoder2/up"]),
    ],
)
def test_a_level_joins_its_own_output_and_then_the_others(
    level: int, from_levels: str, reach: int | None, others: list[str]
) -> None:
    found = joined(level, from_levels=from_levels, reach=reach)
    assert found == ["up", f"encoder/level{level}", *others]


def test_channels_add_up_and_sizes_are_the_level_s() -> None:
    plan = plan_of(depth=4, topology="dense_skip", up="linear")
    found = convolutions(plan)
    assert found["decoder/level2/conv1"] == (16 + 8 + 2 + 4, 8)
    assert found["decoder/level1/conv1"] == (8 + 4 + 2 + 8, 4)
    assert found["decoder/level0/conv1"] == (4 + 2 + 4 + 8, 2)
    assert factor(plan, "decoder_level2_skip_from_encoder0_pool") == (4,)
    assert factor(plan, "decoder_level0_skip_from_encoder2_up") == (4,)


def test_a_projection_lets_them_be_added() -> None:
    topology = {"kind": "dense_skip", "projection": True}
    plan = plan_of(depth=4, topology=topology, skip="add", up="linear")
    added = plan.by_name["decoder_level1_skip"]
    assert [plan.by_name[name].spec.shape("channels_last") for name in added.inputs] == [(8, 4)] * 4
    with pytest.raises(ConfigError, match=r"cannot be added.*projection: true"):
        config_of(depth=4, topology="dense_skip", skip="add", up="linear")


@pytest.mark.parametrize("policy", ["resize_to_skip", "centre_crop", "pad_and_crop"])
def test_odd_sizes_meet_under_each_policy(policy: str) -> None:
    plan = plan_of(depth=4, input={"shape": [27]}, topology="dense_skip", resize=policy)
    assert plan.output_shapes == (((24, 1),) if policy == "centre_crop" else ((27, 1),))


@pytest.mark.parametrize(("down", "size"), [("max_pool", 6), ("strided_conv", 7)])
def test_pooling_across_levels_rounds_as_the_steps_between_them_do(down: str, size: int) -> None:
    # 27 is 13, 6 by pooling that drops what is left over, and 14, 7 by padded strided convolutions.
    plan = plan_of(depth=4, input={"shape": [27]}, topology="dense_skip", down=down, resize="resize_to_skip")
    pooled = plan.by_name["decoder_level2_skip_from_encoder0_pool"]
    assert pooled.spec.spatial == plan.by_name["encoder_level2_conv1"].spec.spatial == (size,)
