"""Generated configs, 1D to 3D and in both data formats: every layer of the plan is the Keras model's.

Some of the models are saved and loaded again too, and every other one of these computes, before and after,
called and in `predict`; the first of them without dropout trains a step, compiled and layer by layer. That
takes many times longer than the rest.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from tests.differential import check
from tests.strategies import config_data
from tests.tiers import thorough

FEW, SAVED, MANY = 4, 8, 24
"""Valid configs in a test: all tests together compare more than 190."""


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_plan_equals_the_keras_model(dims: int, data_format: str) -> None:
    compare(dims, data_format, saved=True, examples=FEW)


@thorough
@pytest.mark.parametrize("saved", [True, False], ids=["saved", "not_saved"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_more_plans_equal_their_keras_models(dims: int, data_format: str, saved: bool) -> None:
    compare(dims, data_format, saved, SAVED if saved else MANY)


def compare(dims: int, data_format: str, saved: bool, examples: int) -> None:
    compared = Counter[str]()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(1000 + 100 * dims + 10 * saved + len(data_format))
    @given(data=config_data(dims, data_format))
    def compare_one(data: dict[str, object]) -> None:
        valid = compared["built"]
        with tempfile.TemporaryDirectory() as folder:
            run = saved and valid % 2 == 0
            train = run and not compared["trained"]
            done = check(data, Path(folder) if saved else None, run, train)
            assume(done)
        compared.update(done)

    compare_one()
    assert compared["built"] >= examples
    assert not saved or compared["predicted"] >= examples // 4, compared
    # TensorFlow 2.21 cannot predict one 1D network with a gate: oneDNN has no such convolution.
    assert compared["refused by oneDNN"] <= 1, compared
    assert not saved or examples == FEW or compared["trained"] == 1, compared
