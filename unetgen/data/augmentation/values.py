"""The numbers of augmentations: ranges, axes, and what is drawn of them."""

from __future__ import annotations

from typing import Annotated

import numpy as np  # noqa: TC002
from pydantic import BeforeValidator, Field, WithJsonSchema

from unetgen.errors import Wrong
from unetgen.parts.values import each, nonempty, number, whole

Range = tuple[float, float]
MOST_AXES = 3


def _ordered(value: object, minimum: float, what: str, maximum: float = 1e6) -> Range:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Wrong.of("must be a list of two numbers, the lowest and the highest", got=value)
    low, high = each(value, lambda item: number(item, minimum, maximum, what))
    if low > high:
        raise Wrong.of("must be a list with the lowest number first", got=list(value))
    return float(low), float(high)


def _factors(value: object) -> Range:
    return _ordered(value, 1e-6, "a positive number")


def _amounts(value: object) -> Range:
    return _ordered(value, 0.0, "a number of at least 0")


def _shares(value: object) -> Range:
    return _ordered(value, 1e-6, "a share above 0, at most 1", maximum=1.0)


def _two(**bounds: float) -> WithJsonSchema:
    items = {"type": "number", **bounds}
    return WithJsonSchema({"type": "array", "items": items, "minItems": 2, "maxItems": 2})


Factors = Annotated[Range, BeforeValidator(_factors), _two(exclusiveMinimum=0)]
"""The lowest and the highest of positive factors."""
Amounts = Annotated[Range, BeforeValidator(_amounts), _two(minimum=0)]
"""The lowest and the highest of amounts from 0 on."""
Shares = Annotated[Range, BeforeValidator(_shares), _two(exclusiveMinimum=0, maximum=1)]
"""The lowest and the highest of shares of a whole."""


def _axes(value: object) -> tuple[int, ...]:
    axes = each(nonempty(value), lambda item: whole(item, minimum=0, maximum=MOST_AXES - 1))
    if len(set(axes)) < len(axes):
        raise Wrong.of("names an axis twice", got=list(axes))
    return axes


FlipAxes = Annotated[
    tuple[int, ...],
    BeforeValidator(_axes),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": MOST_AXES - 1},
            "minItems": 1,
            "uniqueItems": True,
        }
    ),
]
"""Spatial axes, counted from 0."""
Probability = Annotated[float, Field(ge=0, le=1)]


def factor(rng: np.random.Generator, bounds: Range) -> float:
    """A factor from a range: as often below 1 as above it where 1 lies within, as nnU-Net draws it."""
    low, high = bounds
    if low < 1 < high:
        low, high = (low, 1.0) if rng.random() < 0.5 else (1.0, high)
    return float(rng.uniform(low, high))
