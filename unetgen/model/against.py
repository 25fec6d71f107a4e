"""A lock's config against the file that it came from, as that file is today."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from unetgen.analysis.comparison import compare
from unetgen.analysis.summary import Summary
from unetgen.config.bundled import bundled_configs
from unetgen.config.design import Design
from unetgen.config.loader import load_design
from unetgen.config.standard_input import FILE as STDIN
from unetgen.errors import ConfigError, shown

BUNDLED, FILE = "bundled", "file"


def source_of(config_file: Path, folder: Path) -> dict[str, str]:
    """Where a config came from, as the lock in `folder` names it: a bundled name, or a file.

    The file is named from `folder` where it lies in it or in one of the folders around it; from elsewhere by
    its name alone, so that a lock tells nothing of a machine's folders. Of standard input nothing is said.
    """
    if config_file == STDIN:
        return {}
    file, folder = Path(os.path.abspath(config_file)), Path(os.path.abspath(folder))  # noqa: PTH100  (no links)
    bundled = bundled_configs().get(file.stem)
    if bundled is not None and bundled.resolve() == file.resolve():
        return {BUNDLED: file.stem}
    if folder.is_relative_to(file.parent):
        up = len(folder.parts) - len(file.parent.parts)
        return {FILE: "/".join([*[".."] * up, file.name])}
    return {FILE: file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name}


def changes(design: Design, config: str | os.PathLike[str], overrides: Iterable[str]) -> tuple[str, ...]:
    """In what `config`, a file or a bundled name, with `overrides` differs from a lock's `design`; or what
    makes it invalid by now."""
    try:
        now = load_design(config, overrides)
    except ConfigError as error:
        return tuple(str(problem) for problem in error.problems)
    if now.config.digest == design.config.digest:
        return ()
    return tuple(
        f"{config}: {field.path}: the lock has {_value(field.a)}, it has {_value(field.b)}"
        for field in compare(Summary(design), Summary(now)).fields
    )


def changes_of_source(
    source: object, overrides: Iterable[str], folder: Path, design: Design
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Problems and notes: in what the `source` that a lock in `folder` names differs, where it is there.

    A bundled config that has changed is a note: it came with another version of unetgen.
    """
    named, bundled = (source.get(FILE), source.get(BUNDLED)) if isinstance(source, dict) else (None, None)
    if isinstance(bundled, str) and bundled in bundled_configs():
        return (), changes(design, bundled, overrides)
    if not isinstance(named, str) or not _is_config_near(named):
        return (), ()
    file = Path(os.path.normpath(folder / named))
    if file.is_file():
        return changes(design, file, overrides), ()
    return (), (f"{file}: is not there to be compared; --against names it elsewhere",)


def _is_config_near(named: str) -> bool:
    """Whether it is what `source_of` writes: a YAML file in, around or beneath the lock's folder."""
    parts = named.split("/")
    below = parts[parts.count("..") :] if ".." in parts else parts
    is_plain = all(part not in ("", ".", "..") and part.isprintable() and "\\" not in part for part in below)
    return is_plain and named.endswith((".yaml", ".yml")) and not Path(named).is_absolute()


def _value(value: object) -> str:
    return "nothing" if value is ... else shown(value)
