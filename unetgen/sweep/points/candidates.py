"""Candidates: what overrides come to before it is known whether they are run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from unetgen.analysis.summary import Summary
from unetgen.config.composing import overrides as overriding
from unetgen.config.loader import Reader
from unetgen.config.source import Source
from unetgen.errors import ConfigError
from unetgen.sweep.folder.identity import PARAMETER, Identity, is_parameter
from unetgen.sweep.points.costs import cost_of
from unetgen.sweep.values import Parameters, Value


@dataclass(frozen=True)
class Candidate:
    """A checked network, what it costs, and what makes it the point that it is.

    `files` are the texts that the point's folder has beside its config, by name.
    """

    summary: Summary
    cost: Mapping[str, Value]
    identity: Identity
    files: Mapping[str, str] = field(default_factory=dict)


class Candidates(Protocol):
    """Makes candidates of overrides."""

    @property
    def file(self) -> Path:
        """The file that the overrides are for."""

    def at(self, overrides: tuple[str, ...]) -> Candidate:
        """The candidate with these overrides; raises `ConfigError` with everything that is wrong."""


class ConfigCandidates:
    """Those of a config. Costs are told for `batch` samples; `contents` are what the task is made of."""

    def __init__(self, reader: Reader, batch: int = 1, contents: Mapping[str, str] | None = None) -> None:
        self._reader, self._batch = reader, batch
        self._contents = dict(contents or {})

    @property
    def file(self) -> Path:
        return self._reader.file

    def at(self, overrides: tuple[str, ...]) -> Candidate:
        of_config = [each for each in overrides if not is_parameter(each)]
        of_task = [each for each in overrides if is_parameter(each)]
        summary = Summary(self._reader.design(of_config), self._batch)
        identity = Identity(summary.digest, self._contents, _parameters(of_task))
        return Candidate(summary, cost_of(summary), identity)


def _parameters(overrides: Sequence[str]) -> Parameters:
    """The parameters that overrides such as ``task.lr=0.1`` set; raises `ConfigError`."""
    source = Source("--set", {})
    overriding.apply(source, overriding.parse(overrides))
    if source.problems:
        raise ConfigError(source.problems)
    return dict(source.data.get(PARAMETER.removesuffix("."), {}))
