"""Evaluating: predictions held against masks, case by case and class by class."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from unetgen.data.case import Case, misfit
from unetgen.data.labels import Classes
from unetgen.data.pairing import pair
from unetgen.errors import UnetgenError
from unetgen.images.files import read_image, read_labels
from unetgen.images.image import Image, Values
from unetgen.predicting.files import naming
from unetgen.predicting.metrics import MEASURES, Quality, mean, qualities
from unetgen.predicting.predictor import Predictor

BACKGROUND = 0
"""The class number that the mean over classes leaves out."""
MOST_VALUES = 256
"""Masks of classes hold fewer; more are numbers of objects, or not masks at all."""
_IGNORED = -1
Predicted = Callable[[Case], Image]
"""The prediction of a case: one channel of values, as its mask has them."""
NOTHING = Quality(0, 0, 0)


@dataclass(frozen=True)
class CaseQuality:
    """How good the prediction of one case is, by class number; what is not there was neither true nor
    predicted."""

    name: str
    by_class: Mapping[int, Quality]

    def quality(self, number: int) -> Quality:
        """That of a class."""
        return self.by_class.get(number, NOTHING)


@dataclass(frozen=True)
class Evaluation:
    """The qualities of all cases, and the means over them."""

    names: Mapping[int, str]
    """Of the classes, by number."""
    cases: tuple[CaseQuality, ...] = field(repr=False)

    @property
    def foreground(self) -> tuple[int, ...]:
        """The classes over which a mean is taken: all but the background, unless there is nothing else."""
        return tuple(number for number in self.names if number != BACKGROUND) or tuple(self.names)

    def mean(self, number: int, measure: str) -> tuple[float, int]:
        """The mean of a measure over the cases in which it is defined for a class, and how many they are."""
        return mean([case.quality(number).values[measure] for case in self.cases])

    def overall(self, measure: str) -> float:
        """The mean over the foreground's classes of their means over the cases."""
        return mean([self.mean(number, measure)[0] for number in self.foreground])[0]

    def of_case(self, case: CaseQuality, measure: str) -> float:
        """The mean over the foreground's classes in one case."""
        return mean([case.quality(number).values[measure] for number in self.foreground])[0]

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data; null stands for what is not defined."""
        return {
            "schema_version": 1,
            "measures": dict(MEASURES),
            "classes": list(self.names.values()),
            "mean": {measure: _plain(self.overall(measure)) for measure in MEASURES},
            "class_means": {
                name: {
                    measure: {"value": _plain(value), "cases": count}
                    for measure in MEASURES
                    for value, count in [self.mean(number, measure)]
                }
                for number, name in self.names.items()
            },
            "cases": [self._case(case) for case in self.cases],
        }

    def _case(self, case: CaseQuality) -> dict[str, Any]:
        rows = {}
        for number, name in self.names.items():
            quality = case.quality(number)
            counts = {"true": quality.true, "predicted": quality.predicted, "both": quality.both}
            measures = {measure: _plain(value) for measure, value in quality.values.items()}
            rows[name] = {**counts, **measures}
        return {"name": case.name, "classes": rows}


def cases_of(predictions: str, masks: str) -> tuple[Case, ...]:
    """The files of two folders that belong together by their names, as cases of a data set.

    Raises `UnetgenError` with all that have no other.
    """
    pairing = pair([predictions], [masks], Path())
    if pairing.problems:
        raise UnetgenError("\n".join(str(replace(problem, path=())) for problem in pairing.problems))
    return pairing.cases


def read_prediction(case: Case) -> Image:
    """The prediction that is the image of a case."""
    return case.image(read_labels)


def predicted_by(predictor: Predictor) -> Predicted:
    """What gives the prediction of a case's image, in the values of masks."""

    def predicted(case: Case) -> Image:
        image = case.image(partial(read_image, dims=predictor.dims_of_files))
        try:
            labels = predictor.values_of(predictor.view(image))
        except UnetgenError as error:
            raise UnetgenError(naming(case, error)) from None
        return replace(image, values=labels[..., None])

    return predicted


def evaluate(
    cases: Iterable[Case],
    predicted: Predicted,
    classes: Classes | None = None,
    *,
    ignore: int | None = None,
    distances: bool = True,
) -> Evaluation:
    """Hold the prediction of each of `cases` against its mask, one case in memory at a time.

    Args:
        cases: with their masks.
        predicted: gives the prediction of a case, in the values of masks.
        classes: what the values mean; without it each value that is found anywhere is a class of its own.
        ignore: a value in masks whose positions do not count, where `classes` does not say it.
        distances: whether the distances of surfaces are worked out, which takes most of the time.

    Raises `UnetgenError` with all that is wrong in any case.
    """
    found: list[CaseQuality] = []
    wrong: list[str] = []
    values: set[int] = set()
    for case in cases:
        try:
            by_class = _compared(case, predicted(case), classes, ignore, distances)
        except UnetgenError as error:
            wrong.append(str(error))
            continue
        found.append(CaseQuality(case.name, by_class))
        values |= by_class.keys()
        if len(values) > MOST_VALUES:
            raise UnetgenError(
                f"{case.mask}: with it there are {len(values):,} values; name those that are "
                "classes with --labels"
            )
    if wrong:
        raise UnetgenError("\n".join(wrong))
    if classes is not None:
        return Evaluation(dict(enumerate(classes.names)), tuple(found))
    return Evaluation({value: str(value) for value in sorted(values)}, tuple(found))


def _compared(
    case: Case, prediction: Image, classes: Classes | None, ignore: int | None, distances: bool
) -> dict[int, Quality]:
    mask = case.labels(read_labels)
    if (problem := misfit(prediction, mask)) is not None:
        raise UnetgenError(
            f"{prediction.file or case.images[0]}: the prediction {problem}, as {case.mask} has it"
        )
    spacing = mask.spacing if distances else None
    guess, truth = prediction.values[..., 0], mask.values[..., 0]
    if classes is None:
        return qualities(guess, truth, _values(guess, truth, ignore), spacing, ignore)
    guess = classes.numbers(guess, _IGNORED, prediction.file or case.images[0])
    truth = classes.numbers(truth, _IGNORED, mask.file)
    return qualities(guess, truth, range(len(classes.names)), spacing, _IGNORED)


def _values(guess: Values, truth: Values, ignore: int | None) -> Sequence[int]:
    return sorted({int(value) for each in (guess, truth) for value in np.unique(each)} - {ignore})


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
