"""What Python code gives `unetgen.load`: a file, a bundled name, YAML text or a mapping, and how to tell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

from unetgen.config.design import Design
from unetgen.config.loader import design_of, load_design
from unetgen.config.model import UNetConfig
from unetgen.config.source import Source, paths_in
from unetgen.config.yaml.nodes import MAX_DEPTH, MAX_NODES
from unetgen.config.yaml.tree import parse_yaml
from unetgen.errors import ConfigError, Path, Problem

Given = str | os.PathLike[str] | Mapping[str, Any]
TEXT, MAPPING = "text", "dict"
"""What messages call a config that no file holds."""
_KEY = re.compile(r":(\s|$)")


def given_design(given: Given, overrides: Iterable[str] = ()) -> Design:
    """The checked config that is given in any of the ways, with `overrides`, and its plan.

    Raises `ConfigError` with every problem, with line and column of a text, with the path in a mapping; and
    `TypeError` for what gives no config.
    """
    if isinstance(given, Mapping):
        return design_of(_mapping(given), overrides)
    if isinstance(given, str) and _is_text(given):
        text = given.removeprefix("\ufeff")  # which a file may begin with
        return design_of(Source.of(parse_yaml(text, TEXT), TEXT), overrides)
    if isinstance(given, str | os.PathLike):
        return load_design(given, overrides)
    if isinstance(given, UNetConfig):
        raise TypeError("a config is loaded already; `unetgen.load(config.to_dict(), overrides)` changes it")
    raise TypeError(f"a config is a file, a bundled name, YAML text or a mapping, not {type(given).__name__}")


def _is_text(given: str) -> bool:
    """Whether `given` is YAML: it has a line break, begins with `{`, or has a colon where a key ends.

    Raises `ConfigError` where it may be the name of a file too.
    """
    if "\n" in given or "\r" in given:
        return True
    if not given.lstrip().startswith("{") and not _KEY.search(given):
        return False
    if given.endswith((".yaml", ".yml")) or os.path.exists(given):  # noqa: PTH110  (never raises)
        hint = "give a file as `pathlib.Path(...)`, and end YAML text with a line break"
        raise ConfigError([Problem("may be the name of a file and YAML text", got=given, hint=hint)])
    return True


def _mapping(given: Mapping[str, Any]) -> Source:
    if type(given).__module__.startswith("omegaconf"):
        raise TypeError("`unetgen.from_hydra` takes what a Hydra application composed")
    reading = _Reading()
    data = _plain(given, (), reading)
    source = Source(MAPPING, data, values=dict.fromkeys(paths_in(data), MAPPING))
    for path, problem in reading.wrong:
        if path:
            source.drop(path, problem)
        else:
            source.problems.append(problem)
    return source


@dataclass
class _Reading:
    """What was found on the way through a mapping."""

    wrong: list[tuple[Path, Problem]] = field(default_factory=list)
    values: int = 0


def _plain(value: object, path: Path, reading: _Reading) -> Any:
    """`value` as a YAML file would have it; what none could have is noted in `reading`."""
    reading.values += 1
    if reading.values > MAX_NODES:  # as of a mapping that holds itself twice
        message = f"more than {MAX_NODES:,} values"
        raise ConfigError([Problem(message, hint="a config is far smaller", where=MAPPING)])
    if len(path) > MAX_DEPTH:
        return _refused(value, path, reading, f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        plain = {}
        for key, item in value.items():
            if isinstance(key, str):
                plain[str(key)] = _plain(item, (*path, str(key)), reading)
            else:
                _refused(key, path, reading, "keys must be text")
        return plain
    if isinstance(value, list | tuple):
        return [_plain(item, (*path, index), reading) for index, item in enumerate(value)]
    return _scalar(value, path, reading)


def _scalar(value: object, path: Path, reading: _Reading) -> Any:
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()  # a number of NumPy
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return _refused(value, path, reading, "must be plain data: text, a number, a list or a mapping")


def _refused(value: object, path: Path, reading: _Reading, message: str) -> None:
    reading.wrong.append((path, Problem(message, path, value, where=MAPPING)))
