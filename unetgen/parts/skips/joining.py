"""What skips that concatenate the tensors as they are have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unetgen.errors import Problem
from unetgen.parts.fitting import meet
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.channel_axis import ChannelAxis, axis_problem
from unetgen.parts.skips.skip import Skip
from unetgen.parts.squeeze_excitation import SqueezeExcitationField
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat


class JoiningSkip(Skip):
    """Concatenation of the up-sampled tensor and the encoder's."""

    kind: str
    axis: ChannelAxis = "channels"
    """Sets the axis, counting the batch as Keras does. It must be the channel axis of the data format."""
    order: Literal["up_first", "skip_first"] = "up_first"
    """Says which of the two comes first: the up-sampled tensor (Keras, nnU-Net) or the skip (MONAI)."""
    squeeze_excitation: SqueezeExcitationField = None
    """Adds a gate on the joined tensor, before the block: null, `channel`, `spatial`, `both`, or {kind,
    ratio, activation, use_bias}."""

    def axis_problem(self, data_format: str, shape: Sequence[int | None]) -> Problem | None:
        """What is wrong with `axis` for an input of `shape` in this data format, if anything."""
        return axis_problem(self.axis, data_format, shape)

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """All of them joined, cropped or resized to meet where the recipe's `fit` says so."""
        up, *skips = meet(b, up, skips, recipe)
        x = b.add(Concat(), *((up, *skips) if self.order == "up_first" else (*skips, up)))
        return x if self.squeeze_excitation is None else self.squeeze_excitation.lower(b, x, stage.conv)
