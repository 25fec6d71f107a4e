"""Candidates: what overrides come to before it is known whether they are run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from unetgen.analysis.summary import Summary
from unetgen.config.composing import overrides as overriding
from unetgen.config.design import Design
from unetgen.config.loader import Reader
from unetgen.config.model import UNetConfig
from unetgen.config.resolved import seen_from_anywhere
from unetgen.config.source import Source
from unetgen.errors import ConfigError, Problem
from unetgen.model.saving import sha256
from unetgen.sweep.folder.identity import PARAMETER, WEIGHTS, Identity, is_parameter
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
    def files(self) -> tuple[Path, ...]:
        """The files that the overrides are for."""

    def file_of(self, overrides: tuple[str, ...]) -> Path:
        """The one among them that these overrides are for."""

    def at(self, overrides: tuple[str, ...]) -> Candidate:
        """The candidate with these overrides; raises `ConfigError` with everything that is wrong."""

    def identity(self, overrides: tuple[str, ...]) -> Identity | None:
        """What makes that candidate the point that it is, if it can be told without checking it.

        Raises `ConfigError`, not always with everything that is wrong.
        """


class ConfigCandidates:
    """Those of a config. Costs are told for `batch` samples; `contents` are what the task is made of."""

    def __init__(self, reader: Reader, batch: int = 1, contents: Mapping[str, str] | None = None) -> None:
        self._reader, self._batch = reader, batch
        self._contents = dict(contents or {})
        self._hashes: dict[Path, str] = {}

    @property
    def files(self) -> tuple[Path, ...]:
        return (self._reader.file,)

    def file_of(self, overrides: tuple[str, ...]) -> Path:
        return self._reader.file

    def at(self, overrides: tuple[str, ...]) -> Candidate:
        of_config, of_task = _parted(overrides)
        design, weights = with_weights(self._reader.design(of_config), self._hashes)
        summary = Summary(design, self._batch)
        identity = Identity(summary.digest, self._contents | weights, _parameters(of_task))
        return Candidate(summary, cost_of(summary), identity)

    def identity(self, overrides: tuple[str, ...]) -> Identity:
        of_config, of_task = _parted(overrides)
        config, weights = _weights_of(self._reader.unplanned(of_config), self._hashes)
        return Identity(config.digest, self._contents | weights, _parameters(of_task))


def _parted(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Overrides of the config, and those of the task."""
    of_config = [each for each in overrides if not is_parameter(each)]
    return of_config, [each for each in overrides if is_parameter(each)]


def with_weights(design: Design, hashes: dict[Path, str]) -> tuple[Design, dict[str, str]]:
    """`design` with the weights of its encoder by an absolute name, and the file's SHA-256 by the field.

    A point's config lies in a folder of its own. `hashes` are of files that are known. Raises `ConfigError`
    where there is no such file.
    """
    config, weights = _weights_of(design.config, hashes)
    return (replace(design, config=config) if weights else design), weights


def _weights_of(config: UNetConfig, hashes: dict[Path, str]) -> tuple[UNetConfig, dict[str, str]]:
    config = seen_from_anywhere(config)
    if config.encoder is None or config.encoder.weights is None:
        return config, {}
    file = config.encoder.weights.place
    if not file.is_file():
        raise ConfigError([Problem(f"there is no such file: {file}", ("encoder", "weights"))])
    if file not in hashes:
        hashes[file] = sha256(file)
    return config, {WEIGHTS: hashes[file]}


def _parameters(overrides: Sequence[str]) -> Parameters:
    """The parameters that overrides such as ``task.lr=0.1`` set; raises `ConfigError`."""
    source = Source("--set", {})
    overriding.apply(source, overriding.parse(overrides))
    if source.problems:
        raise ConfigError(source.problems)
    return dict(source.data.get(PARAMETER.removesuffix("."), {}))
