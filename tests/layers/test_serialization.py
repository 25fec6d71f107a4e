"""Every class round-trips through its config and through a .keras file without custom_objects."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from unetgen import layers

CLASSES = 3

LOSSES: dict[str, tuple[Callable[[int], Any], bool]] = {
    "categorical": (lambda a: layers.CategoricalCrossentropy(axis=a, label_smoothing=0.1), False),
    "focal": (lambda a: layers.CategoricalFocalCrossentropy(axis=a, alpha=[0.2, 0.3, 0.5]), False),
    "sparse": (lambda a: layers.SparseCategoricalCrossentropy(axis=a, ignore_class=2), True),
    "binary": (lambda a: layers.BinaryCrossentropy(a, False, 0.1, [1, 2, 3], [4, 5, 6], False, 255), False),
    "binary_focal": (
        lambda a: layers.BinaryFocalCrossentropy(a, True, 0.6, 1.5, False, [1, 2, 3], 9.0, False, 255),
        False,
    ),
    "regression": (lambda a: layers.RegressionLoss("huber", a, 0.5, [1, 2, 3], 255), False),
    "dice": (lambda a: layers.DiceLoss(a, False, True, 1e-3, [1, 2, 3], False, True, 255), True),
    "generalized": (lambda a: layers.GeneralizedDiceLoss(a, 1e-3, False, True, [1, 2, 3], 255), True),
    "tversky": (lambda a: layers.TverskyLoss(a, 0.3, 0.7, 0.75, False, 1e-3, [1, 2, 3], False), False),
    "sum": (
        lambda a: layers.WeightedSum(
            [
                layers.SparseCategoricalCrossentropy(a, ignore_class=255, class_weights=[1, 2, 3]),
                layers.DiceLoss(axis=a, sparse=True, name="d"),
            ],
            [0.25, 0.75],
        ),
        True,
    ),
}
METRICS: dict[bool, Callable[[int], list[Any]]] = {
    False: lambda a: [
        layers.CategoricalAccuracy(axis=a, ignore_class=255),
        layers.BinaryAccuracy(axis=a, threshold=0.4, ignore_class=255),
        layers.RegressionMetric("absolute", axis=a, ignore_class=255),
        layers.DiceCoefficient(CLASSES, axis=a, class_index=1, ignore_class=255),
        layers.MeanIoU(CLASSES, axis=a),
    ],
    True: lambda a: [
        layers.SparseCategoricalAccuracy(axis=a),
        layers.DiceCoefficient(CLASSES, axis=a, sparse=True),
        layers.MeanIoU(CLASSES, axis=a, sparse=True),
    ],
}


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("name", LOSSES)
def test_loss_config_round_trips(name: str, axis: int) -> None:
    loss = LOSSES[name][0](axis)
    again = type(loss).from_config(loss.get_config())
    assert again.get_config() == loss.get_config()
    assert loss.get_config().keys() >= inspect.signature(type(loss)).parameters.keys() - {"dtype"}
    stored = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(stored) is type(loss)
    assert stored.get_config() == loss.get_config()


@pytest.mark.parametrize("sparse", [True, False])
def test_metric_config_round_trips(sparse: bool) -> None:
    for metric in METRICS[sparse](1):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
        assert type(again) is type(metric)
        assert metric.get_config().keys() == inspect.signature(type(metric)).parameters.keys()
        assert again.get_config() == metric.get_config()


def small_model(axis: int) -> Any:
    """Every layer, then a head with CLASSES channels and the input's 4x6 places."""
    data_format = "channels_last" if axis == -1 else "channels_first"
    on: dict[str, Any] = {"data_format": data_format}
    shape = (4, 6, 2) if axis == -1 else (2, 4, 6)
    inputs = x = keras.Input(shape)
    x = layers.Upsampling((2, 3), "linear", **on)(x)
    x = layers.Resizing((3, 4), "linear", **on)(x)
    x = keras.ops.moveaxis(x, axis, -1)
    x = keras.layers.Dense(4 * CLASSES * 2)(x)
    x = keras.ops.moveaxis(x, -1, axis)
    x = layers.PixelShuffle((2, 2), **on)(x)
    x = layers.Cropping(((1, 1), (0, 2)), **on)(x)
    x = layers.AxisActivation("glu", axis=axis)(x)
    return keras.Model(inputs, layers.AxisActivation("softmax", axis=axis)(x))


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("name", LOSSES)
def test_compiled_model_trains_and_loads_without_custom_objects(name: str, axis: int, tmp_path: Path) -> None:
    make, sparse = LOSSES[name]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4, 6, 2)).astype("float32")
    labels = rng.integers(0, CLASSES, (3, 4, 6))
    y = labels if sparse else np.moveaxis(np.eye(CLASSES, dtype="float32")[labels], -1, axis)
    x = np.moveaxis(x, -1, axis)
    model = small_model(axis)
    model.compile(optimizer="sgd", loss=make(axis), metrics=METRICS[sparse](axis))
    model.fit(x, y, epochs=1, batch_size=2, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    before, after = (m.evaluate(x, y, verbose=0, return_dict=True) for m in (model, again))
    assert np.isfinite(list(before.values())).all()
    assert after == pytest.approx(before, rel=1e-5)
    assert before.keys() >= {"loss", "dice", "mean_io_u"}


def test_importing_the_package_registers_every_class() -> None:
    names = list(layers.__all__)
    code = (
        "import unetgen.layers, keras\n"
        f"assert all(keras.saving.get_registered_object('unetgen>' + n) for n in {names!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
