"""The field `axis` of the skips that concatenate: it can only be the channel axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator

from unetgen.errors import Problem, Wrong

ORDINALS = ("first", "second", "third")


def _axis(value: object) -> object:
    if value == "channels" or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Wrong.of("must be a whole number, or `channels`", got=value)


ChannelAxis = Annotated[int | Literal["channels"], BeforeValidator(_axis)]
"""An axis, counting the batch as Keras does, or `channels`."""


def axis_problem(axis: int | str, data_format: str, shape: Sequence[int | None]) -> Problem | None:
    """What is wrong with the field `axis` for an input of `shape` in this data format, if anything."""
    rank = len(shape) + 2
    meant = 1 if data_format == "channels_first" else rank - 1
    if not isinstance(axis, int) or axis in (meant, meant - rank):
        return None
    long = ["" if size is None else f", {size} long" for size in shape]
    names = [f"{word} spatial axis{size}" for word, size in zip(ORDINALS, long, strict=False)]
    names = ["batch axis", *names]
    names.insert(meant, "channel axis")
    legal = -rank <= axis < rank
    hit = f"is the {names[axis % rank]}" if legal else f"is none of the {rank} axes"
    return Problem(
        f"{hit}; the channel axis of {len(shape)}D {data_format} is {meant}, or {meant - rank}",
        path=("skip", "axis"),
        got=axis,
        hint=f"write `axis: {meant}`, or `axis: channels` for either data format",
    )
