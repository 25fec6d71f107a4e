"""The values that a config gives once, per axis or per level, and how they spread out.

A flat list on a spatial quantity is per axis, a nested list per level; a flat list on any other
quantity is per level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, WithJsonSchema
from typing_extensions import TypeIs

from unetgen.errors import Problem, Wrong
from unetgen.plan.ops.base import Axes

LARGEST = 2**24
"""No size, filter count or factor of a network that fits a machine is larger."""
MOST_CONVS = 100
"""No block has more convolutions."""

S = TypeVar("S")
T = TypeVar("T")


def whole(value: object, minimum: int = 1, maximum: int = LARGEST) -> int:
    """`value` if it is a whole number within bounds, else `Wrong`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong.of("must be a whole number", got=value)
    if value < minimum:
        raise Wrong.of("must be positive" if minimum == 1 else f"must be at least {minimum}", got=value)
    if value > maximum:
        raise Wrong.of(f"must be at most {maximum}", got=value)
    return value


def number(value: object, minimum: float, maximum: float = float("inf"), what: str = "a number") -> float:
    """`value` if it is a finite number within bounds, else `Wrong`."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Wrong.of(f"must be {what}", got=value)
    if not minimum <= value <= maximum:  # False for NaN too
        raise Wrong.of(f"must be {what}", got=value)
    return value


def each(values: Sequence[S], check: Callable[[S], T]) -> tuple[T, ...]:
    """`check` on every item; all problems at once, under the items' indexes."""
    kept: list[T] = []
    problems: list[Problem] = []
    for index, value in enumerate(values):
        try:
            kept.append(check(value))
        except Wrong as wrong:
            problems.extend(wrong.under(index).problems)
    if problems:
        raise Wrong(problems)
    return tuple(kept)


def nonempty(value: object) -> Sequence[object]:
    """`value` if it is a list with something in it, else `Wrong`."""
    if not isinstance(value, list | tuple) or not value:
        raise Wrong.of("must be a list with at least one item", got=value)
    return value


def _spatial(value: object) -> object:
    if not isinstance(value, list | tuple):
        try:
            return whole(value)
        except Wrong as wrong:
            if isinstance(value, int) and not isinstance(value, bool):
                raise
            raise Wrong.of(
                "must be a whole number, a list of one per axis, or a list of such lists, one per level",
                got=value,
            ) from wrong
    items = nonempty(value)
    if any(isinstance(item, list | tuple) for item in items):
        return each(items, lambda item: each(nonempty(item), whole))
    return each(items, whole)


def _schema(*shapes: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": list(shapes)})


_WHOLE: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": LARGEST}


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


Spatial = Annotated[
    int | tuple[int, ...] | tuple[tuple[int, ...], ...],
    BeforeValidator(_spatial),
    _schema(_WHOLE, _list_of(_WHOLE), _list_of(_list_of(_WHOLE))),
]
"""A positive whole number | one per axis | one such list per level."""


def _per_axis(value: object) -> object:
    if value is None or isinstance(value, list | tuple):
        return None if value is None else each(nonempty(value), whole)
    return whole(value)


PerAxis = Annotated[
    int | tuple[int, ...] | None,
    BeforeValidator(_per_axis),
    _schema(_WHOLE, _list_of(_WHOLE), {"type": "null"}),
]
"""A positive whole number | one per axis | null."""


def _widths(value: object) -> object:
    def level(item: object) -> object:
        return each(item, whole) if isinstance(item, list | tuple) and item else whole(item)

    return None if value is None else each(nonempty(value), level)


Filters = Annotated[
    tuple[int | tuple[int, ...], ...] | None,
    BeforeValidator(_widths),
    _schema(_list_of({"anyOf": [_WHOLE, _list_of(_WHOLE)]}), {"type": "null"}),
]
"""Per level: the filters of every convolution, or a list with those of each."""


def _multiples(value: object) -> object:
    def multiple(item: object) -> float:
        return number(item, minimum=1e-6, maximum=1e6, what="a positive number")

    return None if value is None else each(nonempty(value), multiple)


Multiples = Annotated[
    tuple[int | float, ...] | None,
    BeforeValidator(_multiples),
    _schema(_list_of({"type": "number", "exclusiveMinimum": 0}), {"type": "null"}),
]
"""Positive numbers, one per convolution."""


def _rates(value: object) -> object:
    def rate(item: object) -> float:
        if item == 1:
            raise Wrong.of("must be less than 1: a rate of 1 drops everything", got=item)
        return number(item, minimum=0.0, maximum=1.0, what="a rate from 0 to less than 1")

    return each(nonempty(value), rate) if isinstance(value, list | tuple) else rate(value)


_RATE: dict[str, Any] = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
Rates = Annotated[float | tuple[float, ...], BeforeValidator(_rates), _schema(_RATE, _list_of(_RATE))]
"""A rate from 0 to less than 1 | one per level."""


def _counts(value: object) -> object:
    if value is None:
        return None

    def count(item: object) -> int:
        return whole(item, maximum=MOST_CONVS)

    return each(nonempty(value), count) if isinstance(value, list | tuple) else count(value)


_COUNT = _WHOLE | {"maximum": MOST_CONVS}
Counts = Annotated[
    int | tuple[int, ...] | None,
    BeforeValidator(_counts),
    _schema(_COUNT, _list_of(_COUNT), {"type": "null"}),
]
"""A positive whole number | one per level | null."""


def _level_counts(value: object) -> object:
    if value is None:
        raise Wrong.of("must be a whole number, or a list of one per level", got=value)
    return _counts(value)


LevelCounts = Annotated[
    int | tuple[int, ...],
    BeforeValidator(_level_counts),
    _schema(_COUNT, _list_of(_COUNT)),
]
"""A positive whole number | one per level."""


MOST_EXPANSION = 2**10
"""No block makes more of a channel."""


def _expansions(value: object) -> object:
    def expansion(item: object) -> int:
        return whole(item, maximum=MOST_EXPANSION)

    return each(nonempty(value), expansion) if isinstance(value, list | tuple) else expansion(value)


_EXPANSION = _WHOLE | {"maximum": MOST_EXPANSION}
Expansions = Annotated[
    int | tuple[int, ...], BeforeValidator(_expansions), _schema(_EXPANSION, _list_of(_EXPANSION))
]
"""A positive whole number | one per level, or per step."""


def _level_flags(value: object) -> object:
    def flag(item: object) -> bool:
        if not isinstance(item, bool):
            raise Wrong.of("must be true or false", got=item)
        return item

    return each(nonempty(value), flag) if isinstance(value, list | tuple) else flag(value)


_FLAG: dict[str, Any] = {"type": "boolean"}
LevelFlags = Annotated[
    bool | tuple[bool, ...], BeforeValidator(_level_flags), _schema(_FLAG, _list_of(_FLAG))
]
"""True or false | one per level."""


def _per_conv(value: object) -> object:
    if not isinstance(value, list | tuple):
        return whole(value)
    if any(isinstance(item, list | tuple) for item in value):
        return each(value, lambda item: each(nonempty(item), whole))
    return each(nonempty(value), whole)


PerConv = Annotated[
    int | tuple[int, ...] | tuple[tuple[int, ...], ...],
    BeforeValidator(_per_conv),
    _schema(_WHOLE, _list_of(_WHOLE), _list_of(_list_of(_WHOLE))),
]
"""A positive whole number | one per convolution | one such list per level."""

OptionalPerConv = Annotated[
    int | tuple[int, ...] | tuple[tuple[int, ...], ...] | None,
    BeforeValidator(lambda value: None if value is None else _per_conv(value)),
    _schema(_WHOLE, _list_of(_WHOLE), _list_of(_list_of(_WHOLE)), {"type": "null"}),
]
"""The same, or null."""


def per_axis(value: int | tuple[int, ...], dims: int) -> Axes:
    """One number per axis.

    >>> per_axis(3, dims=2)
    (3, 3)
    """
    if isinstance(value, int):
        return (value,) * dims
    if len(value) != dims:
        message = f"has {counted(len(value), 'number')} for {counted(dims, 'spatial axis', 'spatial axes')}"
        raise Wrong.of(message, got=list(value))
    return value


def per_level_axes(
    value: int | Axes | tuple[Axes, ...], levels: int, dims: int, noun: str = "level"
) -> tuple[Axes, ...]:
    """One number per axis for each of `levels` levels.

    >>> per_level_axes(((1, 3), (3, 3)), levels=2, dims=2)
    ((1, 3), (3, 3))
    """
    if is_nested(value):
        _require_levels(value, levels, noun)
        return each(value, lambda axes: per_axis(axes, dims))
    return (per_axis(value, dims),) * levels


def per_level(value: T | tuple[T, ...], levels: int, noun: str = "level") -> tuple[T, ...]:
    """One value for each of `levels` levels.

    >>> per_level(0.5, levels=2)
    (0.5, 0.5)
    """
    if isinstance(value, tuple):
        _require_levels(value, levels, noun)
        return value
    return (value,) * levels


def at_level(value: T | tuple[T, ...], level: int) -> T:
    """The value of one level, of a value for all or a list of one per level.

    >>> at_level(2, level=1), at_level((1, 3), level=1)
    (2, 3)
    """
    return value[level] if isinstance(value, tuple) else value


def is_nested(value: object) -> TypeIs[tuple[Axes, ...]]:
    """Whether it is a list of lists, that is per level where a flat list is not."""
    return isinstance(value, tuple) and isinstance(value[0], tuple)


def row_at(value: int | Axes | tuple[Axes, ...], level: int) -> int | tuple[int, ...]:
    """What one level has, of a list of lists, one per level, or of a value or a flat list for all.

    >>> row_at((1, 2), level=1), row_at(((1, 2), (4, 8)), level=1)
    ((1, 2), (4, 8))
    """
    return value[level] if is_nested(value) else value


def _require_levels(values: tuple[object, ...], levels: int, noun: str) -> None:
    if len(values) != levels:
        given, wanted = counted(len(values), "entry", "entries"), counted(levels, noun)
        raise Wrong.of(f"has {given} for {wanted}", hint=LEVEL_HINTS.get(noun))


LEVEL_HINTS = {
    "step": "there are depth - 1 steps from level to level",
    "decoder level": "the bottom level belongs to the encoder",
}


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1, "level"), counted(2, "axis", "axes")
    ('1 level', '2 axes')
    """
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
