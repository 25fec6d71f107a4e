"""The parameters of a printed function: the numbers in which its calls differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unetgen.emit.source.literals import annotation
from unetgen.emit.source.step import Argument, Kind, Name, Value

BASES = {
    "out_channels": "filters",
    "num_features": "channels",
    "num_channels": "channels",
    "num_parameters": "channels",
    "normalized_shape": "channels",
}
"""What a parameter is called that is given to an argument of this name; by default as the argument."""
RANK = ("filters", "in_channels", "channels")
"""Of several names for one parameter, the first of these."""


@dataclass(frozen=True)
class Parameter:
    """A parameter: `values` are those of the calls, in order. With a `default` calls may leave it out."""

    name: str
    kind: Kind
    values: tuple[Value, ...]
    default: Value | ellipsis = ...  # noqa: F821

    @property
    def annotation(self) -> str:
        """Its type."""
        return annotation(list(self.values))

    def argument(self, index: int) -> Argument:
        """What the call of this number passes; by name where others may stand before it."""
        is_positional = self.kind == "channels" and self.default is ...
        return Argument(self.name, self.values[index], self.kind, is_positional, self.default)


class Parameters:
    """Collects them while a function's lines are read, and names them at the end."""

    def __init__(self) -> None:
        self._found: list[tuple[Kind, tuple[Value, ...]]] = []
        self._bases: list[list[str]] = []
        self._defaults: list[object] = []
        self._names: list[str] = []

    def merged(self, calls: Sequence[tuple[Argument, ...]]) -> tuple[Argument, ...]:
        """The arguments of calls that are alike as those of one, with numbered names where they differ."""
        return tuple(self._one(arguments) for arguments in zip(*calls, strict=True))

    def _one(self, arguments: Sequence[Argument]) -> Argument:
        first = arguments[0]
        values = tuple(argument.value for argument in arguments)
        if all(value == first.value for value in values):
            return first
        row = (first.kind, values)
        if row not in self._found:
            self._found.append(row)
            self._bases.append([])
            self._defaults.append(first.default)
        index = self._found.index(row)
        self._bases[index].append(_base(first.name))
        if self._defaults[index] != first.default:
            self._defaults[index] = ...
        return replace(first, value=Name(str(index)))

    def finished(self) -> list[Parameter]:
        """The parameters: channels first, and those last that a call may leave out."""
        bases = [min(bases, key=_rank) for bases in self._bases]
        self._names = [
            base if bases.count(base) == 1 else f"{base}{bases[: index + 1].count(base)}"
            for index, base in enumerate(bases)
        ]
        made = [
            Parameter(name, kind, values, default if default in values else ...)
            for name, (kind, values), default in zip(self._names, self._found, self._defaults, strict=True)
        ]
        return sorted(made, key=lambda one: (one.default is not ..., one.kind != "channels"))

    def renamed(self, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        """The arguments with the parameters' names in place of their numbers."""
        return tuple(
            replace(each, value=Name(self._names[int(each.value.text)]), default=...)
            if isinstance(each.value, Name)
            else each
            for each in arguments
        )


def _base(name: str) -> str:
    return BASES.get(name, name.rstrip("0123456789"))


def _rank(base: str) -> tuple[int, int]:
    return (RANK.index(base) if base in RANK else len(RANK), 0)
