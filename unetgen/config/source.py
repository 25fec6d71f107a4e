"""Source: a config's plain data while it is being put together, and where each value came from."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.config.yaml.tree import Document
from unetgen.errors import Path, Problem
from unetgen.parts.part import Part


@dataclass
class Source:
    """Data with marks: a file's position as text, or the override that set the value."""

    label: str
    data: dict[str, Any]
    keys: dict[Path, str] = field(default_factory=dict)
    values: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    dropped: set[Path] = field(default_factory=set)
    notes: list[Problem] = field(default_factory=list)
    """What is fine and should be written otherwise."""
    root: type[Part] = UNetConfig
    """The model of all of it; hints and overrides look up fields and kinds there."""

    @classmethod
    def of(cls, document: Document, label: str) -> Source:
        """A file's document as it stands."""
        return cls(
            label,
            document.data,
            {path: str(mark) for path, mark in document.key_marks.items()},
            {path: str(mark) for path, mark in document.value_marks.items()},
            list(document.problems),
            set(document.dropped),
        )

    def copy(self) -> Source:
        """An equal source that shares nothing that changes."""
        data = copy.deepcopy(self.data)
        return Source(
            self.label,
            data,
            dict(self.keys),
            dict(self.values),
            list(self.problems),
            set(self.dropped),
            list(self.notes),
            self.root,
        )

    def forget(self, path: Path) -> None:
        """Drop what is known of `path` and of all below it: its value is replaced."""
        gone: Iterable[Path] = paths_in(value_at(self.data, path), path)
        if any(known[: len(path)] == path for known in self.dropped):
            self.dropped = {known for known in self.dropped if known[: len(path)] != path}
            gone = [known for known in (*self.keys, *self.values) if known[: len(path)] == path]
        for known in gone:
            self.keys.pop(known, None)
            self.values.pop(known, None)

    def adopt(self, path: Path, other: Source) -> None:
        """Take over from `other` where `path`, which is there now, and all below it come from."""
        for known in paths_in(value_at(self.data, path), path):
            if known in other.keys:
                self.keys[known] = other.keys[known]
            if known in other.values:
                self.values[known] = other.values[known]
        self.values.setdefault(path, other.where(path))
        self.keys.setdefault(path, other.where(path))

    def under(self, package: Path) -> Source:
        """The marks, problems, refusals and notes of this source, its data standing under `package`."""
        around = {package[:length]: self.where(()) for length in range(1, len(package) + 1)}
        return Source(
            self.label,
            {},
            around | {(*package, *path): mark for path, mark in self.keys.items()},
            around | {(*package, *path): mark for path, mark in self.values.items()},
            [replace(problem, path=(*package, *problem.path)) for problem in self.problems],
            {(*package, *path) for path in self.dropped},
            [replace(note, path=(*package, *note.path)) for note in self.notes],
        )

    def mark(self, path: Path, origin: str) -> None:
        """Say that `path` comes from `origin`."""
        self.keys[path] = self.values[path] = origin

    def drop(self, path: Path, problem: Problem) -> None:
        """Note what is wrong under `path` and leave it out, within a list the whole list."""
        self.problems.append(problem)
        first = next((i for i, part in enumerate(path) if isinstance(part, int)), len(path))
        path = path[:first]
        self.dropped.add(path)
        holder = value_at(self.data, path[:-1])
        if isinstance(holder, dict):
            holder.pop(path[-1], None)

    def where(self, path: Path, key: bool = False) -> str:
        """The place of `path`, or of the nearest thing around it that the data has."""
        if key and path in self.keys:
            return self.keys[path]
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return self.label

    def written(self, path: Path) -> Path:
        """`path` as the user wrote it: shortened where a bare name or number stands for a mapping."""
        value: Any = self.data
        kept: list[str | int] = []
        for length, part in enumerate(path):
            if value is None or (isinstance(value, dict) and part not in value):
                return (*kept, *path[length:])
            if isinstance(value, list) and isinstance(part, str):
                continue  # a bare list stands for the mapping with this field
            if value_at(value, (part,)) is ...:
                break
            kept.append(part)
            value = value[part]
        return tuple(kept)

    def located(self, problem: Problem, key: bool = False) -> Problem:
        """`problem` with the place that its path has here."""
        path = self.written(problem.path)
        return replace(problem, path=path, where=problem.where or self.where(path, key))


def value_at(data: Any, path: Path) -> Any:
    """The value under `path`, or ``...`` where there is none."""
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(part, ...)
        elif isinstance(data, list | tuple) and isinstance(part, int) and -len(data) <= part < len(data):
            data = data[part]
        else:
            return ...
    return data


def paths_in(data: Any, path: Path = ()) -> Iterator[Path]:
    """`path` of `data`, and the paths of all that is in it."""
    if data is ...:
        return
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in items:
        yield from paths_in(item, (*path, key))
