"""Groups of a block's convolutions: which convolutions have them, and how many weights that leaves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.networks import plan
from unetgen.errors import ConfigError
from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv

KINDS: dict[str, dict[str, Any]] = {
    "plain": {"convs": 2},
    "residual": {"convs": 2},
    "vnet": {"convs": 2},
    "bottleneck": {"ratio": 1},
    "recurrent": {"units": 1, "steps": 1},
    "dilated": {"dilations": [1, 2]},
}


def convolutions(spatial: tuple[int, ...], block: dict[str, Any], **fields: Any) -> list[tuple[Node, Conv]]:
    """Those of the blocks, with channels that four divides everywhere."""
    made = plan(spatial, **{"stem": 3, "skip": "add", "up": "transposed", "block": block, **fields})
    return [(node, node.op) for node in made.nodes if isinstance(node.op, Conv) and node.place.part is None]


@pytest.mark.parametrize("spatial", [(16,), (8, 8), (4, 4, 4)])
@pytest.mark.parametrize("kind", KINDS)
def test_convolutions_over_space_have_the_groups(kind: str, spatial: tuple[int, ...]) -> None:
    found = {
        (max(conv.kernel) > 1, conv.groups)
        for node, conv in convolutions(spatial, {"kind": kind, "groups": 4, **KINDS[kind]})
        if node.place.side != "head"
    }
    assert found <= {(True, 4), (False, 1)} and (True, 4) in found


def test_groups_may_differ_by_level_and_depthwise_has_one_for_each_channel() -> None:
    block = {"kind": "residual", "convs": 1, "groups": ["depthwise", 2]}
    found = convolutions((16,), block, decoder={"block": {"kind": "plain", "convs": 1}})
    assert [conv.groups for _, conv in found if max(conv.kernel) > 1] == [4, 2, 1]


def test_a_bottleneck_in_32_groups_is_resnext_s() -> None:
    block = {"kind": "bottleneck", "ratio": 2, "groups": 32, "repeats": 2}
    found = convolutions((8, 8), block, base_filters=256, use_bias=False, decoder={"block": "none"})
    second = [conv for node, conv in found if node.place.level == 0 and _is_second(node)]
    weights = [conv.kernel[0] ** 2 * conv.filters // conv.groups for conv in second]
    assert [conv.groups for conv in second] == [1, 32, 1]
    # Xie et al. 2017, table 1: 256 to 128, 3x3 of 128 in 32 groups, 128 to 256
    assert weights == [128, 9 * 4, 256]


def _is_second(node: Node) -> bool:
    return bool(node.place.pieces) and node.place.pieces[0].number == 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"block": {"kind": "plain", "groups": 3}},
            "block.groups: 3 groups cannot lead from the 2 channels of input to 4 filters",
        ),
        (
            {"stem": 3, "block": {"kind": "plain", "convs": 1, "groups": "depthwise"}},
            "block.groups: 12 groups cannot lead from the 12 channels of decoder_level0_skip to 4 filters",
        ),
        ({"block": {"kind": "plain", "groups": "all"}}, "block.groups: must be a positive whole number, or"),
        ({"block": {"kind": "plain", "groups": [1]}}, "block.groups: has 1 entry for 2 levels"),
        (
            {"block": [{"kind": "plain", "groups": [1, 2]}, "plain"]},
            "block.0.groups: is a list of one per level",
        ),
    ],
)
def test_what_does_not_divide_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        plan((16,), **fields)


def test_advice_is_taken() -> None:
    assert plan((16,), stem=3, skip="add", up="transposed", block={"kind": "plain", "groups": "depthwise"})
