"""A program that trains on one device and on two: TensorFlow makes two of the CPU, before it starts.

It is given a run file, writes the folders of its runs beside it, and prints what it has found as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tests.training.test_fitting import Stop, values
from unetgen import layers
from unetgen.errors import UnetgenError
from unetgen.model.session import several_devices, visible_devices
from unetgen.model.sharing import share_batches
from unetgen.runs.loader import load_run
from unetgen.training.fitting import train

HALVED: dict[str, Any] = {"axis": -1, "ignore_class": 7}
LOSSES: dict[str, Any] = {
    "crossentropy": lambda: layers.SparseCategoricalCrossentropy(**HALVED, class_weights=[1, 2, 3]),
    "dice": lambda: layers.DiceLoss(**HALVED, sparse=True),
    "dice of the batch": lambda: layers.DiceLoss(**HALVED, sparse=True, per_sample=False, squared=True),
    "tversky": lambda: layers.TverskyLoss(**HALVED, sparse=True, per_sample=False, gamma=0.75),
    "generalized dice": lambda: layers.GeneralizedDiceLoss(**HALVED, sparse=True, per_sample=False),
    "focal": lambda: layers.CategoricalFocalCrossentropy(**HALVED, sparse=True),
    "a sum": lambda: layers.WeightedSum([LOSSES["dice of the batch"](), LOSSES["tversky"]()], [1.0, 0.5]),
    "a mixed sum": lambda: layers.WeightedSum([LOSSES["crossentropy"](), LOSSES["tversky"]()], [1.0, 0.5]),
}


def losses() -> dict[str, list[list[float]]]:
    """Of each loss its value and gradient on one device and on two.

    The halves of the batch differ: in one all of a sample is ignored, and weights are larger.
    """
    random = np.random.default_rng(0)
    x = random.normal(size=(4, 5, 6, 3)).astype("float32")
    y = random.integers(0, 3, (4, 5, 6)).astype("int32")
    y[0], y[1, :3] = 7, 7
    weight = random.uniform(0.5, 1.5, (4, 5, 6)).astype("float32") * np.array([3, 3, 1, 1]).reshape(4, 1, 1)
    strategy: Any = several_devices(visible_devices())
    found = {}
    for name, make in LOSSES.items():
        loss, factor = make(), tf.constant([1.0, -0.5, 2.0])

        def step(x: Any, y: Any, weight: Any, loss: Any = loss, factor: Any = factor) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(factor)
                value = loss(y, tf.nn.softmax(x * factor), sample_weight=weight)
            return tf.concat([[value], tape.gradient(value, factor)], 0)

        parts = strategy.experimental_distribute_dataset(
            tf.data.Dataset.from_tensors((x, y, weight.astype("float32"))).unbatch().batch(4)
        )
        (shared,) = [strategy.reduce("SUM", strategy.run(step, args), axis=None) for args in parts]
        found[name] = [step(x, y, weight.astype("float32")).numpy().tolist(), shared.numpy().tolist()]
    return found


def infinite(part: int) -> list[Any]:
    """A weight before and after a step in which the gradients of one part are infinite, and by what the scale
    of the loss has changed."""
    with several_devices(visible_devices()).scope():
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(1e-6))
        model.compile(optimizer, loss="mean_squared_error")
        optimizer.build(model.trainable_variables)
        share_batches(model)
    x = np.ones((4, 1), "float32")
    x[2 * part : 2 * part + 2] = 1e18
    before = model.get_weights()[0].tolist()
    model.fit(x, np.zeros((4, 1)), batch_size=4, verbose=0, shuffle=False)
    scale = float(optimizer.dynamic_scale.numpy()) / optimizer.initial_scale
    return [before, model.get_weights()[0].tolist(), scale]


def runs(file: Path) -> dict[str, Any]:
    """The histories of a run on one device, on two, and on two after an interruption."""
    run, out = load_run(file), file.parent
    one = train(run, out / "one")
    two = train(run, out / "two", devices=2)
    try:
        train(run, out / "parts", devices="all", callbacks=[Stop(2)])
    except KeyboardInterrupt:
        parts = train(run, out / "parts", devices=2, resume=True)
    try:
        train(run, out / "three", devices=3)
    except UnetgenError as error:
        refused = str(error)
    return {"one": values(one), "two": values(two), "parts": values(parts), "refused": refused}


if __name__ == "__main__":
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    found = {"losses": losses(), "infinite": [infinite(0), infinite(1)], **runs(Path(sys.argv[1]))}
    print(json.dumps(found))
