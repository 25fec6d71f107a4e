"""The loop in Keras by hand: BasicUNet in its layers, a loss in a few lines, `fit` on arrays in memory."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from benchmarks.loops.by_run import TakingTurns, scores_of
from benchmarks.loops.case import Case
from benchmarks.loops.judging import Scores
from benchmarks.loops.pictures import patches
from benchmarks.loops.turns import Turns


def network(case: Case) -> Any:
    """The network, channels last, with a softmax."""
    conv = getattr(layers, f"Conv{case.dims}D")
    transposed = getattr(layers, f"Conv{case.dims}DTranspose")
    pool = getattr(layers, f"MaxPooling{case.dims}D")

    def twice(x: Any, filters: int) -> Any:
        for _ in range(2):
            x = conv(filters, 3, padding="same")(x)
            x = layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)
            x = layers.LeakyReLU(negative_slope=0.1)(x)
        return x

    image = keras.Input((*case.size, case.channels))
    x = twice(image, case.features[0])
    skips = []
    for filters in case.features[1:5]:
        skips.append(x)
        x = twice(pool(2)(x), filters)
    for level in reversed(range(4)):
        filters = x.shape[-1] // 2 if level else x.shape[-1]
        x = layers.Concatenate()([skips[level], transposed(filters, 2, strides=2)(x)])
        x = twice(x, case.features[level or 5])
    return keras.Model(image, conv(case.classes, 1, activation="softmax")(x))


def dice_and_crossentropy(true: Any, scores: Any) -> Any:
    """The sum of both, for one-hot masks; the Dice of each sample and class by itself."""
    axes = tuple(range(1, len(scores.shape) - 1))
    both = ops.sum(true * scores, axes)
    dice = (2 * both + 1e-5) / (ops.sum(true, axes) + ops.sum(scores, axes) + 1e-5)
    return ops.mean(keras.losses.categorical_crossentropy(true, scores)) + 1 - ops.mean(dice)


def trained(case: Case, folder: Path, seed: int, turns: Turns) -> tuple[list[float], Scores]:
    """The losses of the epochs, and the network at their end."""
    keras.utils.set_random_seed(seed)
    model = network(case)
    model.compile(optimizer=keras.optimizers.Adam(case.learning_rate), loss=dice_and_crossentropy)
    schedule = keras.callbacks.LearningRateScheduler(
        lambda epoch: case.learning_rate * (1 + math.cos(math.pi * epoch / case.epochs)) / 2
    )
    taken = patches(folder, seed)
    x, y = taken.values, keras.utils.to_categorical(taken.labels, case.classes)
    losses = []
    for epoch, part in enumerate(np.split(np.arange(len(x)), case.epochs)):
        history = model.fit(
            x[part],
            y[part],
            batch_size=case.batch_size,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[schedule, TakingTurns(turns)],
        )
        losses += history.history["loss"]
    return losses, scores_of(model)
