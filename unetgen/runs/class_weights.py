"""Weights of the classes in the losses: kinds of `fit.class_weights`, worked out of how often each class is.

They are numbers as their sources have them. The losses do not divide by their sum, so that their size counts
as that of a learning rate does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Problem, Wrong
from unetgen.parts.choice import KIND, Kinds, Named
from unetgen.parts.part import Part
from unetgen.parts.values import number

LARGEST = 1e6
Vector = NDArray[np.float64]
"""A number for each class."""


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """How often each class is in the masks that are learned from; positions that are ignored do not count."""

    positions: Vector
    """Of the class."""
    beside: Vector
    """Of all classes, in the masks that have the class."""

    @property
    def shares(self) -> Vector:
        """The share of each class of all positions."""
        return self.positions / float(self.positions.sum())


class ClassWeighting(Part, ABC):
    """A formula for the weight of each class; where a class is absent, most give no finite number."""

    kind: str

    @abstractmethod
    def weights(self, counts: ClassCounts) -> Vector:
        """The weight of each class."""


class InverseFrequency(ClassWeighting):
    """One over the share: all classes weigh the same together, and a position 1 on average.

    ``1 / (classes * share)``, which scikit-learn calls ``balanced``, after King and Zeng 2001 (Political
    Analysis 9).
    """

    kind: Literal["inverse"] = "inverse"

    def weights(self, counts: ClassCounts) -> Vector:
        """
        >>> InverseFrequency().weights(ClassCounts(np.array([90.0, 10.0]), np.array([100.0, 100.0])))
        array([0.55555556, 5.        ])
        """
        return np.reciprocal(len(counts.shares) * counts.shares)


class InverseRootFrequency(ClassWeighting):
    """One over the square root of the share, scaled so that a position weighs 1 on average.

    ``share ** -0.5 / sum(share ** 0.5)``: rare classes gain less than by `InverseFrequency`. Mahajan et al.
    2018 (arXiv 1805.00932) draw images by the same root.
    """

    kind: Literal["inverse_sqrt"] = "inverse_sqrt"

    def weights(self, counts: ClassCounts) -> Vector:
        root = np.sqrt(counts.shares)
        return np.reciprocal(root * float(root.sum()))


class MedianFrequency(ClassWeighting):
    """The median of the classes' frequencies over that of the class.

    A frequency is the share of the class in the masks that have it (Eigen and Fergus 2015, arXiv 1411.4734;
    SegNet, arXiv 1511.00561).
    """

    kind: Literal["median_frequency"] = "median_frequency"

    def weights(self, counts: ClassCounts) -> Vector:
        frequencies = counts.positions / counts.beside
        return float(np.median(frequencies)) / frequencies


class EffectiveNumber(ClassWeighting):
    """One over the effective number of positions, scaled so that the mean over the classes is 1.

    ``(1 - beta) / (1 - beta ** n)`` for `n` positions (Cui et al. 2019, arXiv 1901.05555).
    """

    kind: Literal["effective_number"] = "effective_number"
    beta: float | None = Field(None, gt=0, lt=1)
    """What a further position adds to those before it. Null: ``(N - 1) / N``, as the paper derives it, with
    `N` positions in all. The paper's 0.9 to 0.9999 are of thousands of images; classes with more positions
    than ``10 / (1 - beta)`` all weigh the same."""

    def weights(self, counts: ClassCounts) -> Vector:
        logarithm = np.log1p(-1 / counts.positions.sum()) if self.beta is None else np.log(self.beta)
        inverse = np.reciprocal(-np.expm1(counts.positions * float(logarithm)))
        return inverse / float(inverse.mean())


class ENetWeighting(ClassWeighting):
    """One over the logarithm of the share: bounded, also for a class that is absent.

    ``1 / ln(offset + share)`` (ENet, Paszke et al. 2016, arXiv 1606.02147).
    """

    kind: Literal["enet"] = "enet"
    offset: float = Field(1.02, gt=1, le=100)
    """What is added to the share: the closer to 1, the more a rare class weighs. With the paper's 1.02,
    weights are from 1.4 to 50.5."""

    def weights(self, counts: ClassCounts) -> Vector:
        return np.reciprocal(np.log(self.offset + counts.shares))


AnyWeighting = InverseFrequency | InverseRootFrequency | MedianFrequency | EffectiveNumber | ENetWeighting
_BY_KIND: Kinds[AnyWeighting] = Kinds("class_weights", AnyWeighting)
ByName = Mapping[str, float]
"""The weight of each class by its name."""


class KindOrNames(Named):
    """Pydantic annotation of a field that holds a weighting, a mapping from names to weights, or null."""

    def parse(self, value: object) -> AnyWeighting | ByName | None:
        """What a kind's name, a mapping with `kind` or one with the classes' names means."""
        if value is None:
            return None
        if isinstance(value, Mapping) and not isinstance(value.get(KIND), str):
            return _by_name(value)
        return _BY_KIND.parse(value)

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        weight = core_schema.float_schema(ge=0, le=LARGEST)
        by_name = core_schema.dict_schema(core_schema.str_schema(), weight, min_length=1)
        by_kind = _BY_KIND.__get_pydantic_core_schema__(source, handler)
        taken = core_schema.nullable_schema(core_schema.union_schema([by_kind, by_name]))
        return core_schema.no_info_plain_validator_function(self.parse, json_schema_input_schema=taken)


def _by_name(value: Mapping[object, object]) -> ByName:
    """All weights of a mapping; a class may well be called `kind`, since its weight is a number."""
    problems: list[Problem] = []
    weights: dict[str, float] = {}
    for name, weight in value.items():
        try:
            weights[str(name)] = float(number(weight, 0, LARGEST, f"a number from 0 to {LARGEST:.0f}"))
        except Wrong as wrong:
            problems += wrong.under(str(name)).problems
    if not value:
        hint = f"name the weight of each class, or write one of: {', '.join(_BY_KIND.models)}"
        problems.append(Problem("names no class", got={}, hint=hint))
    if problems:
        raise Wrong(problems)
    return weights


ClassWeightsField = Annotated[AnyWeighting | ByName | None, KindOrNames()]
