"""Validation: whole images through the network as it is, tile by tile, compared with their masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unetgen.data.sampling import TrainingImage
from unetgen.images.image import Values
from unetgen.predicting.metrics import Quality, mean, qualities
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
        found = dice_of([case.qualities for case in validated(model, run, data)], data.preprocessing.classes)
        return found if len(found) > 2 else {DICE: found[DICE]}  # of one class the mean says all

    return validate


@dataclass(frozen=True, eq=False)
class ValidatedCase:
    """A case of the validation split as the network sees it, and what it makes of it."""

    image: TrainingImage
    predicted: Values
    """Class numbers ``(*spatial)``."""
    qualities: Mapping[int, Quality]
    """By class number; positions that are not learned from do not count."""


def validated(model: keras.Model, run: Run, data: DataSet) -> Iterator[ValidatedCase]:
    """The validation split, predicted by `model` one by one."""
    fit, preprocessing = run.config.fit, data.preprocessing
    predictor = Predictor(model, run.design.config, overlap=fit.overlap, batch_size=fit.batch_size)
    numbers = range(len(preprocessing.classes))
    for image in data.validation:
        predicted = predictor.labels_of(View((image.values,), data.slices))
        found = qualities(predicted, image.labels, numbers, ignore=preprocessing.ignored)
        yield ValidatedCase(image, predicted, found)


def dice_of(cases: Sequence[Mapping[int, Quality]], names: Sequence[str]) -> dict[str, float]:
    """The Dice of each class but the first, over the cases that have it in either, and their mean.

    >>> cases = [{1: Quality(true=2, predicted=2, both=1)}, {1: Quality(true=0, predicted=0, both=0)}]
    >>> dice_of(cases, ("rest", "cell"))
    {'val_dice': 0.5, 'val_dice_cell': 0.5}
    """
    means = {name: mean([case[number].dice for case in cases]) for number, name in enumerate(names) if number}
    dice = {name: value for name, (value, defined) in means.items() if defined}
    return {DICE: mean(list(dice.values()))[0], **{f"{DICE}_{name}": value for name, value in dice.items()}}
