"""The skip of the U-Net: concatenation along the channels."""

from __future__ import annotations

from typing import Literal

from unetgen.errors import Problem
from unetgen.parts.fitting import meet
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe, Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat


class ConcatSkip(Part):
    """Concatenation of the up-sampled tensor and the encoder's (arXiv 1505.04597)."""

    kind: Literal["concat"] = "concat"
    axis: int | Literal["channels"] = "channels"
    """The axis, counting the batch as Keras does: it must be the channel axis of the data format."""
    order: Literal["up_first", "skip_first"] = "up_first"
    """Which of the two comes first: the up-sampled tensor, as in Caffe and Keras, or the skip (nnU-Net)."""

    def axis_problem(self, data_format: str, dims: int) -> Problem | None:
        """What is wrong with `axis` in this data format, if anything."""
        rank = dims + 2
        meant = 1 if data_format == "channels_first" else rank - 1
        if self.axis == "channels" or self.axis in (meant, meant - rank):
            return None
        names = ["batch", *(f"spatial axis {index}" for index in range(dims))]
        names.insert(meant, "channel")
        legal = isinstance(self.axis, int) and -rank <= self.axis < rank
        hit = f"is the {names[int(self.axis) % rank]} axis" if legal else "is not an axis"
        also = f" (or {meant - rank})"
        return Problem(
            f"{hit} of a {dims}D {data_format} tensor, not the channel axis",
            path=("skip", "axis"),
            got=self.axis,
            hint=f"use `axis: {meant}`{also} or `axis: channels`",
        )

    def lower(self, b: Builder, up: Node, skip: Node, stage: Stage, recipe: Recipe) -> Node:
        """The two joined, cropped or resized to meet where the config says so."""
        up, skip = meet(b, up, skip, recipe)
        return b.add(Concat(), *((up, skip) if self.order == "up_first" else (skip, up)))
