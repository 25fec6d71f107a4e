"""Which cases are learned from and which are validated on: `data.split`."""

from __future__ import annotations

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from unetgen.errors import Problem, Wrong
from unetgen.parts.choice import Kinds
from unetgen.parts.part import Part
from unetgen.spelling import did_you_mean

TOO_MANY = 1.5
"""Times the share that is asked for; a random split never validates on more."""


@dataclass(frozen=True)
class Sides:
    """The names of the cases on either side, each in order."""

    train: tuple[str, ...]
    validation: tuple[str, ...]

    def side_of(self, name: str) -> str | None:
        """`train`, `validation`, or None for a case on neither side."""
        return "train" if name in self.train else "validation" if name in self.validation else None


class Splitting(Part, ABC):
    """A way of telling the cases to learn from from those to validate on."""

    kind: str

    @abstractmethod
    def sides(self, names: Sequence[str], seed: int) -> Sides:
        """Each of `names` on its side; raises `Wrong` with all that is wrong."""


class RandomSplit(Splitting):
    """A share of the cases, drawn by the run's seed and each case's name alone.

    A case stays on its side when others come or go. So the share is met on average, not exactly; only in a
    small data set, where none would be validated on or far too many, the number of cases counts as well.
    """

    kind: Literal["random"] = "random"
    validation: float = Field(0.2, ge=0, lt=1)
    """The share of the cases that are validated on; 0: none."""

    def sides(self, names: Sequence[str], seed: int) -> Sides:
        if not self.validation or len(names) < 2:
            return Sides(tuple(names), ())
        drawn = {name: _draw(seed, name) for name in names}
        ranked = sorted(names, key=drawn.__getitem__)
        below = sum(draw < self.validation for draw in drawn.values())
        most = min(len(names) - 1, math.ceil(TOO_MANY * self.validation * len(names)))
        return _divided(names, ranked[: min(max(1, below), most)])


class FoldsSplit(Splitting):
    """One of several parts of nearly equal size, for cross-validation.

    Each case is in exactly one fold. New cases may move others to another fold.
    """

    kind: Literal["folds"] = "folds"
    folds: int = Field(5, ge=2)
    """How many parts there are."""
    fold: int = Field(0, ge=0)
    """The part that is validated on, from 0."""

    @model_validator(mode="after")
    def _has_the_fold(self) -> FoldsSplit:
        if self.fold >= self.folds:
            hint = f"{self.folds} folds are 0 to {self.folds - 1}"
            raise Wrong.of("there is no such fold", got=self.fold, hint=hint, path=("fold",))
        return self

    def sides(self, names: Sequence[str], seed: int) -> Sides:
        if len(names) < self.folds:
            raise Wrong.of(
                f"more folds than cases, of which there are {len(names)}",
                got=self.folds,
                hint=f"write `folds: {len(names)}`" if len(names) > 1 else "write `split: random`",
                path=("folds",),
            )
        ranked = sorted(names, key=lambda name: _draw(seed, name))
        return _divided(names, ranked[self.fold :: self.folds])


def _names(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise Wrong.of("must be a list of the names of cases", got=value)
    wrong = [
        Problem("must be the name of a case", (i,), got=each)
        for i, each in enumerate(value)
        if not isinstance(each, str) or not each
    ]
    if wrong:
        raise Wrong(wrong)
    return tuple(value)


CaseNames = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    WithJsonSchema({"type": "array", "items": {"type": "string", "minLength": 1}}),
]


class ListedSplit(Splitting):
    """Cases by their names; those that are not named are left out."""

    kind: Literal["listed"] = "listed"
    train: CaseNames
    """The cases that are learned from."""
    validation: CaseNames = ()
    """The cases that are validated on."""

    def sides(self, names: Sequence[str], seed: int) -> Sides:
        problems = [
            Problem("names no case", (side, index), got=name, hint=did_you_mean(name, names) or None)
            for side in ("train", "validation")
            for index, name in enumerate(getattr(self, side))
            if name not in names
        ]
        for side, listed in (("train", self.train), ("validation", self.validation)):
            problems += [Problem("named twice", (side,), got=name) for name in _repeated(listed)]
        both = [name for name in dict.fromkeys(self.validation) if name in self.train]
        hint = "what is learned from says nothing of new images; keep one of the two"
        problems += [Problem("is in `train` too", ("validation",), got=name, hint=hint) for name in both]
        if not self.train:
            problems.append(Problem("names no case to learn from", ("train",), got=[]))
        if problems:
            raise Wrong(problems)
        return Sides(
            tuple(name for name in names if name in self.train),
            tuple(name for name in names if name in self.validation),
        )


AnySplit = RandomSplit | FoldsSplit | ListedSplit
SplitField = Annotated[AnySplit, Kinds("split", AnySplit)]


def _draw(seed: int, name: str) -> float:
    """A number from 0 to less than 1 that depends on nothing but these two."""
    digest = hashlib.sha256(f"{seed}/{name}".encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def _divided(names: Sequence[str], validation: Iterable[str]) -> Sides:
    chosen = set(validation)
    return Sides(
        tuple(name for name in names if name not in chosen), tuple(name for name in names if name in chosen)
    )


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]
