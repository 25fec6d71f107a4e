"""Part: the base of everything that a config can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

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

    variants: ClassVar[Mapping[str, object] | None] = None
    """What tells the kinds apart that a family of them has, by their names; None: a kind of its own."""


def kind_of(model: type[Part]) -> str:
    """The name under which a config asks for `model`; of a family, the one that stands for it."""
    return str(model.model_fields["kind"].default)


def kinds_of(model: type[Part]) -> tuple[str, ...]:
    """All names under which a config asks for `model`: those of its variants, or the only one."""
    return (kind_of(model),) if model.variants is None else tuple(model.variants)
