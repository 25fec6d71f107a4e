"""A build says what its `fit` would fail at."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest

import unetgen
from tests.hostile.conftest import Unetgen
from unetgen.errors import DeviceWarning
from unetgen.model import session

if TYPE_CHECKING:
    import keras

TINY = ("input.channels=1", "depth=2", "base_filters=2")


def built(dims: int, *overrides: str) -> tuple[keras.Model, list[str]]:
    config = unetgen.load("quickstart2d", (f"input.shape={[4] * dims}", *TINY, *overrides))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DeviceWarning)
        model = unetgen.build(config)
    return model, [str(each.message) for each in caught if each.category is DeviceWarning]


def trains(model: keras.Model) -> bool:
    x = np.ones((1, *model.input_shape[1:]), "float32")
    y = np.full((1, *model.output_shape[1:]), 0.5, "float32")
    try:
        model.predict(x, verbose=0)
        model.fit(x, y, verbose=0)
    except Exception:
        return False
    return True


@pytest.mark.parametrize("down", ["max_pool", "average_pool", "strided_conv", "blur_pool"])
@pytest.mark.parametrize("precision", ["mixed_float16", "float64"])
@pytest.mark.parametrize("dims", [2, pytest.param(1, marks=pytest.mark.thorough), 3])
def test_a_model_that_cannot_be_computed_here_is_told_when_it_is_built(
    dims: int, precision: str, down: str
) -> None:
    model, notes = built(dims, f"execution.precision={precision}", f"down={down}")
    assert trains(model) == (notes == [])
    if notes:
        assert f"execution.precision: {precision}: this device has no 3D" in notes[0]
        assert "encoder_level1_down" in notes[0]


@pytest.mark.parametrize("advice", ["execution.precision=float32", "execution.precision=mixed_bfloat16"])
def test_the_advice_is_one_that_works(advice: str) -> None:
    model, notes = built(3, "execution.precision=mixed_float16", advice)
    assert notes == [] and trains(model)


@pytest.mark.parametrize("gpus", [[], [(9, 0)]], ids=["cpu", "gpu"])
@pytest.mark.parametrize("optimize", ["none", "training", "inference"])
def test_rewrites_on_a_gpu_are_told(
    gpus: list[tuple[int, ...]], optimize: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "gpu_capabilities", lambda: gpus)
    _, notes = built(2, f"execution.optimize={optimize}")
    assert len(notes) == (bool(gpus) and optimize != "none")
    assert all("use execution.optimize=none here" in note for note in notes)


@pytest.mark.filterwarnings("default::unetgen.errors.DeviceWarning")
def test_the_command_line_says_it_as_a_note(unetgen: Unetgen) -> None:
    network = ("quickstart2d", "input.shape=[4,4,4]", "depth=2", "base_filters=2")
    done = unetgen("build", *network, "execution.precision=mixed_float16", "--out", "out")
    assert done.code == 0
    (note,) = [line for line in done.err.splitlines() if line.startswith("note: ")]
    assert note.startswith("note: execution.precision: mixed_float16: this device has no 3D max pooling")
