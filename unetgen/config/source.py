"""Source: a config's plain data while it is being put together, and where each value came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from unetgen.config.yaml_tree import Document
from unetgen.errors import Path, Problem


@dataclass
class Source:
    """Data with marks: a file's position as text, or the override that set the value."""

    label: str
    data: dict[str, Any]
    keys: dict[Path, str] = field(default_factory=dict)
    values: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    dropped: set[Path] = field(default_factory=set)

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

    def forget_below(self, path: Path) -> None:
        """Drop the marks of `path` and all below it: its value was replaced."""
        for marks in (self.keys, self.values):
            for known in [known for known in marks if known[: len(path)] == path]:
                del marks[known]

    def mark(self, path: Path, origin: str) -> None:
        self.keys[path] = self.values[path] = origin

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
        for length, part in enumerate(path):
            if isinstance(value, dict):
                if part not in value:
                    return path
                value = value[part]
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return path[:length] if value is not None else path
        return path

    def located(self, problem: Problem, key: bool = False) -> Problem:
        """`problem` with the place that its path has here."""
        path = self.written(problem.path)
        return replace(problem, path=path, where=problem.where or self.where(path, key))


def value_at(data: Any, path: Path) -> Any:
    """The value under `path`, or ``...`` where there is none."""
    for part in path:
        if (isinstance(data, Mapping) and part in data) or (
            isinstance(data, list | tuple) and isinstance(part, int) and -len(data) <= part < len(data)
        ):
            data = data[part]
        else:
            return ...
    return data
