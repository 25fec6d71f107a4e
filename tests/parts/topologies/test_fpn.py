"""The feature pyramid: what each level takes, and what all of them come to. Outputs: tests/parity."""

from __future__ import annotations

from typing import Any

import pytest

import unetgen
from tests.parts.networks import config, plan
from unetgen.errors import ConfigError
from unetgen.plan.ops import Conv, Upsample

PYRAMID = {"kind": "fpn", "pyramid_filters": 6, "filters": 5}


def made(spatial: tuple[int, ...] = (16, 16), **fields: Any) -> Any:
    topology = {**PYRAMID, **fields.pop("topology", {})}
    return plan(spatial, depth=4, topology=topology, up="nearest", **fields)


@pytest.mark.parametrize("finest", [0, 1, 2])
@pytest.mark.parametrize("spatial", [(16,), (16, 8), (8, 16, 8)])
def test_the_pyramid_counts_by_hand(spatial: tuple[int, ...], finest: int) -> None:
    network = made(spatial, topology={"finest": finest})
    taps, levels = 3 ** len(spatial), range(finest, 4)
    laterals = sum(4 * 2**level * 6 + 6 for level in levels)
    first = len(levels) * (taps * 6 * 5 + 5)
    later = sum(max(level - finest - 1, 0) for level in levels) * (taps * 5 * 5 + 5)
    own = [node for node in network.nodes if node.place.side in ("nested", "decoder")]
    assert sum(network.params_of(node) for node in own) == laterals + first + later


def test_each_branch_goes_up_step_by_step_to_the_finest_level() -> None:
    network = made(topology={"finest": 1})
    for level in (1, 2, 3):
        branch = [node for node in network.nodes if f"from_decoder{level}" in node.scope]
        assert sum(isinstance(node.op, Conv) for node in branch) == max(level - 1, 1)
        ups = [node.op for node in branch if isinstance(node.op, Upsample)]
        assert ups == [Upsample((2, 2), "linear_align_corners")] * (level - 1)
    assert network.by_name["decoder_level1_skip"].spec.spatial == (8, 8)


def test_a_head_brings_the_scores_to_the_input_size() -> None:
    at_level_1 = made(topology={"finest": 1})
    assert at_level_1.by_name[at_level_1.outputs[0]].spec.spatial == (8, 8)
    up = made(topology={"finest": 1}, head={"upsample": "linear"}).by_name["head_up"]
    assert up.op == Upsample((2, 2), "linear") and up.spec.spatial == (16, 16)


def test_concatenated_branches_keep_their_channels() -> None:
    assert made(topology={"merge": "concat"}).by_name["decoder_level0_skip"].spec.channels == 4 * 5


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"topology": {**PYRAMID, "finest": 3}}, r"topology.finest: a pyramid of depth 4 ends at one of"),
        ({"skip": "add", "topology": PYRAMID}, r"skip: does nothing where the decoder has no blocks"),
        ({"decoder": {"convs": 3}, "topology": PYRAMID}, r"decoder.convs: does nothing where the decoder"),
        (
            {"up": {"kind": "transposed", "filters": "half"}, "topology": PYRAMID},
            r"up.filters: gives 3 channels to a pyramid of 6",
        ),
        (
            {"head": {"deep_supervision": 1}, "topology": PYRAMID},
            r"head.deep_supervision: a network of depth 4 has no",
        ),
        (
            {"topology": PYRAMID, "head": {"upsample": "linear"}},
            r"head.upsample: the decoder ends at the input",
        ),
        (
            {"encoder": "resnet18", "base_filters": None, "block": "plain", "topology": PYRAMID},
            r"topology.finest: the encoder gives nothing at level 0 .*use a coarser one",
        ),
    ],
)
def test_what_a_pyramid_does_not_take_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        unetgen.plan(config((64, 64), **{"depth": 4, **fields}))


def test_sizes_that_do_not_divide_are_resized_where_the_policy_says_so() -> None:
    network = made((13, 22), topology={"finest": 1}, head={"upsample": "linear"}, resize="resize_to_skip")
    assert network.by_name["head_up"].spec.spatial == (13, 22)
