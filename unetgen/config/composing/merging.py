"""How a later value meets an earlier one, between files and between a file and an override.

Mappings merge and anything else replaces, as in OmegaConf, with two rules of this language: a bare name or
number that stands for a mapping meets mappings as that mapping, and a mapping that names another kind
replaces the old one, whose fields would be left behind otherwise.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unetgen.config.sections import PRESETS
from unetgen.config.source import Source, value_at
from unetgen.errors import Path


@dataclass(frozen=True)
class Shorthand:
    """What a bare value of a field stands for: ``{key: value}``."""

    key: str
    types: tuple[type, ...] = (str,)

    @property
    def names_kind(self) -> bool:
        """Whether the other fields of the mapping depend on what stands under `key`."""
        return self.key in ("kind", "name")


SHORTHANDS: Mapping[str, Shorthand] = {
    **dict.fromkeys(
        (
            *("block", "bottleneck", "down", "up", "skip", "norm", "topology", "activation"),
            "squeeze_excitation",
            *("kernel_initializer", "kernel_regularizer", "loss", "metrics"),
        ),
        Shorthand("kind"),
    ),
    "optimizer": Shorthand("name"),
    "learning_rate": Shorthand("name"),
    "resize": Shorthand("policy"),
    "dropout": Shorthand("rate", (int, float, list)),
    "deep_supervision": Shorthand("levels", (int,)),
    "hidden": Shorthand("filters", (int, str, list)),
    "conv": Shorthand("kernel", (int, list)),
    "stem": Shorthand("kernel", (int, list)),
}
"""By the name of the field; a test holds it against the models."""


def expanded(path: Path, value: Any) -> Any:
    """`value` as a mapping where it is a shorthand for one, else as it is.

    >>> expanded(("up",), "transposed"), expanded(("depth",), 4)
    ({'kind': 'transposed'}, 4)
    """
    if isinstance(value, str) and path[-1:] == ("execution",) and value in PRESETS:
        return dict(PRESETS[value])
    shorthand = _shorthand(path)
    if shorthand and isinstance(value, shorthand.types) and not isinstance(value, bool):
        return {shorthand.key: value}
    return value


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
        if not _another_kind(path, current, value):
            for key, item in value.items():
                put(source, (*path, key), item, marks, keep=keep)
            return
    source.forget(path)
    value_at(source.data, path[:-1])[path[-1]] = copy.deepcopy(value)
    source.adopt(path, marks)


def expand_in(source: Source, path: Path) -> Any:
    """The value of `source` under `path`, turned into a mapping there if it is a shorthand for one."""
    current = value_at(source.data, path)
    mapping = expanded(path, current)
    if mapping is not current:
        value_at(source.data, path[:-1])[path[-1]] = mapping
        for key in mapping:
            source.mark((*path, key), source.where(path))
    return mapping


def _another_kind(path: Path, current: dict[str, Any], value: dict[str, Any]) -> bool:
    shorthand = _shorthand(path)
    if shorthand is None or not shorthand.names_kind:
        return False
    key = shorthand.key
    return key in value and key in current and value[key] != current[key]


def _shorthand(path: Path) -> Shorthand | None:
    """By the last name in `path`: an item of a list is written like the list's field."""
    names = [part for part in path if isinstance(part, str)]
    return SHORTHANDS.get(names[-1]) if names else None
