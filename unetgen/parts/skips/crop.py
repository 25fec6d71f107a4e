"""The cropping skip: the encoder's tensor cut to the up-sampled one, whatever the padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unetgen.errors import Problem
from unetgen.parts.fitting import meet
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.channel_axis import ChannelAxis, axis_problem
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat
from unetgen.plan.ops.base import Axes


class CropSkip(Part):
    """Copy and crop: concatenation with the encoder's tensor, centre-cropped (arXiv 1505.04597).

    Unlike `concat`, which crops where convolutions are `valid`, it takes sizes that do not divide whatever
    the padding, as `resize: centre_crop` does: what a down leaves over is cut off the skip, and the output
    is smaller than the input.
    """

    kind: Literal["crop"] = "crop"
    axis: ChannelAxis = "channels"
    """The axis, counting the batch as Keras does: it must be the channel axis of the data format."""
    order: Literal["up_first", "skip_first"] = "up_first"
    """Which of the two comes first: the up-sampled tensor, or the skip."""

    def axis_problem(self, data_format: str, shape: Axes) -> Problem | None:
        """What is wrong with `axis` for an input of `shape` in this data format, if anything."""
        return axis_problem(self.axis, data_format, shape)

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """All of them cropped to the smallest on each axis, and joined."""
        # That cropping is allowed, the recipe knows already: its `fit` follows from this kind.
        up, *skips = meet(b, up, skips, recipe)
        return b.add(Concat(), *((up, *skips) if self.order == "up_first" else (*skips, up)))
