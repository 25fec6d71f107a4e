"""ByKind: a field that takes one of several kinds, by bare name or by mapping.

Unlike in a discriminated union, an error's place holds no tags: it is the place in the file. And no union
is compiled at import, which would double the time of importing this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Problem, Wrong
from unetgen.parts.part import Part
from unetgen.spelling import did_you_mean


@dataclass(frozen=True, eq=False)
class ByKind:
    """Pydantic annotation of a field that holds one of `models`, told apart by ``kind``."""

    noun: str
    models: Mapping[str, type[Part]]

    def parse(self, value: object) -> Part:
        """The model that a bare name or a mapping means."""
        if isinstance(value, Part) and type(value) in self.models.values():
            return value
        if isinstance(value, str):
            return self._model(value, ())()
        if not isinstance(value, Mapping):
            message = f"must be the name of a {self.noun}, or a mapping with `kind`"
            raise Wrong([Problem(message, got=value)])
        if "kind" not in value:
            hint = "write `kind` for `name`" if "name" in value else "add `kind`"
            raise Wrong([Problem(f"a {self.noun} needs `kind`", hint=hint)])
        kind = value["kind"]
        if not isinstance(kind, str):
            raise Wrong([Problem(f"must be the name of a {self.noun}", ("kind",), got=kind)])
        # A ValidationError in there becomes part of the outer one, with the outer place before its own.
        return self._model(kind, ("kind",)).model_validate(dict(value))

    def _model(self, kind: str, path: tuple[str, ...]) -> type[Part]:
        if kind in self.models:
            return self.models[kind]
        hint = did_you_mean(kind, self.models)
        raise Wrong([Problem(f"unknown {self.noun}", path, got=kind, hint=hint or None)])

    def __get_pydantic_core_schema__(self, source: Any, handler: object) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: Callable[[CoreSchema], dict[str, Any]]
    ) -> dict[str, Any]:
        names = {"enum": list(self.models), "description": f"A {self.noun} with its defaults."}
        return {"anyOf": [names, *(_described(model, handler) for model in self.models.values())]}


def _described(model: type[Part], handler: Callable[[CoreSchema], dict[str, Any]]) -> dict[str, Any]:
    # In a mapping the kind has to be said, though the model has a default for it.
    model.model_rebuild()
    schema = handler(model.__pydantic_core_schema__)
    return {**schema, "required": ["kind"]}
