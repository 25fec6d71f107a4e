"""Generated networks, plain and rewritten, in ONNX Runtime as in Keras."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.differential import made_legal, makes_much_of_rounding
from tests.emit.onnx.comparing import run
from tests.strategies import config_data
from tests.tiers import thorough
from unetgen.config.design import Design
from unetgen.errors import ConfigError
from unetgen.model.building import build_model
from unetgen.model.exporting.format import Trained
from unetgen.model.exporting.onnx import proto_of
from unetgen.model.running import give_random_weights, largest_difference, predicted, random_input
from unetgen.plan.ops import Conv
from unetgen.rewrites.targets import TARGETS

LIMIT = 1e-5
EXAMPLES = 2
"""Compared networks per test; hundreds were tried by hand."""
LARGEST = 60
"""Nodes of a plan that is built here: Keras takes a second for each 30, and compiles grouped convolutions."""


def design_of(data: dict[str, Any]) -> Design | None:
    """The design of `data`; None where it is refused, takes long, or makes much of what is rounded."""
    made = made_legal(data)
    if isinstance(made, ConfigError):
        return None
    config, plan = made
    grouped = any(isinstance(node.op, Conv) and node.op.groups > 1 for node in plan.nodes)
    is_quick = len(plan.nodes) <= LARGEST and not grouped
    return Design(config, plan) if is_quick and not makes_much_of_rounding(plan) else None


@thorough
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_a_generated_network_computes_what_keras_does(dims: int, data_format: str) -> None:
    found = 0

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(dims)
    @given(config_data(dims, data_format))
    def compare(data: dict[str, Any]) -> None:
        nonlocal found
        if found < EXAMPLES and (design := design_of(deepcopy(data))) is not None:
            found += 1
            assert _worst(design) <= LIMIT, data

    compare()
    assert found == EXAMPLES


def _worst(design: Design) -> float:
    """How far a batch of two is from Keras's, from the plan as it is and from that of each target."""
    model = build_model(design)
    give_random_weights(model)
    x = random_input(model, batch=2)
    wanted = predicted(model, x)
    plans = [proto_of(Trained(model, design), "onnxruntime")]
    plans += [proto_of(Trained(model, design, is_optimized=True), target) for target in TARGETS]
    return max(largest_difference(wanted, run(each, x)) for each in plans)
