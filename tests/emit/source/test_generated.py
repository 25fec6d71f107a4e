"""Generated configs: their printed sources build and compute the same models."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.differential import made_legal, makes_much_of_rounding
from tests.emit.source.test_keras import assert_same_model
from tests.emit.source.test_torch import NO_TORCH, assert_same_outputs, plan_layers
from tests.strategies import config_data
from tests.tiers import thorough
from unetgen.config.design import Design
from unetgen.errors import ConfigError

FEW = settings(
    max_examples=5,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@st.composite
def designs(draw: st.DrawFn) -> Design | None:
    """A small design, or None where what was drawn is refused."""
    dims, data_format = draw(st.integers(1, 3)), draw(st.sampled_from(["channels_last", "channels_first"]))
    data: dict[str, Any] = draw(config_data(dims, data_format))
    made = made_legal(data)
    return None if isinstance(made, ConfigError) else Design(*made)


@thorough
@seed(3)
@FEW
@given(designs())
def test_a_keras_source_builds_the_same_model(design: Design | None) -> None:
    if design is not None:
        assert_same_model(design)


@thorough
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason=NO_TORCH)
@seed(4)
@FEW
@given(designs())
def test_a_pytorch_source_computes_what_keras_does(design: Design | None) -> None:
    if design is not None and not makes_much_of_rounding(design.plan):
        assert_same_outputs(design, *plan_layers(design))
