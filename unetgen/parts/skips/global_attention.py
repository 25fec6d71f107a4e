"""The global attention skip: the encoder's channels weighed by what the coarser level has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from unetgen.parts.convolution import convolve, over_one_position, surround, unit
from unetgen.parts.fitting import meet
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.skip import Skip
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Add, GlobalPool, Multiply


class GlobalAttentionSkip(Skip):
    """Global attention upsample of the pyramid attention network (Li et al. 2018, arXiv 1805.10180).

    A convolution, norm and activation bring the encoder's tensor to the channels of the up-sampled one, at
    the same size whatever the padding. The average over all positions of the tensor before up-sampling goes
    through a 1x1 convolution, the norm and a sigmoid: one factor a channel of the other. The product is added
    to the up-sampled tensor.
    """

    kind: Literal["global_attention"] = "global_attention"

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor plus each skip behind its gate."""
        up, *skips = meet(b, up, skips, recipe)
        gated = []
        for index, skip in enumerate(skips, start=1):
            with b.piece("gate", index if index > 1 else None):
                gated.append(self._gated(b, skip, up.spec.channels, below, stage))
        return b.add(Add(), up, *gated)

    def _gated(self, b: Builder, skip: Node, channels: int, below: Node, stage: Stage) -> Node:
        conv, ones = replace(stage.conv, padding="same", dropout_rate=0.0), (1,) * skip.spec.dims
        with b.piece("conv"):
            x = unit(b, skip, channels, conv)
        with b.piece("factor"):
            factor = b.add(GlobalPool("average"), below, name="pool")
            factor = convolve(b, factor, channels, conv, kernel=ones)
            factor = surround(b, factor, over_one_position(conv, ("norm",)), conv)
            factor = b.add(Activation("sigmoid"), factor, name="gate")
        return b.add(Multiply(), x, factor)
