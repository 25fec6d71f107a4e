"""The bottom has its own block, norm and bias, and groups fall back wherever there are groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.networks import plan
from unetgen.errors import ConfigError
from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv, Norm


def test_the_bottom_has_a_block_a_norm_an_activation_and_biases_of_its_own() -> None:
    nodes = plan(
        (16, 16),
        depth=3,
        block=["plain", "plain", {"kind": "residual", "repeats": 2}],
        norm=["batch", "batch", {"kind": "instance", "epsilon": 1e-5}],
        activation=["relu", "relu", "silu"],
        use_bias=[False, False, True],
        kernel=[[3, 3], [3, 3], [5, 1]],
        dropout=[0.0, 0.0, 0.5],
    ).nodes
    bottom = [node for node in nodes if (node.place.side, node.place.level) == ("encoder", 2)]
    others = [node for node in nodes if node.place.side in ("encoder", "decoder") and node not in bottom]
    assert {node.place.pieces[0].name for node in bottom if node.place.pieces} == {"block"}
    assert {node.op for node in bottom if isinstance(node.op, Norm)} == {Norm("instance", 1e-5)}
    assert {node.op for node in others if isinstance(node.op, Norm)} == {Norm("batch", 1e-3, 0.99)}
    assert _convs(bottom) == {(True, (5, 1)), (False, (1, 1))}  # and the shortcut's projection
    assert _convs(others) == {(False, (3, 3))}
    assert [node.place.level for node in nodes if type(node.op).__name__ == "Dropout"] == [2] * 4


def _convs(nodes: list[Node]) -> set[tuple[bool, tuple[int, ...]]]:
    return {(node.op.use_bias, node.op.kernel) for node in nodes if isinstance(node.op, Conv)}


GROUPS = {"kind": "group", "groups": 4, "fallback": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"norm": GROUPS, "order": ["norm", "conv", "activation"]},
        {"norm": [GROUPS, {"kind": "group", "groups": 4}], "order": ["norm", "conv", "activation"]},
        {"norm": "batch", "decoder": {"norm": GROUPS, "filters": [6]}},
        {"norm": "batch", "skip": {"kind": "attention", "gating": "up", "norm": GROUPS, "filters": 6}},
        {"norm": "batch", "stem": {"filters": 6, "norm": GROUPS}},
        {"norm": "batch", "up": {"kind": "transposed", "filters": 6, "norm": GROUPS}},
        {"norm": "batch", "down": {"kind": "strided_conv", "filters": 6, "norm": GROUPS}},
        {"norm": GROUPS, "block": {"kind": "convnext", "norm": GROUPS}, "base_filters": 6, "stem": 3},
    ],
)
def test_groups_fall_back_wherever_they_do_not_divide(fields: dict[str, Any]) -> None:
    ops = [(n.op, n.spec.channels) for n in plan((16, 16), **fields).nodes if isinstance(n.op, Norm)]
    odd = {op.groups for op, channels in ops if op.method == "group" and channels % 4}
    assert odd == {1}
    with pytest.raises(ConfigError, match=r"groups: does not divide"):
        plan((16, 16), **without_fallback(fields))


def without_fallback(value: Any) -> Any:
    """The same fields without a fallback."""
    if isinstance(value, dict):
        return {key: without_fallback(each) for key, each in value.items() if key != "fallback"}
    return [without_fallback(each) for each in value] if isinstance(value, list) else value
