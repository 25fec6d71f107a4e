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
from unetgen.config.composing.language import Language
from unetgen.config.composing.references import resolve
from unetgen.config.design import Design
from unetgen.config.loader import Reader, place_files
from unetgen.config.problems import problems_in
from unetgen.config.source import Source
from unetgen.config.validation import in_order, validate
from unetgen.config.yaml.tree import parse_yaml, read_yaml
from unetgen.errors import ConfigError, Problem
from unetgen.runs.config import RunConfig
from unetgen.runs.rules import run_problems
from unetgen.runs.run import Run

MODEL = "model"
WRITES_ONE = "`unetgen data DIR --write-run run.yaml` writes one for the images in DIR"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
"""What a config may be called: a network that is written in a run file has the file's name."""
RUNS = Language(RunConfig, (MODEL,), frozenset({("data", "labels"), ("fit", "class_weights")}))
"""The language of run files. The keys of `data.labels` are the values in masks; those of `fit.class_weights`
may be numbers too, of classes that have no other name."""


def load_run(file: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Run:
    """The checked run in `file`, with `overrides` in Hydra's grammar, such as ``fit.epochs=3 model.depth=4``.

    A file with a ``defaults`` list is composed first, of the files in its own folder and the bundled ones.
    Raises `ConfigError` with every problem of the run, its network and the overrides, each with its place.
    """
    path, label = Path(file), str(file)
    if path.is_dir():
        raise ConfigError([Problem("is a folder, not a run file", hint=WRITES_ONE, where=label)])
    parsed = overriding.parse(tuple(overrides))
    document = read_yaml(path, label, RUNS.numbered)
    if "defaults" not in document.data:
        return _checked(Source.of(document, label), path.parent, parsed)
    from unetgen.config.composing.compose import compose

    source, values = compose(path, label, parsed, RUNS)
    return _checked(source, path.parent, values)


def run_from_text(text: str, label: str, folder: Path, overrides: Iterable[str] = ()) -> Run:
    """The run that `text`, which composes nothing, holds as YAML, its paths relative to `folder`; errors call
    it `label`."""
    source = Source.of(parse_yaml(text, label, RUNS.numbered), label)
    return _checked(source, folder, overriding.parse(tuple(overrides)))


def _refuse_config(source: Source) -> None:
    """Raise one `ConfigError` where a network's config is given for a run, in place of one for each key."""
    if MODEL not in source.data and "num_classes" in source.data:
        where = source.where(("num_classes",), key=True)
        hint = f"name its file under `{MODEL}` in a run file; {WRITES_ONE}"
        raise ConfigError([Problem("this is a network's config, not a run file", hint=hint, where=where)])


def _checked(source: Source, folder: Path, overrides: Sequence[Any]) -> Run:
    _refuse_config(source)
    source.root = RunConfig
    inside = [each for each in overrides if each.key_or_group.startswith(f"{MODEL}.")]
    overriding.apply(source, [each for each in overrides if each not in inside])
    for_network = tuple(each.input_line.removeprefix(f"{MODEL}.") for each in inside)
    written = source.data.get(MODEL)
    network = _written(source, written, for_network) if isinstance(written, dict) else None
    if network is not None:
        source.data[MODEL] = network.data
    resolve(source, apart=None if network is None else MODEL)
    if network is not None:
        place_files(network, folder)
    problems: list[Problem] = list(source.problems)
    try:
        config = RunConfig.model_validate(source.data)
    except ValidationError as error:
        problems += problems_in(error, source)
    design = None
    try:
        design = _named(source, folder, for_network) if network is None else _validated(network)
    except ConfigError as error:
        problems += error.problems
    if problems or design is None:
        raise ConfigError(in_order(problems))
    if wrong := [source.located(problem) for problem in run_problems(config, design)]:
        raise ConfigError(in_order(wrong))
    return Run(config, design, folder)


def _named(source: Source, folder: Path, overrides: tuple[str, ...]) -> Design | None:
    """The network in the file that the run names; None where it names none, which its own problems say."""
    written = source.data.get(MODEL)
    if not isinstance(written, str):
        return None
    try:
        return Reader(_place(written, folder)).design(overrides)
    except ConfigError as error:
        here = source.where((MODEL,))
        placed = [each if each.where else replace(each, path=(MODEL,), where=here) for each in error.problems]
        raise ConfigError(_as_overridden(placed)) from None


def _validated(network: Source) -> Design:
    """The network that stands in the run file itself."""
    try:
        return validate(network)
    except ConfigError as error:
        within = (replace(problem, path=(MODEL, *problem.path)) for problem in error.problems)
        raise ConfigError(_as_overridden(within)) from None


def _place(written: str, folder: Path) -> str:
    """A config's file relative to the run file, or a bundled name as it is."""
    beside = folder / written
    return str(beside) if written.endswith((".yaml", ".yml")) or beside.is_file() else written


def _written(source: Source, written: dict[str, Any], overrides: tuple[str, ...]) -> Source:
    """The config that stands in the run file itself, with its marks. References in it count from its own top,
    so that it means the same in a file of its own."""
    stem = Path(source.label).stem
    data = {"name": stem if NAME.fullmatch(stem) else MODEL, **written}

    def below(marks: dict[Any, str]) -> dict[Any, str]:
        return {path[1:]: mark for path, mark in marks.items() if path[:1] == (MODEL,)}

    dropped = {path[1:] for path in source.dropped if path[:1] == (MODEL,)}
    where, marks = source.where((MODEL,)), (below(source.keys), below(source.values))
    network = Source(where, data, *marks, dropped=dropped, notes=source.notes)
    if "defaults" in data:
        hint = f"write `- NAME@{MODEL}` in the `defaults` list of the run, or name a config's file"
        problem = Problem("only whole files are composed", ("defaults",), hint=hint)
        network.drop(("defaults",), network.located(problem, key=True))
    overriding.apply(network, overriding.parse(overrides))
    resolve(network)
    return network


def _as_overridden(problems: Iterable[Problem]) -> list[Problem]:
    """Overrides called as they were given, with ``model.`` before them."""
    start = "override '"
    return [
        replace(each, where=f"{start}{MODEL}.{each.where.removeprefix(start)}")
        if each.where and each.where.startswith(start)
        else each
        for each in problems
    ]
