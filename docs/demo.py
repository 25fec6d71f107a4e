"""The main job on a full-size volume: load the built model, run it forward, train it one step.

Run by ``make demo`` after ``unetgen build``; the data is random, the sizes are the real ones.
"""

import sys
import time
from collections.abc import Callable

import keras
import numpy as np

import unetgen  # noqa: F401  (registers what the model is made of)


def main(file: str) -> None:
    """Load `file`, predict one volume, train one step on it."""
    model = keras.saving.load_model(file)
    channels_first = model.get_layer("encoder_level0_conv1").data_format == "channels_first"
    random = np.random.default_rng(0)
    volume = random.normal(size=(1, *model.input_shape[1:])).astype("float32")
    classes = model.output_shape[1] if channels_first else model.output_shape[-1]
    spatial = model.output_shape[2:] if channels_first else model.output_shape[1:-1]
    target = np.eye(classes, dtype="float32")[random.integers(classes, size=(1, *spatial))]
    if channels_first:
        target = np.moveaxis(target, -1, 1)
    print(f"{model.name}: {model.count_params():,} parameters, {len(model.layers)} layers")
    _timed("forward", lambda: f"{volume.shape} to {model.predict(volume, verbose=0).shape}")
    before = model.evaluate(volume, target, verbose=0, return_dict=True)["loss"]
    _timed("one training step", lambda: f"loss {model.train_on_batch(volume, target)[0]:.6f}")
    after = model.evaluate(volume, target, verbose=0, return_dict=True)["loss"]
    print(f"loss on this volume: {before:.6f} before the step, {after:.6f} after")


def _timed(what: str, work: Callable[[], str]) -> None:
    start = time.perf_counter()
    result = work()
    print(f"{what}: {result} in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1])
