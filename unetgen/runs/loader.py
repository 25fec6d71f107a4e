"""Loading a run file: read, override, validate, together with the config that it names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from unetgen.config.composing import overrides as overriding
from unetgen.config.composing.references import resolve
from unetgen.config.design import Design
from unetgen.config.loader import Reader
from unetgen.config.problems import problems_in
from unetgen.config.source import Source
from unetgen.config.validation import in_order, validate
from unetgen.config.yaml.tree import parse_yaml, read_yaml
from unetgen.errors import ConfigError, Problem
from unetgen.runs.config import RunConfig
from unetgen.runs.rules import run_problems
from unetgen.runs.run import Run

MODEL = "model"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
"""What a config may be called: a network that is written in a run file has the file's name."""
NUMBERED = frozenset({("data", "labels")})
"""Mappings whose keys are numbers: the values in masks."""


def load_run(file: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Run:
    """The checked run in `file`, with `overrides` in Hydra's grammar, such as ``fit.epochs=3 model.depth=4``.

    Raises `ConfigError` with every problem of the run, its network and the overrides, each with its place.
    """
    path = Path(file)
    return _checked(Source.of(read_yaml(path, numbered=NUMBERED), str(file)), path.parent, overrides)


def run_from_text(text: str, label: str, folder: Path, overrides: Iterable[str] = ()) -> Run:
    """The run that `text` holds as YAML, its paths relative to `folder`; errors call it `label`."""
    return _checked(Source.of(parse_yaml(text, label, NUMBERED), label), folder, overrides)


def _checked(source: Source, folder: Path, overrides: Iterable[str]) -> Run:
    source.root = RunConfig
    parsed = overriding.parse(tuple(overrides))
    inside = [each for each in parsed if each.key_or_group.startswith(f"{MODEL}.")]
    overriding.apply(source, [each for each in parsed if each not in inside])
    written = source.data.get(MODEL)
    if not isinstance(written, dict):  # a config's own references count from its own top
        resolve(source)
    problems: list[Problem] = list(source.problems)
    try:
        config = RunConfig.model_validate(source.data)
    except ValidationError as error:
        problems += problems_in(error, source)
    design = None
    try:
        design = _design(source, folder, [each.input_line for each in inside])
    except ConfigError as error:
        problems += error.problems
    if problems or design is None:
        raise ConfigError(in_order(problems))
    if wrong := [source.located(problem) for problem in run_problems(config, design)]:
        raise ConfigError(in_order(wrong))
    return Run(config, design, folder)


def _design(source: Source, folder: Path, inside: Sequence[str]) -> Design | None:
    """The network of the run; None where nothing names one, which the run's own problems say."""
    written = source.data.get(MODEL)
    overrides = tuple(text.removeprefix(f"{MODEL}.") for text in inside)
    if isinstance(written, str):
        try:
            return Reader(_place(written, folder)).design(overrides)
        except ConfigError as error:
            here = source.where((MODEL,))
            placed = [
                each if each.where else replace(each, path=(MODEL,), where=here) for each in error.problems
            ]
            raise ConfigError(_as_overridden(placed)) from None
    if not isinstance(written, dict):
        return None
    inner = _inner(source, written)
    overriding.apply(inner, overriding.parse(overrides))
    resolve(inner)
    try:
        return validate(inner)
    except ConfigError as error:
        within = (replace(problem, path=(MODEL, *problem.path)) for problem in error.problems)
        raise ConfigError(_as_overridden(within)) from None


def _place(written: str, folder: Path) -> str:
    """A config's file relative to the run file, or a bundled name as it is."""
    beside = folder / written
    return str(beside) if written.endswith((".yaml", ".yml")) or beside.is_file() else written


def _inner(source: Source, written: dict[str, Any]) -> Source:
    """The config that stands in the run file itself, with its marks."""
    stem = Path(source.label).stem
    data = {"name": stem if NAME.fullmatch(stem) else MODEL, **written}

    def below(marks: dict[Any, str]) -> dict[Any, str]:
        return {path[1:]: mark for path, mark in marks.items() if path[:1] == (MODEL,)}

    dropped = {path[1:] for path in source.dropped if path[:1] == (MODEL,)}
    return Source(source.where((MODEL,)), data, below(source.keys), below(source.values), dropped=dropped)


def _as_overridden(problems: Iterable[Problem]) -> list[Problem]:
    """Overrides called as they were given, with ``model.`` before them."""
    start = "override '"
    return [
        replace(each, where=f"{start}{MODEL}.{each.where.removeprefix(start)}")
        if each.where and each.where.startswith(start)
        else each
        for each in problems
    ]
