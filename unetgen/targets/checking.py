"""`check`: all that is wrong with the targets of a batch or of a whole data set, told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from unetgen.errors import Path, Problem, UnetgenError
from unetgen.targets.expected import Expected
from unetgen.targets.shapes import shape_problem
from unetgen.targets.values import value_problem


class TargetError(UnetgenError, ValueError):
    """Targets that the losses and metrics of a config do not take: every problem, each with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def check(expected: Sequence[Expected], y: object, path: Path = ("y",)) -> None:
    """Raise `TargetError` where `y`, as `keras.Model.fit` takes it, is not what is expected.

    It is one array, or a list or a mapping with one for each task or for each output; None is not looked at.
    `path` begins the messages. Values are read once, sample by sample.
    """
    problems: list[Problem] = []
    for (each, output), array, place in _paired(expected, y, path, problems):
        if array is None:
            continue
        if problem := _problem(each, output, array):
            problems.append(replace(problem, path=place))
    if problems:
        raise TargetError(problems)


def _problem(expected: Expected, output: int, array: object) -> Problem | None:
    try:
        numbers = np.asarray(array)
    except (TypeError, ValueError):  # a ragged list
        return Problem("must be an array", got=type(array).__name__)
    return shape_problem(expected, output, numbers) or value_problem(expected, numbers)


def _paired(
    expected: Sequence[Expected], y: object, path: Path, problems: list[Problem]
) -> Iterator[tuple[tuple[Expected, int], object, Path]]:
    """Each array with what it has to be, the number of its output within the task, and its place."""
    by_task = {each.name: (each, 0) for each in expected}
    by_output = {
        f"{each.name}.{output}" if output else each.name: (each, output)
        for each in expected
        for output in range(len(each.sizes))
    }
    several = f"one array for each of the tasks {list(by_task)}" if len(by_task) > 1 else "one array"
    if len(by_output) > len(by_task):
        several += f", or one for each of the {len(by_output)} outputs"
    if isinstance(y, Mapping):
        for rows in (by_task, by_output):
            if set(y) == set(rows):
                yield from ((row, y[name], (*path, name)) for name, row in rows.items())
                return
        hint = f"the keys are {', '.join(by_task)}"
        problems.append(Problem(f"must be {several}", path, got=list(y), hint=hint))
        return
    if y is None:
        problems.append(Problem(f"must be {several}", path, got=None))
        return
    arrays = list(y) if isinstance(y, list | tuple) else [y]
    for rows in (by_task, by_output):
        if len(rows) == len(arrays):
            named = len(rows) > 1
            for (name, row), array in zip(rows.items(), arrays, strict=True):
                yield row, array, (*path, name) if named else path
            return
    problems.append(Problem(f"must be {several}", path, got=f"{len(arrays)} arrays"))
