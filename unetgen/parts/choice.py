"""Choosing by name: which kind a config's value means, and the mapping that a bare value stands for.

A field that takes one of several kinds has their union as its type, annotated with `Kinds`; one that takes a
part for which a bare value may stand is annotated with `Short`. Pydantic compiles no union: an error's place
holds no tags, it is the place in the file; and a kind is built when a config names it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast, get_args

from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.announced import announced_kind, is_announced_name
from unetgen.parts.homes import ByKind, Homes
from unetgen.parts.part import Part, kind_of, kinds_of
from unetgen.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

KIND = "kind"
"""The field of a mapping that names what is chosen."""
AnyPart = TypeVar("AnyPart", bound=Part)


class Choice(ABC):
    """A Pydantic annotation of a field that takes a mapping, or a bare value in its place."""

    key: str
    """The field of the mapping that the bare value gives."""

    @property
    def names_kind(self) -> bool:
        """Whether the mapping's other fields depend on what stands under `key`."""
        return self.key == KIND

    @abstractmethod
    def expand(self, value: object) -> object:
        """The mapping that a bare `value` stands for; any other value as it is."""


class Named(Choice):
    """A choice by name: a bare name stands for all defaults of what it names."""

    key = KIND

    def expand(self, value: object) -> object:
        return {KIND: value} if isinstance(value, str) else value


@dataclass(frozen=True, eq=False)
class Names:
    """Names of one sort. A config gives one of them bare, or as the ``kind`` of a mapping."""

    noun: str
    legal: Collection[str]
    not_offered: Mapping[str, str] = field(default_factory=dict)
    """Names that are known and refused, and why."""
    listed: bool = False
    """Whether each error lists all names."""
    takes_announced: bool = False
    """Whether a name may be another package's, which is not in `legal`."""

    def read(self, value: object) -> tuple[str, Mapping[str, Any]]:
        """The legal name in `value`, and the mapping that holds it, empty for a bare name."""
        if isinstance(value, str):
            return self._known(value, ()), {}
        if not isinstance(value, Mapping):
            message = f"must be the name of {with_article(self.noun)}, or a mapping with `kind`"
            raise Wrong([Problem(message, got=value, hint=self._list)])
        if KIND not in value:
            raise Wrong([self._missing(value)])
        name = value[KIND]
        if not isinstance(name, str):
            message = f"must be the name of {with_article(self.noun)}"
            raise Wrong([Problem(message, (KIND,), got=name, hint=self._list)])
        return self._known(name, (KIND,)), value

    @property
    def _list(self) -> str | None:
        return f"one of: {', '.join(self.legal)}" if self.listed else None

    def _missing(self, given: Mapping[str, Any]) -> Problem:
        if self.listed:
            misspelled = next((key for key in map(str, given) if nearest(key, (KIND,))), None)
            if misspelled is not None:
                return Problem("unknown key", (misspelled,), hint=did_you_mean(misspelled, (KIND,)))
            return Problem("has no `kind`", hint=self._list)
        other = next((name for name in ("name", "class_name") if name in given), None)
        hint = f"write `kind` for `{other}`" if other else "add `kind`"
        return Problem(f"{with_article(self.noun)} needs `kind`", hint=hint)

    def _known(self, name: str, path: Path) -> str:
        if name in self.legal or (self.takes_announced and is_announced_name(name)):
            return name
        for refused, reason in self.not_offered.items():
            if _letters(refused) == _letters(name):
                raise Wrong([Problem(f"{self.noun} that is not offered", path, got=name, hint=reason)])
        hint = did_you_mean(name, self.legal) or self._list
        raise Wrong([Problem(f"unknown {self.noun}", path, got=name, hint=hint)])


@dataclass(frozen=True, eq=False)
class Kinds(Named, Generic[AnyPart]):
    """Pydantic annotation of a field that holds one of a union of parts, told apart by ``kind``.

    >>> from unetgen.parts.ups import UPS
    >>> Kinds("up", UPS).parse("transposed").kind
    'transposed'
    """

    of: str
    """What is chosen: the field's name, or that of one item."""
    union: Any
    """The union itself, or the homes of its classes."""
    noun: str | None = None
    """What errors call it; None: a kind, of which they list all."""
    base: type[AnyPart] | None = None
    """What kinds of other packages are subclasses of; None: they have none of these."""

    @cached_property
    def models(self) -> Mapping[str, type[AnyPart]]:
        """Each kind of our own by its name; of `Homes`, imported when it is taken."""
        if isinstance(self.union, Homes):
            return ByKind(self.union)
        return {name: model for model in get_args(self.union) for name in kinds_of(model)}

    @cached_property
    def names(self) -> Names:
        """Each kind's name."""
        is_open = self.base is not None
        return Names(self.noun or "kind", self.models, listed=self.noun is None, takes_announced=is_open)

    def parse(self, value: object) -> AnyPart:
        """The part that a bare name or a mapping means; a part of one of these kinds is itself."""
        if isinstance(value, Part) and self._is_kind(value.__class__):
            return cast("AnyPart", value)
        name, given = self.names.read(value)
        try:
            model = self.model(name)
        except Wrong as wrong:
            raise wrong.under(*((KIND,) if given else ())) from None
        # A ValidationError in there becomes part of the outer one, with the outer place before its own.
        return model.model_validate({**given, KIND: name})

    def model(self, name: str) -> type[AnyPart]:
        """The kind of this name, ours or an installed package's; raises `Wrong` where there is none."""
        if name in self.models or self.base is None or not is_announced_name(name):
            return self.models[name]
        return announced_kind(name, self.base, self.of)

    def _is_kind(self, model: type[Part]) -> bool:
        is_other = self.base is not None and issubclass(model, self.base)
        return is_other or ("kind" in model.model_fields and self.models.get(kind_of(model)) is model)

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)


@dataclass(frozen=True, eq=False)
class Short(Choice):
    """Pydantic annotation of a field that holds a part, or a bare value of the part's field `key`.

    >>> Short("kernel", (int, list), "a kernel").expand(3)
    {'kernel': 3}
    """

    key: str
    types: tuple[type, ...]
    """What a bare value may be; true and false are not whole numbers."""
    what: str
    """The bare value in words."""

    def expand(self, value: object) -> object:
        is_bare = isinstance(value, self.types) and not isinstance(value, bool)
        return {self.key: value} if is_bare else value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        types = get_args(source) or (source,)  # the part, and NoneType where the field may be null
        (model,) = (each for each in types if issubclass(each, Part))
        legal = (*types, dict)

        def expanded(value: object) -> object:
            mapping = self.expand(value)
            if not isinstance(mapping, legal):
                raise Wrong.of(f"must be {self.what}, or a mapping with `{self.key}`", got=value)
            return mapping

        info = model.model_fields[self.key]
        bare = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        takes_null = NoneType in get_args(info.annotation)  # then it need not be said twice
        taken = handler.generate_schema((model if takes_null else source) | bare)
        return core_schema.no_info_before_validator_function(
            expanded, handler(source), json_schema_input_schema=taken
        )


def with_article(noun: str) -> str:
    """A noun with its indefinite article.

    >>> with_article("optimizer")
    'an optimizer'
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _letters(name: str) -> str:
    return name.replace("_", "").casefold()
