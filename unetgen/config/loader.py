"""Loading: find, read, compose, override, validate. The one way from a file to a config."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from unetgen.config.bundled import find
from unetgen.config.composing import overrides as overriding
from unetgen.config.composing.references import resolve
from unetgen.config.model import UNetConfig
from unetgen.config.source import Source
from unetgen.config.validation import validate
from unetgen.config.yaml.tree import read_yaml
from unetgen.errors import ConfigError, Problem
from unetgen.plan.graph import Plan


def load(config: str | os.PathLike[str], overrides: Iterable[str] = ()) -> UNetConfig:
    """The checked config in a file or of a bundled name, with `overrides` in Hydra's grammar.

    Raises `ConfigError` with every problem, each with its file, line and column.
    """
    return load_with_plan(config, overrides)[0]


def load_with_plan(config: str | os.PathLike[str], overrides: Iterable[str] = ()) -> tuple[UNetConfig, Plan]:
    """The checked config and its plan: checking sizes makes the plan anyway."""
    file, label = find(config)
    return validate(read_source(file, label, tuple(overrides)))


def read_source(file: Path, label: str, overrides: tuple[str, ...]) -> Source:
    """What the file, the files it composes and the overrides say together, not yet checked."""
    parsed = overriding.parse(overrides) if overrides else []
    document = read_yaml(file, shown_as=label)
    source = Source.of(document, label)
    _refuse_hydra(source)
    if "defaults" in source.data:
        from unetgen.config.composing.compose import compose

        source, parsed = compose(file, label, parsed)
    source.data.setdefault("name", file.stem)
    if parsed:
        overriding.apply(source, parsed)
    resolve(source)
    return source


def from_dict(data: dict[str, Any], label: str = "config") -> UNetConfig:
    """The checked config of plain data, as a YAML file would hold it."""
    return validate(Source(label, dict(data)))[0]


def _refuse_hydra(source: Source) -> None:
    if "hydra" in source.data:
        hint = "they belong to `unetgen sweep`, which runs trusted files only"
        where = source.where(("hydra",), key=True)
        raise ConfigError(
            [
                *source.problems,
                Problem("`hydra` settings are refused here", ("hydra",), hint=hint, where=where),
            ]
        )
