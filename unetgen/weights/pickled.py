"""The plain data in a pickle, read without running it.

A pickle is a program for a stack machine. This machine knows the few instructions that make dictionaries,
lists and numbers; what a program would import and call is kept as a `Called` value instead. So tensors can be
found in a file of others, and nothing that stands in it runs. See the documentation of Python's pickletools.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from unetgen.errors import UnetgenError

MOST_STEPS = 20_000_000


@dataclass(frozen=True)
class GlobalName:
    """What a pickle would import, by its module and name."""

    name: str


@dataclass(frozen=True)
class Called:
    """What a pickle would call, and with what."""

    name: str
    arguments: tuple[object, ...]


@dataclass(frozen=True)
class Persistent:
    """What the program that wrote the pickle keeps elsewhere, such as the numbers of a tensor."""

    key: object


class _Mark:
    """Where a group of values on the stack begins."""


@dataclass
class _Machine:
    stack: list[object] = field(default_factory=list)
    memo: dict[int, object] = field(default_factory=dict)

    def group(self) -> list[object]:
        """All values above the last mark, which go."""
        start = max(index for index, value in enumerate(self.stack) if isinstance(value, _Mark))
        values = self.stack[start + 1 :]
        del self.stack[start:]
        return values

    def top(self, count: int) -> tuple[object, ...]:
        """The last `count` values, which go."""
        values = tuple(self.stack[len(self.stack) - count :])
        if len(values) != count:
            raise IndexError
        del self.stack[len(self.stack) - count :]
        return values

    def store(self, pairs: list[object]) -> None:
        """Put keys and values into the dictionary on the stack; into another object they go unseen."""
        if isinstance(holder := self.stack[-1], dict):
            holder |= _paired(pairs)

    def extend(self, values: list[object]) -> None:
        if isinstance(holder := self.stack[-1], list):
            holder += values

    def call(self) -> None:
        function, arguments = self.top(2)
        name = function.name if isinstance(function, GlobalName) else "?"
        if name == "collections.OrderedDict" and arguments == ():
            self.stack.append({})
        else:
            self.stack.append(Called(name, arguments if isinstance(arguments, tuple) else ()))


_Step = Callable[[_Machine, object], object]


def _push(value: Callable[[object], object]) -> _Step:
    return lambda machine, argument: machine.stack.append(value(argument))


def _imported(argument: object) -> GlobalName:
    return GlobalName(str(argument).replace(" ", ".", 1))


_LITERALS = (
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINSTRING", "SHORT_BINSTRING", "INT", "LONG", "FLOAT"),
)
_CONSTANTS: Mapping[str, Callable[[object], object]] = {
    **dict.fromkeys(_LITERALS, lambda argument: argument),
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_DICT": lambda _: {},
    "EMPTY_LIST": lambda _: [],
    "EMPTY_SET": lambda _: [],
    "EMPTY_TUPLE": lambda _: (),
    "MARK": lambda _: _Mark(),
    "GLOBAL": _imported,
}
STEPS: Mapping[str, _Step] = {
    **{name: _push(value) for name, value in _CONSTANTS.items()},
    "PROTO": lambda m, _: None,
    "FRAME": lambda m, _: None,
    "STACK_GLOBAL": lambda m, _: m.stack.append(GlobalName(".".join(map(str, m.top(2))))),
    "MEMOIZE": lambda m, _: m.memo.__setitem__(len(m.memo), m.stack[-1]),
    **dict.fromkeys(
        ("BINPUT", "LONG_BINPUT", "PUT"), lambda m, key: m.memo.__setitem__(_number(key), m.stack[-1])
    ),
    **dict.fromkeys(("BINGET", "LONG_BINGET", "GET"), lambda m, key: m.stack.append(m.memo[_number(key)])),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.group())),
    "TUPLE1": lambda m, _: m.stack.append(m.top(1)),
    "TUPLE2": lambda m, _: m.stack.append(m.top(2)),
    "TUPLE3": lambda m, _: m.stack.append(m.top(3)),
    "DICT": lambda m, _: m.stack.append(_paired(m.group())),
    "SETITEM": lambda m, _: m.store(list(m.top(2))),
    "SETITEMS": lambda m, _: m.store(m.group()),
    "APPEND": lambda m, _: m.extend(list(m.top(1))),
    "APPENDS": lambda m, _: m.extend(m.group()),
    "ADDITEMS": lambda m, _: m.extend(m.group()),
    "REDUCE": lambda m, _: m.call(),
    "NEWOBJ": lambda m, _: m.call(),
    "BUILD": lambda m, _: m.top(1),
    "BINPERSID": lambda m, _: m.stack.append(Persistent(*m.top(1))),
    "POP": lambda m, _: m.top(1),
    "POP_MARK": lambda m, _: m.group(),
}
"""What each instruction does to the machine."""


def _paired(pairs: list[object]) -> dict[object, object]:
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def _number(key: object) -> int:
    return int(str(key))


def plain_data(stream: BinaryIO) -> object:
    """What the pickle at the beginning of `stream` holds; the stream stands behind it then.

    Raises `UnetgenError` where it is damaged, or has an instruction that plain data does not need.
    """
    machine = _Machine()
    try:
        for number, (code, argument, _) in enumerate(pickletools.genops(stream)):
            if code.name == "STOP":
                (value,) = machine.top(1)
                return value
            if code.name not in STEPS:
                raise UnetgenError(f"has the pickle instruction {code.name}, which plain data does not need")
            if number > MOST_STEPS:
                raise UnetgenError("has more pickle instructions than any state dict")
            STEPS[code.name](machine, argument)
    except (ValueError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise UnetgenError(f"is a damaged pickle ({type(error).__name__})") from None
    raise UnetgenError("is a damaged pickle, without an end")
