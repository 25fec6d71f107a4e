"""What skips that concatenate the tensors as they are have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.errors import Problem
from unetgen.parts.convolution import unit
from unetgen.parts.fitting import meet
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.channel_axis import ChannelAxis, axis_problem
from unetgen.parts.skips.skip import TakingSkip
from unetgen.parts.squeeze_excitation import SqueezeExcitationField
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat


class JoiningSkip(TakingSkip):
    """Concatenation of the up-sampled tensor and the encoder's."""

    kind: str
    axis: ChannelAxis = "channels"
    """Sets the axis, counting the batch as Keras does. It must be the channel axis of the data format."""
    order: Literal["up_first", "skip_first"] = "up_first"
    """Says which of the two comes first: the up-sampled tensor (Keras, nnU-Net) or the skip (MONAI)."""
    filters: int | None = Field(None, ge=1, le=LARGEST)
    """Brings each skip to so many channels first, by a 1x1 convolution with norm and activation (DeepLabv3+,
    Chen et al. 2018, arXiv 1802.02611); null: they come as they are."""
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
        if self.filters is not None:
            skips = [self._narrowed(b, skip, index, stage) for index, skip in enumerate(skips, start=1)]
        up, *skips = meet(b, up, skips, recipe)
        x = b.add(Concat(), *((up, *skips) if self.order == "up_first" else (*skips, up)))
        return x if self.squeeze_excitation is None else self.squeeze_excitation.lower(b, x, stage.conv)

    def _narrowed(self, b: Builder, skip: Node, index: int, stage: Stage) -> Node:
        with b.piece("narrow", index if index > 1 else None):
            return unit(
                b,
                skip,
                self.filters or 1,
                replace(stage.conv, dropout_rate=0.0),
                kernel=(1,) * skip.spec.dims,
            )
