"""From plain data to a checked design, or to every problem with its place.

What should be written otherwise is a warning."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from unetgen.config.design import Design
from unetgen.config.draft import Draft
from unetgen.config.lowering import lower, settled
from unetgen.config.model import UNetConfig
from unetgen.config.renamed import renew
from unetgen.config.rules.between_fields import cross_problems
from unetgen.config.source import Source, value_at
from unetgen.errors import ConfigError, OldNameWarning, Problem
from unetgen.spelling import nearest

PLACEHOLDERS: Mapping[str, Any] = {
    "input": {"shape": [64]},
    "depth": 2,
    "base_filters": 8,
    "num_classes": 2,
}
"""Stand for required fields that are wrong, while the other fields are checked against each other."""


def validate(source: Source) -> Design:
    """The design of `source`; raises `ConfigError` with every problem."""
    renew(source)
    problems = list(source.problems)
    try:
        config = UNetConfig.model_validate(source.data)
    except ValidationError as error:
        from unetgen.config.problems import problems_in

        _refuse_run(source)
        problems += problems_in(error, source)
    if problems:
        raise ConfigError(in_order([*problems, *_contradictions(source, problems)]))
    try:
        design = lower(config)
    except ConfigError as error:
        raise ConfigError(in_order(_located(source, problem) for problem in error.problems)) from None
    for note in source.notes:
        warnings.warn(str(note), OldNameWarning, stacklevel=2)
    return design


def _refuse_run(source: Source) -> None:
    """Raise one `ConfigError` where a run file is given for a config, in place of one for each key."""
    if "model" in source.data and not {"data", "fit"}.isdisjoint(source.data):
        where = source.where(("model",), key=True)
        hint = "`unetgen data` checks it, and `unetgen train` trains it"
        raise ConfigError(
            [Problem("this is a run file, with a network under this key", ("model",), hint=hint, where=where)]
        )


def unplanned(source: Source) -> UNetConfig:
    """The config of the design that `validate` comes to, without its plan: for one that was checked before.

    Raises `ConfigError` where there is none; `validate` has every problem.
    """
    renew(source)
    if source.problems:
        raise ConfigError(source.problems)
    try:
        return settled(UNetConfig.model_validate(source.data))[0]
    except ValidationError as error:
        from unetgen.config.problems import problems_in

        raise ConfigError(problems_in(error, source)) from None


def _contradictions(source: Source, problems: Iterable[Problem]) -> list[Problem]:
    """What the fields that are right by themselves contradict each other about."""
    paths = [*(problem.path for problem in problems), *source.dropped]
    wrong = {str(path[0]) for path in paths if path}
    wrong |= {meant for name in wrong if (meant := nearest(name, UNetConfig.model_fields))}
    data = {key: value for key, value in source.data.items() if key not in wrong}
    data |= {key: value for key, value in PLACEHOLDERS.items() if key in wrong}
    try:
        contradictions = cross_problems(Draft(UNetConfig.model_validate(data)), frozenset(wrong))
    except ValidationError:
        return []
    return [_located(source, problem) for problem in contradictions]


def _located(source: Source, problem: Problem) -> Problem:
    """`problem` with its place, and with what it got as the source has it (``1``, not ``1.0``)."""
    located = source.located(problem)
    written = value_at(source.data, located.path)
    as_written = written is not ... and type(written) is type(located.got) and written == located.got
    return replace(located, got=written) if as_written else located


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, by place: files in order of appearance, then line and column."""
    unique = list({str(problem): problem for problem in problems}.values())
    files: dict[str, int] = {}

    def place(problem: Problem) -> tuple[int, int, int]:
        name, line, column = _split(problem.where or "")
        return files.setdefault(name, len(files)), line, column

    return sorted(unique, key=place)


def _split(where: str) -> tuple[str, int, int]:
    parts = where.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return where, 0, 0
