"""The skip of the U-Net: concatenation along the channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator

from unetgen.errors import Problem, Wrong
from unetgen.parts.fitting import meet
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe, Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat
from unetgen.plan.ops.base import Axes

ORDINALS = ("first", "second", "third")


def _axis(value: object) -> object:
    if value == "channels" or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Wrong.of("must be a whole number, or `channels`", got=value)


class ConcatSkip(Part):
    """Concatenation of the up-sampled tensor and the encoder's (arXiv 1505.04597)."""

    kind: Literal["concat"] = "concat"
    axis: Annotated[int | Literal["channels"], BeforeValidator(_axis)] = "channels"
    """The axis, counting the batch as Keras does: it must be the channel axis of the data format."""
    order: Literal["up_first", "skip_first"] = "up_first"
    """Which of the two comes first: the up-sampled tensor, as in Caffe and Keras, or the skip (nnU-Net)."""

    def axis_problem(self, data_format: str, shape: Axes) -> Problem | None:
        """What is wrong with `axis` for an input of `shape` in this data format, if anything."""
        rank = len(shape) + 2
        meant = 1 if data_format == "channels_first" else rank - 1
        if self.axis == "channels" or self.axis in (meant, meant - rank):
            return None
        names = [f"{word} spatial axis, {size} long" for word, size in zip(ORDINALS, shape, strict=False)]
        names = ["batch axis", *names]
        names.insert(meant, "channel axis")
        legal = -rank <= self.axis < rank
        hit = f"is the {names[self.axis % rank]}" if legal else f"is none of the {rank} axes"
        return Problem(
            f"{hit}; the channel axis of {len(shape)}D {data_format} is {meant}, or {meant - rank}",
            path=("skip", "axis"),
            got=self.axis,
            hint=f"write `axis: {meant}`, or `axis: channels` for either data format",
        )

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """All of them joined, cropped or resized to meet where the config says so."""
        up, *skips = meet(b, up, skips, recipe)
        return b.add(Concat(), *((up, *skips) if self.order == "up_first" else (*skips, up)))
