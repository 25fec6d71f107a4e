"""One choice for all levels, or a list with one per level: `block: [plain, residual, residual]`.

A field that takes such lists is typed by `PerLevel`. What stands in a list is for one level alone, so that
it has no list per level of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Never, TypeVar, get_args, overload

from pydantic_core import CoreSchema, SchemaValidator, core_schema

from unetgen.errors import Path, Wrong
from unetgen.parts.values import nonempty

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

    from unetgen.parts.options import KerasChoice
    from unetgen.parts.part import Part

T = TypeVar("T")
Choosable = TypeVar("Choosable", bound="Part | KerasChoice | bool")


class OneOrList:
    """Pydantic annotation of `PerLevel`: an error's place has the item's number and no tags."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        one = handler.generate_schema(get_args(source)[0])
        single = SchemaValidator(one)
        several = SchemaValidator(core_schema.tuple_variable_schema(one, strict=False))
        many = core_schema.tuple_variable_schema(one, min_length=1)

        def read(value: object, inner: object) -> object:
            if isinstance(value, list | tuple):
                return several.validate_python(nonempty(value))
            return single.validate_python(value)

        # A tuple is dumped as one before it is taken for something else.
        return core_schema.no_info_wrap_validator_function(
            read,
            core_schema.union_schema([many, one]),
            json_schema_input_schema=core_schema.union_schema([one, many]),
        )


PerLevel = Annotated[T | tuple[T, ...], OneOrList()]
"""One for all levels | a list of one per level."""


# Overloads keep a union of kinds what it is: a checker would make their common base of a `T | tuple[T, ...]`.
@overload
def entries(value: tuple[T, ...]) -> tuple[T, ...]: ...


@overload
def entries(value: Choosable) -> tuple[Choosable, ...]: ...


def entries(value: object) -> tuple[object, ...]:
    """All that a field names: the items of its list, or the one for all levels.

    >>> entries(True), entries((True, False))
    ((True,), (True, False))
    """
    return value if isinstance(value, tuple) else (value,)


@overload
def placed(path: Path, value: None) -> Iterator[tuple[Path, Never]]: ...


@overload
def placed(path: Path, value: tuple[T, ...]) -> Iterator[tuple[Path, T]]: ...


@overload
def placed(path: Path, value: Choosable) -> Iterator[tuple[Path, Choosable]]: ...


def placed(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    """The same, each with its place in a config; nothing for None.

    >>> list(placed(("use_bias",), (True, False)))
    [(('use_bias', 0), True), (('use_bias', 1), False)]
    """
    if isinstance(value, tuple):
        yield from (((*path, index), each) for index, each in enumerate(value))
    elif value is not None:
        yield path, value


def only(value: T | tuple[T, ...]) -> T:
    """The value of what is for one level alone; raises `Wrong` for a list of one per level."""
    if isinstance(value, tuple):
        raise list_in_entry(value)
    return value


def list_in_entry(value: Sequence[object]) -> Wrong:
    """What is wrong with a list of one per level in what is for one level alone."""
    message = "is a list of one per level, inside the entry of one level"
    plain = [list(each) if isinstance(each, tuple) else each for each in value]
    return Wrong.of(message, got=plain, hint="write this level's value")
