"""Loading: find, read, compose, override, validate. The one way from a file to a config."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from unetgen.config.bundled import config_dir, find
from unetgen.config.composing.references import resolve
from unetgen.config.design import Design
from unetgen.config.model import UNetConfig
from unetgen.config.renamed import renew
from unetgen.config.source import Source
from unetgen.config.standard_input import FILE, NAME
from unetgen.config.validation import unplanned, validate
from unetgen.config.yaml.tree import Document, parse_yaml, read_yaml
from unetgen.errors import ConfigError, Problem
from unetgen.parts.encoders.weights_file import WeightsFile
from unetgen.parts.values import counted


def load(config: str | os.PathLike[str], overrides: Iterable[str] = ()) -> UNetConfig:
    """The checked config in a file or of a bundled name, with `overrides` in Hydra's grammar.

    Raises `ConfigError` with every problem, each with its file, line and column.
    """
    return load_design(config, overrides).config


def load_design(config: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Design:
    """The checked config and its plan: checking sizes makes the plan anyway."""
    return Reader(config).design(overrides)


class Reader:
    """One config, loaded many times with different overrides: its files are read once, as they are then."""

    def __init__(self, config: str | os.PathLike[str]) -> None:
        self.file, self.label = find(config)
        # Per choice of group files: a sweep over two groups has a few dozens of them at most.
        self._read = lru_cache(maxsize=64)(self._composed)

    def design(self, overrides: Iterable[str] = ()) -> Design:
        """The checked config with these overrides, and its plan; raises `ConfigError`."""
        return validate(self.source(tuple(overrides)))

    def unplanned(self, overrides: Iterable[str] = ()) -> UNetConfig:
        """The config of that design without its plan, where it was checked before; raises `ConfigError`."""
        return unplanned(self.source(tuple(overrides)))

    def source(self, overrides: tuple[str, ...]) -> Source:
        """What the file, the files it composes and the overrides say together, not yet checked."""
        parsed = _parsed(overrides)
        choosing = tuple(override.input_line for override in parsed if self._may_choose(override))
        self._refuse_uncomposed(parsed)
        composed, chosen = self._read(choosing)
        source = composed.copy()
        source.data.setdefault("name", NAME if self.file == FILE else self.file.stem)
        if values := [override for override in parsed if override.input_line not in chosen]:
            from unetgen.config.composing.overrides import apply

            apply(source, values)
        resolve(source)
        place_files(source, self.file.parent)
        return source

    def _refuse_uncomposed(self, parsed: Iterable[Any]) -> None:
        """Raise `ConfigError` where `+group=file` is for a file that composes nothing."""
        added = [
            each for each in parsed if each.is_add() and each.key_or_group not in UNetConfig.model_fields
        ]
        if not added:
            return
        from unetgen.config.composing.overrides import origin

        problems = [
            Problem(
                f"adds a file of the group `{each.key_or_group}`, and {self.label} has no `defaults` list",
                hint="write `defaults: [_self_]` in it",
                where=origin(each.input_line),
            )
            for each in added
            if "defaults" not in self._document.data and self._is_group(each.key_or_group)
        ]
        if problems:
            raise ConfigError(problems)

    def _composed(self, choosing: tuple[str, ...]) -> tuple[Source, frozenset[str]]:
        """The file with all that it composes, and those of the overrides that chose a file."""
        if "defaults" not in self._document.data:
            source = Source.of(self._document, self.label)
            _refuse_hydra(source)
            renew(source)
            return source, frozenset()
        from unetgen.config.composing.compose import compose

        source, left = compose(self.file, self.label, _parsed(choosing))
        return source, frozenset(choosing) - {override.input_line for override in left}

    @cached_property
    def _document(self) -> Document:
        return read_yaml(self.file, shown_as=self.label)

    def _may_choose(self, override: Any) -> bool:
        """Whether a composing file may have a group of the override's name."""
        return "defaults" in self._document.data and self._is_group(override.key_or_group)

    @cached_property
    def _is_group(self) -> Callable[[str], bool]:
        from unetgen.config.composing.groups import ConfigGroups

        return cache(ConfigGroups(self.file, self.label, config_dir()).group_exists)


def design_of(source: Source, overrides: Iterable[str] = ()) -> Design:
    """The checked config of a `source` that does not come from a file, with these overrides, and its plan."""
    _refuse_hydra(source)
    _refuse_composing(source)
    renew(source)
    if parsed := _parsed(tuple(overrides)):
        from unetgen.config.composing.overrides import apply

        apply(source, parsed)
    resolve(source)
    return validate(source)


def design_from_dict(data: dict[str, Any], label: str = "config") -> Design:
    """The design of plain data, as a YAML file would hold it."""
    return validate(Source(label, dict(data)))


def from_dict(data: dict[str, Any], label: str = "config") -> UNetConfig:
    """The checked config of plain data, as a YAML file would hold it."""
    return design_from_dict(data, label).config


def at_size(design: Design, size: tuple[int, ...]) -> Design:
    """The same network told of at `size`, or built for it where no axis is free; raises `ConfigError`."""
    data, dims = design.config.to_dict(), design.config.dims
    field = "reference" if design.config.input.free else "shape"
    if len(size) != dims:
        what = f"has {counted(len(size), 'number')} for {counted(dims, 'spatial axis', 'spatial axes')}"
        raise ConfigError([Problem(what, got=list(size), where="--size")])
    return design_from_dict(data | {"input": data["input"] | {field: list(size)}}, "--size")


def design_from_text(text: str, label: str) -> Design:
    """The design that `text` holds as YAML; errors call it `label`."""
    return design_of(Source.of(parse_yaml(text, label), label))


def _parsed(overrides: tuple[str, ...]) -> list[Any]:
    """Hydra's override objects."""
    if not overrides:
        return []
    from unetgen.config.composing.overrides import parse

    return parse(overrides)


def place_files(source: Source, folder: Path) -> None:
    """Say that names of files in `source` are relative to `folder`."""
    encoder = source.data.get("encoder")
    if isinstance(encoder, dict) and isinstance(name := encoder.get("weights"), str):
        encoder["weights"] = WeightsFile(name, folder)


def _refuse_hydra(source: Source) -> None:
    if "hydra" in source.data:
        hint = "give them to `unetgen sweep` on its command line"
        where = source.where(("hydra",), key=True)
        raise ConfigError(
            [
                *source.problems,
                Problem("`hydra` settings are refused here", ("hydra",), hint=hint, where=where),
            ]
        )


def _refuse_composing(source: Source) -> None:
    if "defaults" in source.data:
        hint = "write it to a file, and load that"
        message = "a defaults list chooses files beside its own"
        where = source.where(("defaults",), key=True)
        raise ConfigError([*source.problems, Problem(message, ("defaults",), hint=hint, where=where)])
