"""Part: the base of everything that a config can name."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen config model; unknown fields are errors and field docstrings are its documentation."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        allow_inf_nan=False,
        strict=True,
    )


def kind_of(model: type[Part]) -> str:
    """The name under which a config asks for `model`."""
    return str(model.model_fields["kind"].default)
