"""Validation: whole images through the network as it is, tile by tile, compared with their masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from unetgen.predicting.predictor import Predictor
from unetgen.predicting.view import View
from unetgen.runs.run import Run
from unetgen.training.data_set import DataSet

if TYPE_CHECKING:
    import keras

    from unetgen.training.callbacks import Validate

DICE = "val_dice"


def validation_of(run: Run, data: DataSet) -> Validate | None:
    """What validates the model of `run`; None where nothing is kept for it."""
    if not data.validation:
        return None

    def validate(model: keras.Model) -> Mapping[str, float]:
        predictor = predictor_of(model, run)
        names = data.preprocessing.classes
        counts = np.zeros((len(data.validation), len(names), 3))
        for place, image in enumerate(data.validation):
            predicted = predictor.labels_of(View((image.values,), data.slices))
            counts[place] = counts_of(predicted, image.labels, len(names), data.preprocessing.ignored)
        found = dice_of(counts, names)
        return found if len(found) > 2 else {DICE: found[DICE]}  # of one class the mean says all

    return validate


def predictor_of(model: keras.Model, run: Run) -> Predictor:
    """What predicts images that are prepared already, as validations do."""
    fit = run.config.fit
    return Predictor(model, run.design.config, overlap=fit.overlap, batch_size=fit.batch_size)


def counts_of(predicted: np.ndarray, labels: np.ndarray, classes: int, ignored: int | None) -> np.ndarray:
    """Of each class: positions in both, in the prediction, in the mask ``(classes, 3)``."""
    counts = np.empty((classes, 3))
    known = np.ones(labels.shape, bool) if ignored is None else labels != ignored
    for number in range(classes):
        ours, theirs = (predicted == number) & known, (labels == number) & known
        counts[number] = np.count_nonzero(ours & theirs), np.count_nonzero(ours), np.count_nonzero(theirs)
    return counts


def dice_of(counts: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    """The Dice of each class but the first, over the cases that have it in either, and their mean.

    ``2 |A and B| / (|A| + |B|)`` per case and class; `counts` are ``(cases, classes, 3)``.

    >>> dice_of(np.array([[[9, 9, 9], [1, 2, 2]], [[9, 9, 9], [0, 0, 0]]]), ("rest", "cell"))
    {'val_dice': 0.5, 'val_dice_cell': 0.5}
    """
    found: dict[str, float] = {}
    for number, name in enumerate(names[1:], start=1):
        both, ours, theirs = counts[:, number].T
        has_it = ours + theirs > 0
        if has_it.any():
            found[f"{DICE}_{name}"] = float(np.mean(2 * both[has_it] / (ours + theirs)[has_it]))
    mean = float(np.mean(list(found.values()))) if found else float("nan")
    return {DICE: mean, **found}
