"""SourceStep: what one node is in the printed source, in the words of its framework, but for names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unetgen.plan.call import Call


@dataclass(frozen=True)
class Name:
    """What a function's parameter is called, in place of a value."""

    text: str


@dataclass(frozen=True)
class Constant:
    """What the file calls a value that it defines at its top."""

    text: str


Value = int | float | str | bool | None | tuple["Value", ...] | Call | Name | Constant
Kind = Literal["channels", "sizes", "other"]
"""What a value counts: only values of one kind may become one parameter of a function."""


@dataclass(frozen=True)
class Argument:
    """An argument of a call. Positional ones are printed without `name`.

    It is left out where its value is its `default`; ``...`` means that it has none.
    """

    name: str
    value: Value
    kind: Kind = "other"
    is_positional: bool = False
    default: Value | ellipsis = ...  # noqa: F821

    @property
    def is_number(self) -> bool:
        """Whether functions may differ in it: numbers, and tuples of them."""
        return _is_number(self.value)


def _is_number(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Made:
    """``name(arguments)``."""

    name: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class SourceStep:
    """One node's part of the source: what is made once, and what is computed of the inputs.

    With a `layer` that is called, on what `function` makes of the first input where there is one; else
    `function` is called itself, a method of the first input where its name begins with a dot. With neither,
    the inputs stand with the operator of `takes` between them. `suffix` stands behind all that.
    """

    layer: Made | None = None
    function: Made | None = None
    takes: Literal["each", "list", "+", "*"] = "each"
    suffix: str = ""
    helpers: tuple[str, ...] = ()
    """Names of what the file has to define for it."""
