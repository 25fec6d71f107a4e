"""A task to copy: train each network of a sweep on pictures of ellipsoids, and compare their scores.

    unetgen sweep quickstart2d depth=2,3,4 --task train_shapes:train --out out/shapes

A task is called with the config of its point, its plan, and a folder for its own files; what it returns
becomes columns of the table. For your own data, replace `shapes`.
"""

import math
from pathlib import Path

import keras
import numpy as np

import unetgen
from unetgen.config.model import UNetConfig
from unetgen.model.batches import targets
from unetgen.plan.graph import Plan

SAMPLES, HELD_OUT = 80, 16
EPOCHS, BATCH = 10, 8


def train(config: UNetConfig, plan: Plan, workdir: Path) -> dict[str, float]:
    """Train on all but the held-out samples; the best epoch's loss and metrics on those, as ``val_...``.

    Interrupted and run again, it goes on after the last whole epoch, to the result it would have had;
    dropout alone draws anew, for Keras does not save the state of its generators.
    """
    images, labels = shapes(config, SAMPLES, seed=config.seed)
    x, y = images[:-HELD_OUT], targets(config, plan, labels[:-HELD_OUT])
    val_x, val_y = images[-HELD_OUT:], targets(config, plan, labels[-HELD_OUT:])

    def scores(model: keras.Model) -> dict[str, float]:
        return model.evaluate(val_x, val_y, batch_size=BATCH, verbose=0, return_dict=True)

    best, newest = workdir / "best.keras", max(workdir.glob("epoch*.keras"), default=None)
    model = keras.saving.load_model(newest) if newest else unetgen.build(config)
    best_loss = scores(keras.saving.load_model(best))["loss"] if best.exists() else math.inf
    model.fit(
        x,
        y,
        batch_size=BATCH,
        initial_epoch=int(newest.stem.removeprefix("epoch")) if newest else 0,
        epochs=EPOCHS,
        validation_data=(val_x, val_y),
        callbacks=[KeepModels(workdir, best_loss)],
        shuffle=False,  # the samples are random already, and a second run meets them in the same order
        verbose=2,
    )
    return {f"val_{name}": score for name, score in scores(keras.saving.load_model(best)).items()}


class KeepModels(keras.callbacks.Callback):
    """Keeps the best model, and the newest under the number of its epoch; each file whole or not at all."""

    def __init__(self, folder: Path, best_loss: float) -> None:
        super().__init__()
        self.folder, self.best_loss = folder, best_loss

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Write the best one first: an epoch counts as done once the newest one is there."""
        if logs["val_loss"] < self.best_loss or not (self.folder / "best.keras").exists():
            self.best_loss = logs["val_loss"]
            self.save("best.keras")
        older = list(self.folder.glob("epoch*.keras"))
        self.save(f"epoch{epoch + 1:04d}.keras")
        for file in older:
            file.unlink()

    def save(self, name: str) -> None:
        """Save the model under another name first, so that `name` never stands for half a file."""
        part = self.folder / "part.keras"
        self.model.save(part)
        part.replace(self.folder / name)


def shapes(config: UNetConfig, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy pictures of one ellipsoid per class, and the class at every position, 0 for the background."""
    random = np.random.default_rng(seed)
    size = np.array(config.input.shape)
    positions = np.moveaxis(np.indices(size), 0, -1)
    labels = np.zeros((samples, *size), "int32")
    for label in labels:
        for number in range(1, max(config.num_classes, 2)):
            centre, radii = random.uniform(0.2, 0.8, size.size), random.uniform(0.15, 0.3, size.size)
            distance = np.square((positions / size - centre) / radii).sum(-1)
            label[distance < 1] = number
    noise = random.normal(size=(*labels.shape, config.input.channels))
    images = (labels[..., None] + noise / 2).astype("float32")
    return np.moveaxis(images, -1, config.class_axis), labels
