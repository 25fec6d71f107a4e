"""The files that a defaults list can reach, read by our own strict reader, as Hydra asks for them.

Hydra's logic of defaults lists works on a repository of configs. This one holds no global state, runs no
plugin and lets OmegaConf read nothing: duplicates, ambiguous scalars, tags and alias bombs are refused in
every file. A file is found in the composing file's own folder, then among the bundled configs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Any

from hydra.core.default_element import GroupDefault, InputDefault
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import OmegaConf

from unetgen.config.composing.hydra_internals import DefaultsRepository, package_in
from unetgen.config.lookup import kinds_at
from unetgen.config.yaml.file import read_text
from unetgen.config.yaml.tree import Document, read_yaml
from unetgen.errors import ConfigError, Path, Problem
from unetgen.spelling import did_you_mean

MAX_VISITS = 200
"""Files of one composition, those read twice counted twice; more are a cycle or a mistake."""


@dataclass(frozen=True)
class ConfigFile:
    """One file of a composition, its defaults list as Hydra understands it."""

    label: str
    document: Document
    package: str | None  # of its header
    defaults: tuple[InputDefault, ...]

    def where(self, index: int | None = None) -> str:
        """The place of the defaults list, or of one of its entries."""
        path: Path = ("defaults",) if index is None else ("defaults", index)
        mark = self.document.value_marks.get(path)
        return str(mark) if mark else self.label


class TooManyFiles(Exception):  # noqa: N818 - says what there is
    """Raised where a composition visits more files than any needs."""


class ConfigGroups(DefaultsRepository):
    """The files below some folders, as Hydra's defaults lists see them. `folders` have a label each.

    `numbered` are the mappings in files that may have whole numbers for keys.
    """

    def __init__(
        self, primary: FilePath, label: str, bundled: FilePath, numbered: frozenset[Path] = frozenset()
    ) -> None:
        super().__init__()
        beside = str(PurePosixPath(label.replace("\\", "/")).parent)
        self.folders = ((primary.parent, "" if beside == "." else f"{beside}/"), (bundled, ""))
        self.files: dict[str, ConfigFile | None] = {}
        self._primary = (primary, label)
        self._numbered = numbered
        self._visits = 0

    # --- what Hydra asks ---

    def load_config(self, config_path: str) -> ConfigResult | None:
        """The config of this name for Hydra: its header and its defaults list, and no content."""
        self._visits += 1
        if self._visits > 2 * MAX_VISITS:  # Hydra asks twice for each file
            raise TooManyFiles
        file = self.file(config_path)
        if file is None:
            return None
        result = ConfigResult("main", file.label, OmegaConf.create({}), {"package": file.package})
        result.defaults_list = list(file.defaults)
        return result

    def group_exists(self, config_path: str) -> bool:
        """Whether some folder has a folder of this name."""
        return _is_plain(config_path) and any((root / config_path).is_dir() for root, _ in self.folders)

    def config_exists(self, config_path: str) -> bool:
        """Whether there is a file of this name."""
        return self.file(config_path) is not None

    def get_group_options(self, group_name: str, results_filter: Any = None) -> list[str]:
        """The names of the files in a group, of all folders."""
        if not _is_plain(group_name):
            return []
        return sorted({file.stem for root, _ in self.folders for file in (root / group_name).glob("*.yaml")})

    def get_sources(self) -> list[ConfigSource]:
        """None: Hydra would name them in its own messages."""
        return []

    # --- reading ---

    def file(self, config_path: str) -> ConfigFile | None:
        """The file of this name, or None where there is none; raises `ConfigError` where it is unusable."""
        if config_path not in self.files:
            self.files[config_path] = self._read(config_path)
        return self.files[config_path]

    def _read(self, config_path: str) -> ConfigFile | None:
        primary, label = self._primary
        if config_path == primary.stem:
            header = read_text(primary, label)[:512]
            return self._understood(config_path, label, read_yaml(primary, label, self._numbered), header)
        if not _is_plain(config_path):
            return None
        name = config_path.removesuffix(".yaml")
        for root, prefix in self.folders:
            file, label = root / f"{name}.yaml", f"{prefix}{name}.yaml"
            if file.is_file():
                document = read_yaml(file, label, self._numbered)
                return self._understood(config_path, label, document, file.read_text("utf-8-sig")[:512])
        return None

    def _understood(self, config_path: str, label: str, document: Document, header: str) -> ConfigFile:
        try:
            package = package_in(header)
        except ValueError as error:
            raise ConfigError(
                [Problem(f"a header that cannot be read: {error}", where=f"{label}:1:1")]
            ) from None
        file = ConfigFile(label, document, package, ())
        problems = list(_wrong_entries(file))
        if problems:
            raise ConfigError([*document.problems, *problems])
        entries = OmegaConf.create(document.data.get("defaults", []))
        return replace(file, defaults=self.entries_of(config_path, entries))

    # --- for messages ---

    def entries(self, config_path: str) -> Iterator[tuple[int, InputDefault]]:
        """The entries of a file's defaults list, each knowing what its names are relative to."""
        file = self.files.get(config_path)
        group = config_path.rpartition("/")[0]
        for index, entry in enumerate(file.defaults if file else ()):
            if not entry.is_self():
                entry = replace(entry)
                entry.update_parent(group, "")
                yield index, entry

    def cycle(self, config_path: str, open_files: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The files of a cycle that begins below `config_path`, the first one twice; or nothing."""
        if config_path in open_files:
            return (*open_files[open_files.index(config_path) :], config_path)
        for _, entry in self.entries(config_path):
            for path in paths_of(entry):
                if self.files.get(path) and (cycle := self.cycle(path, (*open_files, config_path))):
                    return cycle
        return ()


def paths_of(entry: InputDefault) -> list[str]:
    """The config paths that an entry names, as it stands."""
    if isinstance(entry, GroupDefault) and not isinstance(entry.value, str):
        return [f"{entry.get_group_path()}/{option}" for option in entry.value or ()]
    return [entry.get_config_path()]


def takes_kinds(group: str) -> bool:
    """Whether the field of this name takes kinds, of which each file of the group is one."""
    return bool(kinds_at((group,), {}))


def _is_plain(config_path: str) -> bool:
    """Whether a path stays below its folder."""
    parts = re.split(r"[/\\]", config_path)
    return not any(part in ("", ".", "..") or ":" in part or "\0" in part for part in parts)


_KEYWORDS = ("optional", "override")


def _wrong_entries(file: ConfigFile) -> Iterator[Problem]:
    """What is wrong with a file's defaults list by itself."""
    entries = file.document.data.get("defaults", [])
    if not isinstance(entries, list):
        hint = "write it as `defaults: [name, group: option, _self_]`"
        yield Problem("must be a list", ("defaults",), entries, hint, file.where())
        return
    if entries.count("_self_") > 1:
        second = [index for index, entry in enumerate(entries) if entry == "_self_"][1]
        yield Problem("stands twice", ("defaults", second), "_self_", where=file.where(second))
    seen_override = False
    for index, entry in enumerate(entries):
        problem = _wrong_entry(entry)
        overrides = isinstance(entry, dict) and any("override" in str(key).split(" ")[:-1] for key in entry)
        if problem is None and seen_override and not overrides and entry != "_self_":
            problem = Problem("stands after an override", hint="put the overrides last", got=entry)
        seen_override |= overrides
        if problem:
            yield replace(problem, path=("defaults", index, *problem.path), where=file.where(index))


def _wrong_entry(entry: object) -> Problem | None:
    hint = "write a file's name, or `group: option`"
    if isinstance(entry, dict):
        if len(entry) != 1:
            return Problem("must have one group", got=entry, hint=hint)
        ((key, value),) = entry.items()
        *words, group = key.split(" ")
        if wrong := [word for word in words if word not in _KEYWORDS]:
            return Problem("unknown keyword", got=wrong[0], hint="one of: optional, override")
        names = value if isinstance(value, list) else [value]
        if not all(isinstance(name, str) or (name is None and value is None) for name in names):
            return Problem("must name an option, a list of them, or null", (key,), value)
        names = [name for name in names if name is not None]
        kinds = kinds_at((key.split(" ")[-1].removeprefix("/"),), {})
        if len(names) > 1 and kinds and set(names) <= set(kinds):
            hint = f"as a list of kinds, one per level, write `{group}: [{', '.join(names)}]` as a field"
            return Problem("chooses several kinds, of which the last would win", (key,), value, hint)
    elif isinstance(entry, str):
        group, names = "", [entry]
    else:
        return Problem("must be a name, or `group: option`", got=entry)
    if (group or "@" in str(entry)) and any(name.partition("@")[0] == "_self_" for name in names):
        return Problem("must stand alone", got=entry, hint="write `_self_`")
    names = [name.partition("@")[0] if not group else name for name in names]
    path = group.partition("@")[0].removeprefix("/")
    if group and not path:
        return Problem("has no group", got=entry, hint=hint)
    return _wrong_names(path, names)


def _wrong_names(group: str, names: list[str]) -> Problem | None:
    if (group or names[0].removeprefix("/")).split("/")[0] == "hydra":
        hint = "give them to `unetgen sweep` on its command line"
        return Problem("`hydra` settings are refused here", got=group or names[0], hint=hint)
    for name in names:
        if re.search(r"\$\{[^}]*:", name):
            return Problem("only references to other groups are resolved, nothing is run", got=name)
        if name.endswith(".yml"):
            hint = "name it without suffix; Hydra reads .yaml files only"
            return Problem("must not end in .yml", got=name, hint=hint)
        if "${" in name or name == "???":
            continue
        path = f"{group}/{name}" if group else name.removeprefix("/")
        if not _is_plain(path):
            hint = "name files of this config's own folder, or bundled ones"
            return Problem("leads outside of the config folder", got=path, hint=hint)
    return None


def missing(groups: ConfigGroups, config_path: str, group: str | None) -> Problem:
    """A config that is nowhere, with the legal ones."""
    name = config_path.rpartition("/")[2]
    folder = config_path.rpartition("/")[0] if group is None else group
    options = groups.get_group_options(folder) if folder else []
    if any((root / f"{config_path}.yml").is_file() for root, _ in groups.folders):
        return Problem("must end in .yaml", got=f"{config_path}.yml", hint="rename it")
    if options:
        hint = did_you_mean(name, options) or None
        return Problem(f"no such option of the group `{folder}`", got=name, hint=hint)
    if folder and not groups.group_exists(folder):
        known = sorted(
            {d.name for root, _ in groups.folders if root.is_dir() for d in root.iterdir() if d.is_dir()}
        )
        return Problem("no such config group", got=folder, hint=did_you_mean(folder, known) or None)
    names = sorted({file.stem for root, _ in groups.folders for file in root.glob("*.yaml")})
    return Problem("no such config", got=config_path, hint=did_you_mean(name, names) or None)
