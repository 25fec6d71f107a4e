"""Every rewrite on generated configs, 1D to 3D, where it applies, whether it pays or not.

Half of the configs are made exact with integers: ReLU and batch normalization, no gates, no averages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from tests.rewrites.checking import applied, assert_equivalent, plan_of
from tests.strategies import config_data
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv
from unetgen.rewrites import FOR_TRAINING, REWRITES

EXAMPLES = 3
"""Rewritten plans per test below; hundreds were tried when a rewrite was written."""
LARGEST = 45
"""Nodes of a plan that is built here: Keras takes a second for each 30."""


def made_exact(data: dict[str, Any]) -> dict[str, Any]:
    """`data` with nothing in it that divides or leaves the integers."""
    exact = data | {"activation": "relu", "bottleneck": {"kind": "none"}, "decoder": None}
    for field, change in EXACT.items():
        value = data[field]
        exact[field] = [change(each) for each in value] if isinstance(value, list) else change(value)
    return exact


def _block(block: dict[str, Any]) -> dict[str, Any]:
    if block["kind"] in ("cmunext", "cmunext_fusion", "convnext", "naf", "none"):
        return block if block["kind"] == "none" else {"kind": "plain"}
    return block | {"squeeze_excitation": None}


def _down(down: dict[str, Any]) -> dict[str, Any]:
    divides = down["kind"] in ("average_pool", "blur_pool", "mednext")
    return {"kind": "max_pool", "size": down["size"]} if divides else down


def _skip(skip: dict[str, Any] | str) -> dict[str, Any]:
    kind = skip if isinstance(skip, str) else skip["kind"]
    gates = kind in ("attention", "fusion_attention", "global_attention")
    return {"kind": "concat"} if gates or isinstance(skip, str) else skip


def _up(up: dict[str, Any] | str) -> dict[str, Any]:
    return {"kind": "nearest"} if isinstance(up, str) or up["kind"] in ("linear", "mednext") else up


EXACT: dict[str, Callable[[Any], Any]] = {
    "block": _block,
    "norm": lambda norm: norm if norm == "none" else "batch",
    "down": _down,
    "skip": _skip,
    "up": _up,
}
"""What is made of each kind, by its field."""


def _is_quick(plan: Plan) -> bool:
    """Not too many layers, and no grouped convolutions: each of these Keras compiles with XLA on a CPU."""
    grouped = any(isinstance(node.op, Conv) and node.op.groups > 1 for node in plan.nodes)
    return len(plan.nodes) <= LARGEST and not grouped


@pytest.mark.parametrize("exact", [True, False], ids=["integers", "any"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_rewritten_plans_compute_the_same(dims: int, exact: bool) -> None:
    found = 0

    @settings(
        max_examples=5 * EXAMPLES,  # for so many that are refused, large, or not rewritten
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(10 * dims + exact)
    @given(data=config_data(dims, "channels_last", deepest=3))
    def compare(data: dict[str, Any]) -> None:
        nonlocal found
        if found == EXAMPLES:
            return
        plan = plan_of(made_exact(data) if exact else data)
        assume(plan is not None and _is_quick(plan))
        assert isinstance(plan, Plan)
        rewrites = FOR_TRAINING if found % 2 else REWRITES
        done = applied(plan, rewrites)
        assume(done.steps)
        assert_equivalent(done, float32=False)
        found += 1

    compare()
    assert found >= EXAMPLES
