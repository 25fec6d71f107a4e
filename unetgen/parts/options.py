"""A Keras object in a config: a bare name, or a mapping with the name and options, checked against a table.

Both forms become the same frozen `KerasChoice` with every option filled in. Nothing is converted but
whole numbers where Keras takes any number, and nothing is evaluated: names are looked up in the table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.choice import KIND, Named, with_article
from unetgen.parts.vocabulary import REQUIRED, Family, Option
from unetgen.plan.call import Call
from unetgen.spelling import did_you_mean, nearest


@dataclass(frozen=True)
class KerasChoice:
    """One object of a family with all of its options, in the table's order.

    >>> from unetgen.parts.keras_names import REGULARIZERS
    >>> KerasChoice.parse(REGULARIZERS, {"kind": "l2", "l2": 1.0e-4}).call().arguments
    {'l2': 0.0001}
    """

    family: Family = field(repr=False, compare=False)
    name: str
    options: tuple[tuple[str, Any], ...] = ()

    def __getitem__(self, option: str) -> Any:
        return dict(self.options)[option]

    def get(self, option: str, default: Any = None) -> Any:
        return dict(self.options).get(option, default)

    @classmethod
    def parse(cls, family: Family, value: object) -> Self:
        """The choice that a config's value means; raises `Wrong` with everything that is wrong with it."""
        name, given = family.names.read(value)
        table = family.objects[name].options
        problems: list[Problem] = []
        options: list[tuple[str, Any]] = []
        for key in given:
            if key not in table and key != KIND:
                hint = did_you_mean(str(key), table) if table else f"`{name}` has no options"
                hint = hint or f"its options: {', '.join(table)}"
                problems.append(Problem(f"unknown option of {name}", (key,), hint=hint))
        misspelled = {nearest(str(key), table) for key in given if key not in table and key != KIND}
        for key, option in table.items():
            if key in misspelled and key not in given and option.default is REQUIRED:
                continue  # one mistake, one problem
            try:
                taken = _checked(option, given[key]) if key in given else _default(option, name, key)
                options.append((key, taken))
            except Wrong as error:
                problems += [_inside((key,), problem) for problem in error.problems]
        if problems:
            raise Wrong(problems)
        return cls(family, name, tuple(options))

    def dump(self) -> dict[str, Any]:
        """The mapping, of plain data, that parses back to an equal choice."""
        return {KIND: self.name} | {key: _plain(value) for key, value in self.options}

    def call(self, always: Iterable[str] = (), **more: Any) -> Call:
        """The object to construct: what differs from Keras's defaults, what `always` names, and `more`."""
        entry = self.family.objects[self.name]
        arguments = {
            key: value.call() if isinstance(value, KerasChoice) else _plain(value)
            for key, value in self.options
            if key in always or value != entry.options[key].default
        }
        return Call(entry.target, arguments | more)


@dataclass(frozen=True)
class OneOf(Named):
    """Pydantic annotation of a field that holds a choice: ``Annotated[KerasChoice, OneOf(INITIALIZERS)]``."""

    family: Family
    into: type[KerasChoice] = KerasChoice
    check: Callable[[Any], Iterable[Problem]] = lambda _: ()

    def parse(self, value: object) -> KerasChoice:
        given = value.dump() if isinstance(value, KerasChoice) else value
        choice = self.into.parse(self.family, given)
        if problems := tuple(self.check(choice)):
            raise Wrong(problems)
        return choice

    def __get_pydantic_core_schema__(self, source: Any, handler: object) -> CoreSchema:
        dump = core_schema.plain_serializer_function_ser_schema(KerasChoice.dump)
        return core_schema.no_info_plain_validator_function(self.parse, serialization=dump)


def _default(option: Option, name: str, key: str) -> object:
    if option.default is REQUIRED:
        raise Wrong([Problem(f"{name} needs `{key}`", hint=f"{option.about}: {expected(option)}")])
    return _checked(option, option.default)


def _checked(option: Option, value: object) -> object:
    """The value in its one form, a list as a tuple; raises `Wrong` where it is illegal."""
    if value is None and option.optional:
        return None
    if option.nested and (isinstance(value, Mapping) or (isinstance(value, str) and not _number_in(value))):
        if isinstance(value, str) and value not in option.nested.objects:
            hint = did_you_mean(value, option.nested.objects)
            raise Wrong([Problem(f"must be {expected(option)}", got=value, hint=hint or None)])
        return KerasChoice.parse(option.nested, value)
    if _is_list(option):
        if isinstance(value, (list, tuple)) and all(_fits(option, entry) for entry in value):
            return tuple(float(entry) if option.type == "floats" else entry for entry in value)
    elif _fits(option, value):
        return float(value) if option.type == "float" else value  # type: ignore[arg-type]
    number = _number_in(value) if option.type == "float" else None
    advice = f"write {number}" if number else None
    raise Wrong([Problem(f"must be {expected(option)}", got=value, hint=advice)])


def _fits(option: Option, value: object) -> bool:
    if option.type in ("bool", "str", "strs"):
        wanted = bool if option.type == "bool" else str
        return isinstance(value, wanted) and (not option.choices or value in option.choices)
    numbers = (int, float) if option.type in ("float", "floats") else int
    if isinstance(value, bool) or not isinstance(value, numbers):
        return False
    return (
        _finite(value)
        and (option.low is None or value >= option.low)
        and (option.above is None or value > option.above)
        and (option.high is None or value <= option.high)
        and (option.below is None or value < option.below)
    )


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False


_NOUNS = {
    "float": "a number", "int": "an integer", "bool": "true or false", "str": "a string",
    "floats": "a list of numbers", "ints": "a list of integers", "strs": "a list of strings",
}  # fmt: skip


def expected(option: Option) -> str:
    """What an option takes, in words.

    >>> expected(Option("float", None, "", low=0, below=1, optional=True))
    'a number in [0, 1), or null'
    """
    noun = f"one of {', '.join(option.choices)}" if option.choices else _NOUNS[option.type]
    start = "(" if option.low is None else "["
    end = ")" if option.high is None else "]"
    low = option.above if option.low is None else option.low
    high = option.below if option.high is None else option.high
    least, most = _exact(low), _exact(high)
    if least and most:
        noun += f" in {start}{least}, {most}{end}"
    elif least:
        noun += f" above {least}" if start == "(" else f" of at least {least}"
    elif most:
        noun += f" below {most}" if end == ")" else f" of at most {most}"
    nested = f", or {with_article(option.nested.noun)}" if option.nested else ""
    return noun + nested + (", or null" if option.optional else "")


def _exact(bound: float | None) -> str:
    return "" if bound is None else str(bound) if isinstance(bound, int) else f"{bound:g}"


def _number_in(value: object) -> str | None:
    """How YAML writes the number in a string such as ``1e-5``, which YAML 1.1 does not take for one."""
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    text = repr(number)
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


def _is_list(option: Option) -> bool:
    return option.type in ("floats", "ints", "strs")


def _plain(value: object) -> object:
    if isinstance(value, KerasChoice):
        return value.dump()
    return list(value) if isinstance(value, tuple) else value


def _inside(path: Path, problem: Problem) -> Problem:
    return replace(problem, path=path + problem.path)
