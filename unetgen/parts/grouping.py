"""Groups of convolutions: a number, or one group for each channel."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from unetgen.errors import Wrong
from unetgen.parts.values import LARGEST, counted, each, nonempty, whole
from unetgen.plan.graph import Node

Group = Literal["depthwise"] | int


def _group(value: object) -> object:
    if value == "depthwise":
        return value
    if isinstance(value, str):
        raise Wrong.of("must be a positive whole number, or depthwise", got=value)
    return whole(value)


def _groups(value: object) -> object:
    return each(nonempty(value), _group) if isinstance(value, list | tuple) else _group(value)


_GROUP: dict[str, Any] = {
    "anyOf": [{"const": "depthwise"}, {"type": "integer", "minimum": 1, "maximum": LARGEST}]
}
Groups = Annotated[
    Group | tuple[Group, ...],
    BeforeValidator(_groups),
    WithJsonSchema({"anyOf": [*_GROUP["anyOf"], {"type": "array", "items": _GROUP, "minItems": 1}]}),
]
"""How many groups convolutions have, or `depthwise`: one for each channel that comes in | one per level."""


def number_of_groups(group: Group, x: Node, filters: int) -> int:
    """How many groups a convolution of `x` to `filters` channels has.

    Raises `Wrong` where they do not divide both.
    """
    channels = x.spec.channels
    number = channels if group == "depthwise" else group
    if channels % number or filters % number:
        raise Wrong.of(
            f"{counted(number, 'group')} cannot lead from the {counted(channels, 'channel')} of {x.name} "
            f"to {counted(filters, 'filter')}",
            got=group,
            hint="use a number that divides both, a list of one per level, `skip: add`, or a `stem` before "
            "the first level",
            path=("block", "groups"),
        )
    return number
