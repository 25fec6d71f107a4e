"""A JSON file of another program: read with a size cap, walked with its key paths, refused by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NoReturn, TypeVar

from unetgen.errors import ConfigError, Path, Problem, Wrong
from unetgen.parts.values import counted, whole
from unetgen.reading import parsed_json, read_bytes

MAX_BYTES = 8 * 2**20
"""A plans file has some 20 KB; a dataset.json that lists every case has a few MB."""

T = TypeVar("T")


@dataclass(frozen=True)
class JsonValue:
    """A value of a JSON file, and where it stands."""

    file: str
    value: Any
    path: Path = ()

    def refuse(self, message: str, hint: str | None = None, got: object = ...) -> NoReturn:
        """Raise `ConfigError` about this value."""
        raise ConfigError([Problem(message, self.path, got, hint, where=self.file)])

    def checked(self, check: Callable[[Any], T]) -> T:
        """``check(value)``; what it finds wrong is raised as `ConfigError`, under this path."""
        try:
            return check(self.value)
        except Wrong as wrong:
            problems = wrong.under(*self.path).problems
        raise ConfigError(Problem(p.message, p.path, p.got, p.hint, self.file) for p in problems)

    def mapping(self) -> Mapping[str, Any]:
        """The value, which must be an object."""
        if not isinstance(self.value, dict):
            self.refuse("must be an object", got=self.value)
        return self.value

    def items(self) -> list[JsonValue]:
        """The places of a list's items."""
        if not isinstance(self.value, list):
            self.refuse("must be a list", got=self.value)
        return [JsonValue(self.file, item, (*self.path, index)) for index, item in enumerate(self.value)]

    def has(self, key: str) -> bool:
        """Whether this object has `key`."""
        return key in self.mapping()

    def at(self, key: str, hint: str | None = None) -> JsonValue:
        """What stands under `key`, which must be there."""
        if key not in self.mapping():
            raise ConfigError([Problem("missing", (*self.path, key), hint=hint, where=self.file)])
        return JsonValue(self.file, self.value[key], (*self.path, key))

    def text(self) -> str:
        """The value, which must be a string."""
        if not isinstance(self.value, str):
            self.refuse("must be a string", got=self.value)
        return self.value

    def yes(self) -> bool:
        """The value, which must be true or false."""
        if not isinstance(self.value, bool):
            self.refuse("must be true or false", got=self.value)
        return self.value

    def number(self) -> float:
        """The value, which must be a number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.refuse("must be a number", got=self.value)
        return self.value

    def whole(self, minimum: int = 1) -> int:
        """The value, which must be a whole number of at least `minimum`."""
        return self.checked(lambda value: whole(value, minimum))

    def wholes(self) -> tuple[int, ...]:
        """The value, which must be a list of positive whole numbers."""
        return tuple(item.whole() for item in self.items())


def read_json(file: FilePath) -> JsonValue:
    """The whole of a JSON file; raises `UnetgenError` with line and column where it is not JSON."""
    label = str(file) if str(file).isprintable() else repr(str(file))
    value = parsed_json(read_bytes(file, MAX_BYTES), label)
    place_of_all = JsonValue(label, value)
    place_of_all.mapping()
    return place_of_all


def per_stage(place: JsonValue, stages: int, one: Callable[[JsonValue], T]) -> tuple[T, ...]:
    """`one` of every stage: from a list with as many items, or from a single number for all of them."""
    if isinstance(place.value, int) and not isinstance(place.value, bool):
        return (one(place),) * stages
    items = place.items()
    if len(items) != stages:
        place.refuse(f"has {counted(len(items), 'entry', 'entries')} for {counted(stages, 'stage')}")
    return tuple(one(item) for item in items)


def axes(dims: int) -> Callable[[JsonValue], tuple[int, ...]]:
    """A reader of one positive whole number per axis; a single one stands for all axes."""

    def read(place: JsonValue) -> tuple[int, ...]:
        if not isinstance(place.value, list):
            return (place.whole(),) * dims
        numbers = place.wholes()
        if len(numbers) != dims:
            place.refuse(
                f"has {counted(len(numbers), 'number')} for {counted(dims, 'axis', 'axes')}",
                got=list(numbers),
            )
        return numbers

    return read


def listed(names: Sequence[str]) -> str:
    """Names as a hint lists them; at most ten."""
    escaped = [repr(name)[1:-1][:60] for name in names[:10]]
    return ", ".join(escaped) + (", ..." if len(names) > 10 else "")
