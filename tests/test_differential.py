"""Generated configs, 1D to 3D and in both data formats: every layer of the plan is the Keras model's.

Some of the models are saved and loaded again too, and every other one of these computes, before and after,
called and in `predict`; the first of them without dropout trains a step, compiled and layer by layer. That
takes many times longer than the rest.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st

from tests.differential import check
from tests.encoder_strategies import encoder_config_data
from tests.strategies import config_data
from tests.tiers import thorough

FEW, SAVED, MANY, ENCODERS = 4, 8, 100, 24
"""Valid configs in a test: all tests together compare more than 800."""
CLEARED = 20
"""After so many models what Keras keeps of them is cleared: it takes as long as building one."""


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_plan_equals_the_keras_model(dims: int, data_format: str) -> None:
    compare(config_data(dims, data_format), 100 * dims + len(data_format), saved=True, examples=FEW)


@thorough
@pytest.mark.parametrize("saved", [True, False], ids=["saved", "not_saved"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_more_plans_equal_their_keras_models(dims: int, data_format: str, saved: bool) -> None:
    examples = SAVED if saved else MANY
    compare(
        config_data(dims, data_format, 4 if saved else 3),
        1000 + 100 * dims + len(data_format),
        saved,
        examples,
    )


@thorough
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_plans_on_encoders_equal_their_keras_models(dims: int, data_format: str) -> None:
    """Of each family of encoders; others run theirs, against the originals."""
    configs = encoder_config_data(dims, data_format)
    compare(configs, 2000 + 100 * dims + len(data_format), saved=False, examples=ENCODERS)


def compare(configs: st.SearchStrategy[dict[str, Any]], seeded: int, saved: bool, examples: int) -> None:
    compared = Counter[str]()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(seeded)
    @given(data=configs)
    def compare_one(data: dict[str, Any]) -> None:
        valid = compared["built"]
        if valid % CLEARED == 0:
            keras.backend.clear_session()
        with tempfile.TemporaryDirectory() as folder:
            run = saved and valid % 2 == 0
            train = run and not compared["trained"]
            done = check(data, Path(folder) if saved else None, run, train)
            assume(done)
        compared.update(done)

    try:
        compare_one()
    finally:
        keras.backend.clear_session()
    assert compared["built"] >= examples
    assert not saved or compared["predicted"] >= examples // 4, compared
    # TensorFlow 2.21 cannot predict one 1D network with a gate: oneDNN has no such convolution.
    assert compared["refused by oneDNN"] <= 1, compared
    assert not saved or examples == FEW or compared["trained"] == 1, compared
