"""Whole configs as an axis of a sweep: ``a.yaml,b.yaml`` is the axis ``config`` with two values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from unetgen.config.composing import overrides as overriding
from unetgen.config.loader import Reader
from unetgen.errors import ConfigError, Problem, UnetgenError, shown
from unetgen.sweep.folder.identity import CONFIG, Identity, is_choice
from unetgen.sweep.points.candidates import Candidate, ConfigCandidates
from unetgen.sweep.points.written import written


def configs_in(text: str) -> tuple[str, ...]:
    """The configs that `text` names, each once, commas between them; a file whose name has a comma is one.

    Raises `UnetgenError` where there is nothing between two commas.

    >>> configs_in("unet2d_2015,my.yaml"), configs_in("my.yaml")
    (('unet2d_2015', 'my.yaml'), ('my.yaml',))
    """
    if "," not in text or os.path.exists(text):  # noqa: PTH110  (never raises)
        return (text,)
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(names):
        raise UnetgenError(f"{shown(text)}: names no config before or behind a comma; write a.yaml,b.yaml")
    return names


def axis_of(configs: Iterable[str]) -> str:
    """The override that has `configs` for its values.

    >>> axis_of(["a.yaml", "my b.yaml"])
    "config=a.yaml,'my b.yaml'"
    """
    return f"{CONFIG}{','.join(map(written, configs))}"


class ConfigsCandidates:
    """Those of several configs, of which each point chooses one: ``config=a.yaml depth=3``.

    Raises `ConfigError` with every name that stands for no config. Costs and contents are as of
    `ConfigCandidates`.
    """

    def __init__(
        self, configs: Iterable[str], batch: int = 1, contents: Mapping[str, str] | None = None
    ) -> None:
        self._of: dict[str, ConfigCandidates] = {}
        problems: list[Problem] = []
        for config in configs:
            try:
                self._of[config] = ConfigCandidates(Reader(config), batch, contents)
            except ConfigError as error:
                problems += error.problems
        if problems:
            raise ConfigError(problems)

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(file for candidates in self._of.values() for file in candidates.files)

    def file_of(self, overrides: tuple[str, ...]) -> Path:
        return self._chosen(overrides).file_of(overrides)

    def at(self, overrides: tuple[str, ...]) -> Candidate:
        return self._chosen(overrides).at(_rest(overrides))

    def identity(self, overrides: tuple[str, ...]) -> Identity:
        return self._chosen(overrides).identity(_rest(overrides))

    def _chosen(self, overrides: tuple[str, ...]) -> ConfigCandidates:
        (choice,) = filter(is_choice, overrides)
        return self._of[overriding.read(choice).value()]


def _rest(overrides: tuple[str, ...]) -> tuple[str, ...]:
    """All but the choice of a config."""
    return tuple(each for each in overrides if not is_choice(each))
