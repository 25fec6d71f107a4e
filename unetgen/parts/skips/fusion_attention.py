"""MA-Net's skip: channels weighed by what both tensors say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from unetgen.errors import Problem
from unetgen.parts.fitting import meet
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.add import require_equal_channels, with_channels_of
from unetgen.parts.skips.channel_axis import ChannelAxis, axis_problem
from unetgen.parts.skips.skip import Skip
from unetgen.parts.squeeze_excitation import SqueezeExcitation
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add, Concat, Multiply


class FusionAttentionSkip(Skip):
    """The fusion attention of MA-Net (Fan et al. 2020, doi 10.1109/ACCESS.2020.3025372).

    The up-sampled tensor and the skip have a channel gate each (squeeze and excitation, arXiv 1709.01507).
    The up-sampled tensor times the sum of the two, which is up to 2, is concatenated with the skip. Where
    its channels are not the skip's, a 1x1 convolution brings it to them.
    """

    kind: Literal["fusion_attention"] = "fusion_attention"
    ratio: int = Field(16, ge=1)
    """Squeezes both gates to channels / ratio, at least one."""
    axis: ChannelAxis = "channels"
    """Sets the axis, counting the batch as Keras does. It must be the channel axis of the data format."""
    order: Literal["up_first", "skip_first"] = "up_first"
    """Says which of the two comes first in the concatenation: the up-sampled tensor or the skip."""

    def axis_problem(self, data_format: str, shape: Sequence[int | None]) -> Problem | None:
        """What is wrong with `axis` for an input of `shape` in this data format, if anything."""
        return axis_problem(self.axis, data_format, shape)

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor, weighed by the gates of all, and the skips."""
        require_equal_channels(b, skips)
        up, *skips = meet(b, with_channels_of(b, up, skips[0], stage), skips, recipe)
        gate = SqueezeExcitation(ratio=self.ratio)
        factors = []
        for index, x in enumerate((up, *skips)):
            with b.piece("squeeze_excitation", index + 1):
                factors.append(gate.channel_factor(b, x, stage.conv))
        weighed = b.add(Multiply(), up, b.add(Add(), *factors, name="gate"), name="weighed")
        return b.add(Concat(), *((weighed, *skips) if self.order == "up_first" else (*skips, weighed)))
