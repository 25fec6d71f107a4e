"""Part: the base of everything that a config can name, and unions of kinds with a bare-name shorthand."""

from __future__ import annotations

from typing import Annotated, Any, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema


class Part(BaseModel):
    """A frozen config model; unknown fields are errors and field docstrings are its documentation."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        allow_inf_nan=False,
        strict=True,
    )


def expand(value: Any) -> Any:
    """A bare name stands for the kind with its defaults: ``transposed`` is ``{kind: transposed}``."""
    return {"kind": value} if isinstance(value, str) else value


def kinds(*models: type[Part]) -> Any:
    """The type of a field that takes any of `models`, told apart by their ``kind``."""
    names = [kind_of(model) for model in models]
    union = Union[models] if len(models) > 1 else models[0]  # noqa: UP007
    tagged = Annotated[union, Field(discriminator="kind")] if len(models) > 1 else union
    return Annotated[tagged, BeforeValidator(expand, json_schema_input_type=_Named(names) | tagged)]


def _Named(names: list[str]) -> Any:  # noqa: N802
    return Annotated[str, WithJsonSchema({"type": "string", "enum": names})]


def kind_of(model: type[Part]) -> str:
    """The name under which a config asks for `model`."""
    return str(model.model_fields["kind"].default)
