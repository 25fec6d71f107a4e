"""Every rewrite on generated configs, 1D to 3D, where it applies, whether it pays or not.

Half of the configs are made exact with integers: ReLU and batch normalization, no gates, no averages.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from tests.rewrites.checking import applied, assert_equivalent, plan_of
from tests.strategies import config_data
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv
from unetgen.rewrites import FOR_TRAINING, REWRITES

pytestmark = pytest.mark.usefixtures("earlier_objects_apart")
EXAMPLES = 3
"""Rewritten plans per test below; hundreds were tried when a rewrite was written."""
LARGEST = 45
"""Nodes of a plan that is built here: Keras takes a second for each 30."""


def made_exact(data: dict[str, Any]) -> dict[str, Any]:
    """`data` with nothing in it that divides or leaves the integers."""
    kinds = {part: data[part]["kind"] for part in ("down", "skip", "up", "block")}
    data = data | {"activation": "relu", "bottleneck": {"kind": "none"}, "decoder": None}
    data["block"] = data["block"] | {"squeeze_excitation": None}
    if kinds["block"] == "convnext":
        data["block"] = {"kind": "plain"}
    if data["norm"] != "none":
        data["norm"] = "batch"
    if kinds["down"] in ("average_pool", "blur_pool"):
        data["down"] = {"kind": "max_pool", "size": data["down"]["size"]}
    if kinds["skip"] == "attention":
        data["skip"] = {"kind": "concat"}
    if kinds["up"] == "linear":
        data["up"] = data["up"] | {"kind": "nearest"}
    return data


def _is_quick(plan: Plan) -> bool:
    """Not too many layers, and no grouped convolutions: each of these Keras compiles with XLA on a CPU."""
    grouped = any(isinstance(node.op, Conv) and node.op.groups > 1 for node in plan.nodes)
    return len(plan.nodes) <= LARGEST and not grouped


@pytest.mark.parametrize("exact", [True, False], ids=["integers", "any"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_rewritten_plans_compute_the_same(dims: int, exact: bool) -> None:
    found = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(10 * dims + exact)
    @given(data=config_data(dims, "channels_last"))
    def compare(data: dict[str, Any]) -> None:
        nonlocal found
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
