"""Sides that `unetgen.build` makes: optimized, in bfloat16, with little memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.sides.side import Array, Job, Made
from benchmarks.sides.weights import drawn


def made(job: Job) -> Made:
    """The config's model with the drawn weights; for inference `unetgen.optimized` where it asks for that."""
    import keras

    import unetgen
    from unetgen.model.batches import sample_batch
    from unetgen.model.building import assign

    declared = unetgen.load(job.config, job.overrides)
    plan = unetgen.plan(declared)
    config = unetgen.load(job.config, (*job.overrides, *job.side.overrides))
    rewrites = config.execution.optimize == "inference"
    if rewrites:
        config = unetgen.load(job.config, (*job.overrides, *job.side.overrides, "execution.optimize=none"))
    x, y = sample_batch(declared, plan)
    model = unetgen.build(config)
    assign(model, drawn(plan))
    if rewrites:
        model = unetgen.optimized(model, config)
    if declared.class_axis == 1:
        return keras_made(model, job, x, y, keras.ops.convert_to_numpy)
    return keras_made(model, job, x, y, lambda given: _channels_first(keras.ops.convert_to_numpy(given)))


def _channels_first(array: Any) -> Array:
    return np.moveaxis(np.asarray(array), -1, 1)


def keras_made(model: Any, job: Job, x: Any, y: Any, channels_first: Any) -> Made:
    """Every Keras side is timed alike: ``predict_on_batch``, or ``train_on_batch`` of a compiled model."""

    def predict() -> None:
        model.predict_on_batch(x)

    def train() -> float:
        return float(model.train_on_batch(x, y, return_dict=True)["loss"])

    return Made(
        predict if job.what == "inference" else train, lambda: channels_first(model.predict_on_batch(x))
    )
