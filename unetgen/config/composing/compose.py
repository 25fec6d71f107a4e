"""Composition: a file with Hydra's ``defaults:`` list, and all that it names, merged into one `Source`.

Hydra decides which files, in which order, into which package; `ConfigGroups` reads them; `merging` merges.
An override that chooses another option of a group in the composition takes part in that; every other one is
left to be applied as a value. Nothing is instantiated, no resolver and no plugin runs, and Hydra's global
state (another application's, perhaps) stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from hydra import version
from hydra.core.default_element import GroupDefault, ResultDefault
from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from unetgen.config.bundled import config_dir
from unetgen.config.composing.groups import (
    MAX_VISITS,
    ConfigGroups,
    TooManyFiles,
    missing,
    paths_of,
    takes_kinds,
)
from unetgen.config.composing.hydra_internals import files_in_order
from unetgen.config.composing.language import CONFIGS, Language
from unetgen.config.composing.merging import put
from unetgen.config.composing.overrides import origin
from unetgen.config.lookup import expanded
from unetgen.config.renamed import Names, renew
from unetgen.config.source import Source, value_at
from unetgen.config.yaml.nodes import MAX_DEPTH
from unetgen.errors import ConfigError, Path, Problem


def compose(
    file: FilePath, label: str, overrides: list[Any], language: Language = CONFIGS
) -> tuple[Source, list[Any]]:
    """What `file` and its defaults say together, and the overrides that chose no group.

    Raises `ConfigError` where the files cannot be told; what is wrong inside them is in the source.
    """
    groups = ConfigGroups(file, label, config_dir(), language.numbered_in_groups)
    with _installed_version():
        order, chosen = _DefaultsList(groups, file.stem, overrides).order()
    source = _merged(groups, order, Source(label, {}, root=language.root), file.stem, language.renamed)
    _check_effects(source, groups, chosen)
    return source, [override for override in overrides if override not in chosen]


@contextmanager
def _installed_version() -> Iterator[None]:
    """Hydra as installed rather than as it was in 1.1, and the version base of the caller afterwards."""
    base = version.VersionBase.instance()
    before = base.version_base
    version.setbase(None)
    try:
        yield
    finally:
        base.version_base = before


class _DefaultsList:
    """Hydra's defaults list of one composition, its failures as problems with a place."""

    def __init__(self, groups: ConfigGroups, primary: str, overrides: list[Any]) -> None:
        self._groups = groups
        self._primary = primary
        self._candidates = [override for override in overrides if self._may_choose(override)]

    def order(self) -> tuple[list[ResultDefault], list[Any]]:
        """The files in the order of merging, and the overrides that had a say in it."""
        try:
            return files_in_order(self._groups, self._primary, self._candidates)
        except (TooManyFiles, RecursionError):
            raise ConfigError([self._too_many()]) from None
        except MissingConfigException as error:
            raise ConfigError([self._missing(str(error.missing_cfg_file))]) from None
        except (HydraException, OmegaConfBaseException, ValueError, AssertionError) as error:
            raise ConfigError([self._failed(str(error))]) from None

    def _may_choose(self, override: Any) -> bool:
        """Whether an override names a group and an option, rather than a field and its value."""
        key, value = override.key_or_group, override.value()
        if override.is_force_add() or not key or not self._groups.group_exists(key):
            return False
        if override.is_delete():
            return value is None or isinstance(value, str)
        if isinstance(value, list) and takes_kinds(key):
            return False  # a list of kinds, one per level, and no choice of several files
        names = value if isinstance(value, list) else [value]
        if not names or not all(isinstance(name, str) for name in names):
            return False
        return not override.is_add() or set(names) <= set(self._groups.get_group_options(key))

    def _too_many(self) -> Problem:
        cycle = self._groups.cycle(self._primary)
        if cycle:
            message = f"the defaults lists run in a circle: {' -> '.join(cycle)}"
            return self._at(cycle[0], cycle[1], Problem(message, hint="leave one of them out"))
        message = f"the defaults lists name more than {MAX_VISITS} files"
        return self._at(self._primary, None, Problem(message, hint="is there a circle?"))

    def _missing(self, config_path: str) -> Problem:
        for override in self._candidates:
            names = override.value() if isinstance(override.value(), list) else [override.value()]
            group = override.key_or_group
            if any(config_path == f"{group}/{name}" for name in names):
                where = origin(override.input_line)
                return replace(missing(self._groups, config_path, group), path=(group,), where=where)
        for path in self._groups.files:
            for index, entry in self._groups.entries(path):
                names = paths_of(entry)
                if config_path in names or any(
                    "${" in name and _same_group(name, config_path) for name in names
                ):
                    group_of = entry.get_group_path() if isinstance(entry, GroupDefault) else None
                    problem = missing(self._groups, config_path, group_of)
                    return self._entry(path, index, problem)
        return self._at(self._primary, None, missing(self._groups, config_path, None))

    def _failed(self, said: str) -> Problem:
        """Hydra's words in ours where we know them, at the entry that they are about."""
        said = " ".join(said.split())
        inside = re.match(r"In '?([^':]+)'?: ", said)
        path = inside[1] if inside and inside[1] in self._groups.files else self._primary
        said = said[inside.end() :] if inside else said
        quoted = re.search(
            r"You must specify '([^']+)'|Could not override '([^']+)'|Multiple values for (\S+)\.", said
        )
        if quoted is None:
            for index, entry in self._groups.entries(path):
                if "interpolation" in said and any("${" in name for name in paths_of(entry)):
                    return self._entry(
                        path, index, Problem("refers to a group that no defaults list chooses")
                    )
            return self._at(path, None, Problem(f"cannot be composed: {said.rstrip('.')}"))
        must, unmatched, twice = quoted.groups()
        if must:
            group = must.partition("@")[0]
            options = ", ".join(self._groups.get_group_options(group))
            hint = f"{must}=OPTION, one of: {options}"
            return self._about(group, path, Problem(f"leaves the choice of `{must}` open", hint=hint))
        if unmatched:
            hint = said.partition("Did you mean to override ")[2].rstrip("?.")
            hint = f"did you mean `override {hint}`?" if hint else "to add it, leave out `override`"
            message = f"overrides `{unmatched}`, which no defaults list before it has"
            return self._about(unmatched.partition("@")[0], path, Problem(message, hint=hint))
        hint = f"write `override {twice}: OPTION` in the later one, or leave one out"
        return self._about(twice.partition("@")[0], path, Problem(f"chooses `{twice}` twice", hint=hint))

    def _about(self, group: str, first: str, problem: Problem) -> Problem:
        """`problem` at the last entry on `group`, in the file `first` if that has one."""
        for path in (first, *self._groups.files):
            for index, entry in reversed(list(self._groups.entries(path))):
                if isinstance(entry, GroupDefault) and entry.get_group_path() == group:
                    return self._entry(path, index, problem)
        return self._at(first, None, problem)

    def _at(self, config_path: str, names: str | None, problem: Problem) -> Problem:
        """`problem` at the defaults list of a file, or at its entry that names the config `names`."""
        for index, entry in self._groups.entries(config_path):
            if names is not None and names in paths_of(entry):
                return self._entry(config_path, index, problem)
        return self._entry(config_path, None, problem)

    def _entry(self, config_path: str, index: int | None, problem: Problem) -> Problem:
        file = self._groups.files.get(config_path)
        path: Path = ("defaults",) if index is None else ("defaults", index)
        return replace(problem, path=path, where=file.where(index)) if file else problem


def _same_group(path: str, other: str) -> bool:
    return path.rpartition("/")[0] == other.rpartition("/")[0]


def _merged(
    groups: ConfigGroups,
    order: list[ResultDefault],
    source: Source,
    primary: str,
    renamed: Mapping[Names, str],
) -> Source:
    """`source`, which is empty, with all files in it."""
    problems: dict[tuple[str | None, str], Problem] = {}
    for default in order:
        file = groups.file(str(default.config_path))
        assert file is not None  # Hydra asked for it
        said = Source.of(file.document, file.label)
        said.data.pop("defaults", None)
        package: Path = tuple(default.package.split(".")) if default.package else ()
        if len(package) > MAX_DEPTH:
            hint = "a config is far flatter"
            raise ConfigError(
                [Problem(f"nested deeper than {MAX_DEPTH} levels", where=file.label, hint=hint)]
            )
        renew(said, package, renamed)
        marks = said.under(package)
        source.notes += marks.notes
        for problem in marks.problems:
            problems.setdefault((problem.where, problem.message), problem)
        _open(source, package[:-1], marks)
        put(source, package, said.data, marks, keep=True)
        source.dropped |= marks.dropped - {("defaults",)}
        if not package and default.config_path == primary:
            source.values[()] = said.where(())
    source.problems = list(problems.values())
    if "hydra" in source.data:
        hint = "give them to `unetgen sweep` on its command line"
        where = source.where(("hydra",), key=True)
        message = "`hydra` settings are refused here"
        raise ConfigError([*source.problems, Problem(message, ("hydra",), hint=hint, where=where)])
    return source


def _open(source: Source, package: Path, marks: Source) -> None:
    """Make a mapping of every part of `package` that is not a mapping yet."""
    for length in range(1, len(package) + 1):
        path = package[:length]
        if not isinstance(value_at(source.data, path), dict):
            put(source, path, {}, marks)
        if not isinstance(value_at(source.data, path), dict):
            value_at(source.data, path[:-1])[path[-1]] = {}


def _check_effects(source: Source, groups: ConfigGroups, chosen: list[Any]) -> None:
    """Refuse the choice of a kind on the command line that the files then overwrite."""
    for override in chosen:
        value = override.value()
        file = groups.files.get(f"{override.key_or_group}/{value}") if isinstance(value, str) else None
        if file is None or override.is_delete() or "kind" not in file.document.data:
            continue
        package = override.package or file.package or override.key_or_group.replace("/", ".")
        path: Path = tuple(package.removeprefix("_global_.").split("."))
        kind = value_at(expanded(path, value_at(source.data, path), source.data, source.root), ("kind",))
        if kind not in (..., file.document.data["kind"]):
            message = f"has no effect: what is merged after the group sets the kind {kind!r}"
            field = ".".join(map(str, path))
            hint = f"put `_self_` before the group in the defaults list, or override `{field}.kind`"
            source.problems.append(
                Problem(
                    f"{message} at {source.where(path)}",
                    path,
                    where=origin(override.input_line),
                    hint=hint,
                )
            )
