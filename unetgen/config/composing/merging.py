"""How a later value meets an earlier one, between files and between a file and an override.

Mappings merge and anything else replaces, as in OmegaConf, with two rules of this language: a bare name or
number that stands for a mapping meets mappings as that mapping, and a mapping that names another kind
replaces the old one, whose fields would be left behind otherwise.
"""

from __future__ import annotations

import copy
from typing import Any

from unetgen.config.lookup import choice_at, expanded
from unetgen.config.source import Source, value_at
from unetgen.errors import Path


def put(source: Source, path: Path, value: Any, marks: Source, *, keep: bool = False) -> None:
    """Let `value` meet what `source` has under `path`, whose parent is there.

    `marks` knows where `value` and all inside it come from, under the same paths. With `keep`, OmegaConf's
    ``???`` ("another file says it") leaves what is there.
    """
    current = value_at(source.data, path)
    if keep and value == "???" and current is not ...:
        return
    if isinstance(value, dict) and isinstance(expand_in(source, path), dict):
        current = value_at(source.data, path)
        if not _another_kind(source, path, current, value):
            for key, item in value.items():
                put(source, (*path, key), item, marks, keep=keep)
            return
    source.forget(path)
    value_at(source.data, path[:-1])[path[-1]] = copy.deepcopy(value)
    source.adopt(path, marks)


def expand_in(source: Source, path: Path) -> Any:
    """The value of `source` under `path`, turned into a mapping there if it is a shorthand for one."""
    current = value_at(source.data, path)
    mapping = expanded(path, current, source.data, source.root)
    if isinstance(mapping, dict) and mapping is not current:
        value_at(source.data, path[:-1])[path[-1]] = mapping
        for key in mapping:
            source.mark((*path, key), source.where(path))
    return mapping


def _another_kind(source: Source, path: Path, current: dict[str, Any], value: dict[str, Any]) -> bool:
    choice = choice_at(path, source.data, source.root)
    if choice is None or not choice.names_kind:
        return False
    key = choice.key
    return key in value and key in current and value[key] != current[key]
