"""`fit` and `evaluate` look at their targets before the first step, wherever they can without taking any."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from unetgen.layers import CheckedModel, checked_model
from unetgen.targets.checking import TargetError
from unetgen.targets.expected import Expected

SIZE = (8, 8)
FIXED = (f"input.shape={list(SIZE)}", "depth=2", "base_filters=2", "norm=none", "up=nearest")
DICE_MASK = ("num_classes=1", "compile={loss: [binary_crossentropy, dice], metrics: [dice]}")
SPARSE = ("num_classes=4", "compile={loss: sparse_categorical_crossentropy, metrics: []}")
X = np.zeros((4, *SIZE, 1), "float32")
RIGHT = np.random.default_rng(0).integers(2, size=(4, *SIZE, 1)).astype("float32")
WRONG = RIGHT * 255


@cache
def model(*overrides: str) -> Any:
    return unetgen.build(unetgen.load("quickstart2d", [*FIXED, *overrides]))


class Batches(keras.utils.PyDataset):
    def __init__(self, y: np.ndarray) -> None:
        super().__init__()
        self.y = y

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        return X[2 * index : 2 * index + 2], self.y[2 * index : 2 * index + 2]


def generator(y: np.ndarray) -> Iterator[Any]:
    for index in range(2):
        yield X[2 * index : 2 * index + 2], y[2 * index : 2 * index + 2]


@pytest.mark.filterwarnings("ignore:.*shuffle=True")
def test_wrong_targets_are_refused_before_the_first_step() -> None:
    masks = model(*DICE_MASK)
    before = [np.array(weight) for weight in masks.get_weights()]
    message = r"values must be 0 or 1 for dice \(found 0 at \d+ and 255 at \d+ .*`y / 255` makes them 0 and 1"
    for data in ((X, WRONG), (X, keras.ops.convert_to_tensor(WRONG)), (Batches(WRONG),), (generator(WRONG),)):
        with pytest.raises(TargetError, match=f"^y: {message}"):
            masks.fit(*data, verbose=0)
    for data in ((X, WRONG), (Batches(WRONG),)):
        with pytest.raises(TargetError, match=f"^y: {message}"):
            masks.evaluate(*data, verbose=0)
        validation = data if len(data) > 1 else data[0]
        with pytest.raises(TargetError, match=f"^validation_data.y: {message}"):
            masks.fit(X, RIGHT, validation_data=validation, verbose=0)
    for weight, now in zip(before, masks.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, now)


@pytest.mark.filterwarnings("ignore:.*shuffle=True")
def test_right_targets_train_on_all_batches() -> None:
    masks = model(*DICE_MASK)
    steps: list[int] = []
    counting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    data: tuple[Any, ...]
    for data in ((X, RIGHT), (Batches(RIGHT),), (generator(RIGHT),)):
        steps.clear()
        masks.fit(*data, batch_size=2 if len(data) > 1 else None, verbose=0, callbacks=[counting])
        assert len(steps) == 2
    evaluated = masks.fit(X, RIGHT, 2, verbose=0, validation_data=(X, RIGHT), validation_batch_size=2)
    assert np.isfinite(evaluated.history["val_loss"][0])


def test_targets_are_looked_at_once_whatever_the_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    monkeypatch.setattr(checked_model, "check", lambda expected, y, path: looked.append(path))
    model(*DICE_MASK).fit(X, RIGHT, 2, epochs=3, verbose=0, validation_data=(X, RIGHT))
    assert looked == [("y",), ("validation_data", "y")]


def test_a_label_out_of_range_is_told_instead_of_a_trace_and_the_advice_trains() -> None:
    labels = np.random.default_rng(0).integers(4, size=(4, *SIZE))
    labels[0, 0, :3] = 255
    with pytest.raises(TargetError, match=r"255 at 3 of 256 positions.*`compile.ignore_class=255` ignores"):
        model(*SPARSE).fit(X, labels, verbose=0)
    ignoring = model(*SPARSE, "compile.ignore_class=255")
    assert np.isfinite(ignoring.fit(X, labels, verbose=0).history["loss"][0])


@pytest.mark.parametrize(
    "overrides",
    [
        DICE_MASK,
        (*DICE_MASK, "execution.remat=blocks"),
        (*DICE_MASK, "execution.remat=cheap"),
        (*DICE_MASK, "depth=3", "head.deep_supervision=2"),
        (*DICE_MASK, "tasks=[{name: edges, num_classes: 1}]"),
    ],
)
def test_every_class_of_model_looks_and_still_does_when_it_was_saved(
    overrides: tuple[str, ...], tmp_path: Path
) -> None:
    built = model(*overrides)
    assert isinstance(built, CheckedModel)
    built.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config()["targets"] == built.get_config()["targets"]
    y = {"main": WRONG, "edges": RIGHT} if "tasks" in overrides[-1] else WRONG
    for each in (built, loaded):
        with pytest.raises(TargetError, match="255"):
            each.fit(X, y, verbose=0)


def test_a_data_set_of_tensorflow_is_left_alone() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    taken: list[int] = []

    def elements() -> Iterator[Any]:
        for index in range(4):
            taken.append(index)
            yield X[index], RIGHT[index]

    spec = tuple(tensorflow.TensorSpec(array.shape[1:], "float32") for array in (X, RIGHT))
    data = tensorflow.data.Dataset.from_generator(elements, output_signature=spec).batch(2)
    model(*DICE_MASK).fit(data, verbose=0)
    assert taken == [0, 1, 2, 3]


def test_steps_are_keras_s_own() -> None:
    """Nothing of ours stands between `fit` and its steps; before the others only a look at sizes."""
    own = {name for name, value in vars(CheckedModel).items() if callable(value) and name[0] != "_"}
    looking = {"fit", "evaluate", "predict", "predict_on_batch", "call"}
    assert own == {*looking, "require_legal", "get_config", "from_config"} & {*vars(CheckedModel)}


def test_without_targets_it_is_a_plain_model() -> None:
    entry = keras.Input((3,))
    plain = CheckedModel(entry, keras.layers.Dense(1)(entry))
    assert "targets" not in plain.get_config()
    plain.compile(loss="mean_squared_error")
    plain.fit(np.zeros((2, 3)), np.full((2, 1), 255.0), verbose=0)


def test_compiled_with_other_losses_it_takes_other_targets() -> None:
    anew = unetgen.build(unetgen.load("quickstart2d", [*FIXED, *DICE_MASK]))
    anew.compile(optimizer="sgd", loss="mean_squared_error")
    anew.fit(X, WRONG, verbose=0)
    anew.compile(optimizer="sgd", loss=[keras.losses.MeanAbsoluteError()])
    assert np.isfinite(anew.evaluate(X, WRONG, verbose=0)).all()


def test_what_is_expected_is_plain_data() -> None:
    (data,) = model(*DICE_MASK).get_config()["targets"]
    assert Expected.from_config(json.loads(json.dumps(data))).as_dict() == data
