"""MultiResUNet's block and skip: widths, wiring, shared norms, and where they do not fit."""

from __future__ import annotations

from typing import Any

import pytest

import unetgen
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Add, Concat, Norm

BASE: dict[str, Any] = {
    "input": {"shape": [16, 24], "channels": 2},
    "depth": 3,
    "base_filters": 8,
    "num_classes": 2,
    "norm": "batch",
}


def plan_of(**more: Any) -> Plan:
    return unetgen.plan(from_dict({**BASE, **more}))


@pytest.mark.parametrize("shape", [[16], [16, 24], [8, 8, 4]])
def test_the_block_joins_the_outputs_of_its_convolutions(shape: list[int]) -> None:
    plan = plan_of(block="multires", input={"shape": shape, "channels": 2})
    block = [n for n in plan.nodes if n.place.side == "encoder" and n.place.level == 0]
    (concat,) = (n for n in block if isinstance(n.op, Concat))
    widths = [plan.by_name[name].spec.channels for name in concat.inputs]
    assert widths == [int(8 * 1.67 * share) for share in (0.167, 0.333, 0.5)] == [2, 4, 6]
    assert [plan.by_name[name].place.scope for name in concat.inputs] == [
        f"encoder/level0/conv{number}" for number in (1, 2, 3)
    ]
    (added,) = (n for n in block if isinstance(n.op, Add))
    assert [plan.by_name[name].op.words() for name in added.inputs] == ["batch norm"] * 2
    assert block[-1].spec.channels == 12 and block[-1].op.words() == "relu"


@pytest.mark.parametrize("channels", [1, 3])
def test_both_counts_are_biapy_s(channels: int) -> None:
    plan = unetgen.plan(unetgen.load("multires_unet", [f"input.channels={channels}"]))
    assert plan.trainable_params == {1: 7_251_074, 3: 7_251_320}[channels]


def test_a_path_has_as_many_blocks_as_there_are_levels_below() -> None:
    plan = plan_of(skip="res_path")
    paths = [n for n in plan.nodes if n.place.part == "skip" and isinstance(n.op, Add)]
    assert [node.place.level for node in paths] == [1, 0, 0]
    fixed = plan_of(skip=[{"kind": "res_path", "length": 1}, "concat"])
    assert [n.place.level for n in fixed.nodes if n.place.part == "skip" and isinstance(n.op, Add)] == [0]
    first = next(n for n in plan.nodes if n.place.level == 0 and n.place.part == "skip")
    assert plan.by_name[first.inputs[0]].place.side == "encoder"


def test_a_repeated_norm_has_one_set_of_weights() -> None:
    once, twice = plan_of(skip="res_path"), plan_of(skip={"kind": "res_path", "repeated_norm": True})
    assert once.params == twice.params
    shared = [node for node in twice.nodes if node.weights_of]
    assert len(shared) == 3 and not [node for node in once.nodes if node.weights_of]
    assert all(isinstance(node.op, Norm) and node.place.ends_with("norm") for node in shared)  # type: ignore[arg-type]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"block": "multires", "padding": "valid"}, "padding: a multires block needs padded convolutions"),
    ({"skip": "res_path", "padding": "valid"}, "padding: a res_path skip needs padded convolutions"),
    ({"block": "multires", "topology": "strided_unet"}, "the multires block that ends the network gives"),
    ({"skip": "res_path", "topology": "unet_3_plus"}, "unet_3_plus does not join its tensors that way"),
]


@pytest.mark.parametrize(("more", "message"), WRONG)
def test_what_does_not_fit_is_refused(more: dict[str, Any], message: str) -> None:
    shape = {"input": {"shape": [92, 92], "channels": 2}}
    with pytest.raises(ConfigError) as caught:
        plan_of(**shape, **more)
    assert message in str(caught.value)
