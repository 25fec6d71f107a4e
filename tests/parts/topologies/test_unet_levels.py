"""A U whose decoder has the levels that it is given. Outputs: tests/parity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, config, plan
from unetgen.errors import ConfigError
from unetgen.plan.ops import Upsample


def made(levels: list[int], spatial: tuple[int, ...] = (16, 8), **fields: Any) -> Any:
    return plan(spatial, depth=4, topology={"kind": "unet", "levels": levels}, up="nearest", **fields)


def test_all_levels_are_the_u_itself() -> None:
    assert made([0, 1, 2]).fingerprint == plan((16, 8), depth=4, up="nearest").fingerprint


@pytest.mark.parametrize(("levels", "factors"), [([1], [4]), ([0, 2], [2, 4]), ([0], [8])])
def test_a_step_passes_the_levels_that_are_left_out(levels: list[int], factors: list[int]) -> None:
    network = made(levels, (16, 8, 8))
    ups = [node for node in network.nodes if isinstance(node.op, Upsample)]
    assert [node.place.level for node in ups] == levels[::-1]
    assert [node.op.size for node in ups] == [(factor,) * 3 for factor in factors]
    joined = network.by_name[f"decoder_level{levels[0]}_skip"]
    assert joined.inputs[1].startswith(f"encoder_level{levels[0]}")


def test_the_bottom_alone_can_have_the_head() -> None:
    network = made([], head={"upsample": "nearest"})
    assert not any(node.place.side == "decoder" for node in network.nodes)
    assert network.by_name["head_up"].op == Upsample((8, 8), "nearest")


def test_deep_supervision_stands_on_its_levels_and_the_bottom() -> None:
    network = made([1], head={"deep_supervision": 1})
    assert [shape[0] for shape in network.output_shapes] == [8, 2]
    with pytest.raises(ConfigError, match=r"head.deep_supervision: .*has 1 coarser level"):
        made([1], head={"deep_supervision": 2})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"levels": [2, 1]},
            r"topology.levels: must go from the finest level to the coarsest \(got \[2, 1\]\)",
        ),
        ({"levels": [1, 1]}, r"topology.levels: must go from the finest"),
        ({"levels": 1}, r"topology.levels: must be a list of levels \(got 1\); write it as \[2\]"),
        ({"levels": [0, 3]}, r"topology.levels.1: a decoder below depth 4 has levels 0 to 2 \(got 3\)"),
        ({"levels": [-1]}, r"topology.levels.0: must be at least 0"),
    ],
)
def test_wrong_levels_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config((16, 8), depth=4, topology={"kind": "unet", **fields})
        plan((16, 8), depth=4, topology={"kind": "unet", **fields})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"padding": "valid"}, r"head.upsample: what is cut off on the way cannot come back"),
        ({"resize": "centre_crop"}, r"head.upsample: what is cut off on the way cannot come back"),
    ],
)
def test_scores_that_miss_the_edges_are_not_up_sampled(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        made([1], (64, 64), head={"upsample": "linear"}, **fields)


def test_a_padded_input_needs_an_output_of_its_size() -> None:
    with pytest.raises(ConfigError, match=r"resize: the decoder ends at level 1.*set `head.upsample`"):
        made([1], (13, 9), resize="pad_and_crop")
    up = made([1], (13, 9), resize="pad_and_crop", head={"upsample": "linear"})
    assert up.output_shapes[0][:2] == (13, 9)


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_up_sampled_scores_lie_between_those_beside_them(data_format: str) -> None:
    levels = {"topology": {"kind": "unet", "levels": []}, "bottleneck": "none"}
    head = {"upsample": "linear_align_corners", "activation": "linear"}
    net = Network((12,), data_format, **levels, head=head, depth=3)
    scores, found = net.outputs("head", "head_up")
    places = np.linspace(0, 2, 12)
    expected = [[np.interp(places, range(3), row[:, c]) for c in range(2)] for row in scores]
    np.testing.assert_allclose(found, np.moveaxis(np.array(expected), 1, -1), rtol=1e-4, atol=1e-4)
