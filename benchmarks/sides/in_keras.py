"""Sides written in Keras by somebody: by hand, layer for layer the config's, or by a package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import by_hand
from benchmarks.sides.weights import fill_keras
from unetgen.measuring.side import ReadySide, SideJob
from unetgen.measuring.sides.keras_model import keras_made
from unetgen.measuring.weights import drawn


def keras_unet_collection(shape: tuple[int, ...], base: int) -> Any:
    """unet_2d of keras-unet-collection as configs/zoo/keras_unet_collection_unet2d.yaml has it."""
    from keras_unet_collection import models

    return models.unet_2d((*shape, 3), [base * 2**level for level in range(5)], 2, name="net")


NETWORKS: dict[str, Callable[..., Any]] = {
    "article": by_hand.article,
    "ronneberger": lambda shape, base, _: by_hand.ronneberger(shape, base, "same"),
    "nnunet": lambda shape, base, _: by_hand.nnunet(shape, base),
    "keras_unet_collection": lambda shape, base, _: keras_unet_collection(shape, base),
}
"""By shape of the input, width of the first level and data format; most are channels_last only."""


def made(job: SideJob) -> ReadySide:
    """The network with the drawn weights, as its author would have used it."""
    import unetgen
    from unetgen.model.batches import sample_batch

    config = unetgen.load(job.config, job.overrides)
    plan = unetgen.plan(config)
    data_format = job.side.data_format
    batch: tuple[Any, Any] = sample_batch(config, plan)
    wanted = 1 if data_format == "channels_first" else -1
    x, y = (np.ascontiguousarray(np.moveaxis(each, config.class_axis, wanted)) for each in batch)
    model = NETWORKS[job.side.network](config.input.shape, config.base_filters, data_format)
    fill_keras(model, drawn(plan))
    if job.what == "training":
        by_hand.compile_article(model, axis=wanted)
    return keras_made(model, job, x, y, lambda given: np.moveaxis(np.asarray(given), wanted, 1))
