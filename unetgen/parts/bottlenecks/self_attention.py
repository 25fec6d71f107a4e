"""Self-attention at the bottom: every position sees every other."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.errors import Wrong
from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.bottlenecks.scores import require_that_scores_fit
from unetgen.parts.convolution import surround
from unetgen.parts.recipe import Stage
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add, SelfAttention


class SelfAttentionBottleneck(Bottleneck):
    """Multi-head attention of all positions to each other (Vaswani et al. 2017, arXiv 1706.03762).

    The norm, queries, keys and values of `key_dim` channels a head, scores of every position with every
    other, their softmax on the values, and a projection back to the bottom's channels, added to the bottom
    (as in the non-local block, Wang et al. 2018, arXiv 1711.07971). The scores are heads x positions^2.
    """

    kind: Literal["self_attention"] = "self_attention"
    heads: int = Field(4, ge=1, le=1024)
    """How many attention heads there are."""
    key_dim: int | None = Field(None, ge=1, le=LARGEST)
    """Sets the channels of a head's queries, keys and values; null: the bottom's channels divided by the
    heads."""
    norm: bool = True
    """Normalizes before the attention, with the config's `norm`."""
    residual: bool = True
    """Adds the input to the result."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` at the same size and with the same channels."""
        source = x
        if self.norm:
            x = surround(b, x, ("norm",), stage.conv)
        op = SelfAttention(
            self.heads,
            self.key_dim or self._share(x),
            use_bias=stage.conv.use_bias,
            kernel_initializer=stage.conv.kernel_initializer,
        )
        require_that_scores_fit(op.score_elements((x.spec,)), x, self.heads)
        x = b.add(op, x)
        return b.add(Add(), source, x, name="add") if self.residual else x

    def _share(self, x: Node) -> int:
        if x.spec.channels % self.heads:
            raise Wrong.of(
                f"does not divide the {x.spec.channels} channels of the bottom",
                got=self.heads,
                hint="set `key_dim`, or a number of heads that divides them",
                path=("bottleneck", "heads"),
            )
        return x.spec.channels // self.heads
