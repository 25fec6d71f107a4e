"""Where the kinds of a part stand: a kind's file is imported when a config names it, or all are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import TypeVar, overload

from unetgen.parts.part import Part, kinds_of

AnyPart = TypeVar("AnyPart", bound=Part)


class Homes(Sequence[type[AnyPart]]):
    """The classes of a union of kinds, in its order; each is imported when it is first needed.

    `package` is where the files are. `homes` gives each kind's ``file.Class``, and that of a family of kinds
    under what their names begin with. A test holds that it has the classes of the union.

    >>> Homes("unetgen.parts.ups", {"nearest": "nearest.NearestUp"}).named("nearest").__name__
    'NearestUp'
    """

    def __init__(self, package: str, homes: Mapping[str, str]) -> None:
        self.package, self.homes = package, homes
        self._imported: dict[str, type[AnyPart]] = {}

    def named(self, kind: str) -> type[AnyPart] | None:
        """The class of this kind, if there is one; files are looked into in the order of their likelihood."""
        if kind not in self._imported:
            for name in sorted(self.homes, key=lambda name: -len(name) if kind.startswith(name) else 0):
                model = self._class(name)
                self._imported |= dict.fromkeys(kinds_of(model), model)
                if kind in self._imported:
                    break
        return self._imported.get(kind)

    @cached_property
    def _all(self) -> tuple[type[AnyPart], ...]:
        return tuple(map(self._class, self.homes))

    def _class(self, name: str) -> type[AnyPart]:
        file, _, of = self.homes[name].rpartition(".")
        model: type[AnyPart] = getattr(import_module(f"{self.package}.{file}"), of)
        return model

    @overload
    def __getitem__(self, index: int) -> type[AnyPart]: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[type[AnyPart], ...]: ...

    def __getitem__(self, index: int | slice) -> type[AnyPart] | tuple[type[AnyPart], ...]:
        return self._all[index]

    def __len__(self) -> int:
        return len(self.homes)


class ByKind(Mapping[str, type[AnyPart]]):
    """The same classes by the names of their kinds: all are imported to list them, and one to take it."""

    def __init__(self, homes: Homes[AnyPart]) -> None:
        self._homes = homes

    def __getitem__(self, kind: str) -> type[AnyPart]:
        model = self._homes.named(kind)
        if model is None:
            raise KeyError(kind)
        return model

    def __iter__(self) -> Iterator[str]:
        return (kind for model in self._homes for kind in kinds_of(model))

    def __len__(self) -> int:
        return sum(1 for _ in self)
