"""What verifies a model runs it as users do, and so sees what TensorFlow compiles wrongly."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import unetgen
from unetgen.config.loader import load_design
from unetgen.emit.keras import table
from unetgen.errors import UnetgenError
from unetgen.model import optimizing
from unetgen.model.reproducing import check_lock
from unetgen.model.running import (
    called,
    disagreement,
    give_random_weights,
    largest_difference,
    predicted,
    random_input,
)
from unetgen.model.saving import write_build

FOLDED = (
    "input.shape=[16,16]",
    "depth=2",
    "base_filters=4",
    "norm=batch",
    "block={kind: residual, projection_norm: false, projection_bias: true}",
    "activation={kind: leaky_relu, negative_slope: 0.01}",
    "head.activation=linear",
    "compile={loss: mean_squared_error, metrics: []}",
)


@pytest.fixture
def merging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models as they were before: TensorFlow merges their additions and leaky ReLUs."""
    monkeypatch.setattr(table, "unfused", lambda *_: None)


def made_by_hand() -> keras.Model:
    """The pattern, out of Keras's own layers alone."""
    x = keras.Input((16, 16, 4))
    y = keras.layers.Add()([keras.layers.Conv2D(4, 3, padding="same")(x), x])
    y = keras.layers.LeakyReLU(negative_slope=0.01)(y)
    return keras.Model(x, keras.layers.Conv2D(2, 1)(y))


def test_a_model_that_is_compiled_wrongly_disagrees_with_itself() -> None:
    model = made_by_hand()
    give_random_weights(model)
    assert disagreement(model) > 0.01


def test_our_models_agree_with_themselves() -> None:
    model = unetgen.build(load_design("quickstart2d", FOLDED).config)
    give_random_weights(model)
    assert disagreement(model) < 1e-5


def test_random_weights_leave_nothing_trivial() -> None:
    model = unetgen.build(load_design("quickstart2d", (*FOLDED, "dropout=0.2")).config)
    give_random_weights(model)
    for weight in model.weights:
        values = np.asarray(weight)
        if np.issubdtype(values.dtype, np.floating):
            assert not np.isin(values, (0, 1)).any(), weight.path
        if "variance" in weight.name:
            assert (values > 0).all()
    before = model.get_weights()
    give_random_weights(model)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_optimize_sees_it(merging: None) -> None:
    design = load_design("quickstart2d", FOLDED)
    model = unetgen.build(design.config)
    give_random_weights(model)
    with pytest.raises(
        UnetgenError, match=r"outputs, in `predict`, differ .* by \d\.\de-0[12] of the largest"
    ):
        optimizing.require_equal(model, optimizing.optimize(model, design))


def test_check_sees_it(merging: None, tmp_path: Path) -> None:
    write_build(load_design("quickstart2d", FOLDED), FOLDED, tmp_path)
    lock = tmp_path / "unetgen.lock.json"
    design = (*FOLDED[:3], "norm=none", *FOLDED[4:])
    write_build(load_design("quickstart2d", design), design, tmp_path)
    (problem,) = check_lock(lock).problems
    assert problem.startswith("predict: differs from the layers, called one by one, by ")
    assert check_lock(lock, build=False).problems == ()


def test_check_finds_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    write_build(load_design("quickstart2d", FOLDED), FOLDED, tmp_path)
    assert check_lock(tmp_path / "unetgen.lock.json").problems == ()


def test_differences_are_of_the_largest_value_and_keep_a_nan() -> None:
    a, b = np.array([[4.0, -8.0]]), np.array([[4.0, -6.0]])
    assert largest_difference([a], [b]) == 0.25
    assert largest_difference([a], [a, b]) == float("inf")
    assert np.isnan(largest_difference([a, a], [a, a * np.nan]))


def test_several_outputs_are_all_compared() -> None:
    model = unetgen.build(load_design("quickstart2d", (*FOLDED, "head.deep_supervision=1")).config)
    x = random_input(model)
    assert len(called(model, x)) == len(predicted(model, x)) == 2
