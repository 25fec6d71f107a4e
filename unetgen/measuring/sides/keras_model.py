"""Sides that `unetgen.build` makes: as declared, optimized, in bfloat16, with little memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from unetgen.measuring.side import Array, ReadySide, SideJob
from unetgen.measuring.weights import weights_of

if TYPE_CHECKING:
    import keras

Reading = Callable[[object], Array]
"""An output of Keras as NumPy's, with the channels first."""


def prepare(job: SideJob) -> None:
    """Import what making a model does, start the device, and make and drop a first batch."""
    import unetgen.model.building  # noqa: F401
    from unetgen.model.batches import sample_batch
    from unetgen.model.session import started_device

    started_device()
    design = job.design()
    sample_batch(design.config, design.plan, job.batch)


def made(job: SideJob) -> ReadySide:
    """The config's model with the job's weights; for predictions alone where it is rewritten for them."""
    from unetgen.config.execution import inner_format
    from unetgen.model.batches import sample_batch
    from unetgen.model.building import assign, build_model, settled
    from unetgen.model.optimizing import built_for_predictions

    declared = job.design()
    design = job.design(*job.side.overrides)
    config, weights = settled(design.config), weights_of(job, declared.plan)
    x, y = sample_batch(declared.config, declared.plan, job.batch)
    if config.execution.optimize == "inference":  # as its file is loaded: the declared model is not there
        model = built_for_predictions(design, config, design.computed_for(config.execution), weights)
    else:
        model = build_model(design)
        assign(model, weights, inner_format(config.execution, declared.config.input.data_format))
    return keras_made(model, job, x, y, lambda given: _channels_first(given, declared.config.class_axis))


def _channels_first(given: object, class_axis: int) -> Array:
    from unetgen.model.session import as_numpy

    array = as_numpy(given).astype("float32")
    return array if array.ndim < 3 else np.moveaxis(array, class_axis, 1)


def keras_made(model: keras.Model, job: SideJob, x: object, y: object, channels_first: Reading) -> ReadySide:
    """Every Keras side is timed alike: ``predict_on_batch``, or ``train_on_batch`` of a compiled model."""

    def predict() -> None:
        model.predict_on_batch(x)

    def train() -> float:
        return float(model.train_on_batch(x, y, return_dict=True)["loss"])

    def outputs() -> Sequence[Array]:
        given = model.predict_on_batch(x)
        listed = list(given.values()) if isinstance(given, dict) else given
        return [channels_first(each) for each in (listed if isinstance(listed, list | tuple) else [listed])]

    return ReadySide(predict if job.what == "inference" else train, outputs)
