"""The example of a user's task: it trains any network of a sweep, and an interruption changes no result."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf

import unetgen
from tests.tiers import thorough
from unetgen.sweep.tasks import user

FILE = Path(__file__).parents[2] / "docs" / "sweeps" / "train_shapes.py"
pytestmark = pytest.mark.filterwarnings("ignore:Even though the `tf.config:UserWarning")
TINY = ("input.shape=[16,12]", "depth=2", "base_filters=4", "conv_widths=[1]")


@pytest.fixture
def example() -> Iterator[ModuleType]:
    """The example at sizes that train in a second; so small, tracing would take most of the time."""
    spec = importlib.util.spec_from_file_location("train_shapes", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.SAMPLES, module.HELD_OUT, module.EPOCHS, module.BATCH = 12, 4, 3, 4  # type: ignore[attr-defined]
    tf.config.run_functions_eagerly(True)
    yield module
    tf.config.run_functions_eagerly(False)


def load(*overrides: str) -> tuple[Any, Any]:
    config = unetgen.load("quickstart2d", [*TINY, *overrides])
    return config, unetgen.plan(config)


def weights_of(file: Path) -> list[np.ndarray]:
    return keras.saving.load_model(file).get_weights()


def test_it_is_found_as_the_page_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FILE.parent))
    assert user.find("train_shapes:train").__name__ == "train"


class Interrupted(BaseException):
    """Stands for a process that is killed."""


@thorough
def test_an_interrupted_point_ends_with_the_result_of_an_undisturbed_one(
    example: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, plan = load("compile.optimizer.learning_rate=0.3")  # so large that the second epoch is the best
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    expected = user.run(example.train, config, plan, whole)
    assert expected.keys() == {"val_loss", "val_categorical_accuracy", "val_dice"}
    assert {file.name for file in whole.iterdir()} == {"best.keras", "epoch0003.keras"}

    save, last = example.KeepModels.save, [""]

    def interrupted(self: Any, name: str) -> None:
        """The last file is written but not yet under its name."""
        if name == last[0]:
            self.model.save(self.folder / "part.keras")
            raise Interrupted
        save(self, name)

    monkeypatch.setattr(example.KeepModels, "save", interrupted)
    # In the second epoch, which is the best one and kept as such already; then in the third, a worse one.
    for last[0] in ("epoch0002.keras", "epoch0003.keras"):
        with pytest.raises(Interrupted):
            user.run(example.train, config, plan, broken)
    last[0] = ""
    assert user.run(example.train, config, plan, broken) == expected
    for name in ("best.keras", "epoch0003.keras"):
        for mine, theirs in zip(weights_of(whole / name), weights_of(broken / name), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert user.run(example.train, config, plan, whole) == expected  # finished: nothing is trained again
    assert {file.name for file in whole.iterdir()} == {"best.keras", "epoch0003.keras"}


@pytest.mark.parametrize(
    "overrides",
    [
        ("input.shape=[16]", "num_classes=1", "compile={loss: null, metrics: [dice]}"),
        (
            "input.shape=[4,8,4]", "input.data_format=channels_first", "input.channels=2", "depth=3",
            "head.deep_supervision=1", "num_classes=3", "execution.layout=channels_last",
            "compile={loss: sparse_categorical_crossentropy, metrics: [{kind: dice, sparse: true}]}",
        ),
    ],
)  # fmt: skip
def test_other_networks_train_on_it_too(
    example: ModuleType, tmp_path: Path, overrides: tuple[str, ...]
) -> None:
    example.EPOCHS = 1  # type: ignore[attr-defined]
    values: dict[str, Any] = user.run(example.train, *load(*overrides), tmp_path)
    assert np.isfinite(values["val_loss"])
    (dice,) = (value for name, value in values.items() if name.endswith("dice"))
    assert 0 <= dice <= 1


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_the_pictures_show_their_labels(example: ModuleType, data_format: str) -> None:
    config, plan = load(
        f"input.data_format={data_format}", "input.channels=2", "num_classes=3", "input.shape=[32,48]"
    )
    images, labels = example.shapes(config, 20, seed=1)
    assert images.shape == (20, *plan.input.spec.shape(data_format))
    assert (images.dtype, labels.dtype, labels.shape) == ("float32", "int32", (20, 32, 48))
    for number in range(3):
        shown = np.moveaxis(images, config.class_axis, -1)[labels == number]
        assert shown.mean() == pytest.approx(number, abs=0.05)
    assert (example.shapes(config, 20, seed=1)[1] == labels).all()
    assert (example.shapes(config, 20, seed=2)[1] != labels).any()
