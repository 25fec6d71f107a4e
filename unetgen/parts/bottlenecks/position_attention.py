"""MA-Net's attention at the bottom: every position sees every other, by convolutions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.bottlenecks.scores import require_that_scores_fit
from unetgen.parts.convolution import convolve
from unetgen.parts.recipe import Stage
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add, PositionAttention


class PositionAttentionBottleneck(Bottleneck):
    """The position-wise attention block of MA-Net (Fan et al. 2020, doi 10.1109/ACCESS.2020.3025372).

    Queries and keys are 1x1 convolutions of the bottom to `key_filters` channels, values a convolution with a
    kernel of 3 to its own. The values that one softmax over all pairs of positions weighs are read as
    segmentation_models_pytorch reads them (row by row into channels, without a transposition), and added to
    the bottom; a convolution with a kernel of 3 follows. All convolutions have a bias, and neither norm nor
    activation. Sizes stay whatever the padding.
    """

    kind: Literal["position_attention"] = "position_attention"
    key_filters: int = Field(64, ge=1, le=LARGEST)
    """Sets the channels of queries and keys."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` at the same size and with the same channels."""
        channels = x.spec.channels
        with b.piece("attention"):
            query = _conv(b, x, self.key_filters, stage, kernel=1, name="query")
            key = _conv(b, x, self.key_filters, stage, kernel=1, name="key")
            value = _conv(b, x, channels, stage, kernel=3, name="value")
            op = PositionAttention()
            require_that_scores_fit(op.score_elements((query.spec, key.spec, value.spec)), x)
            x = b.add(Add(), x, b.add(op, query, key, value), name="add")
            return _conv(b, x, channels, stage, kernel=3, name="out")


def _conv(b: Builder, x: Node, filters: int, stage: Stage, *, kernel: int, name: str) -> Node:
    conv = replace(stage.conv, padding="same")
    return convolve(b, x, filters, conv, kernel=(kernel,) * x.spec.dims, use_bias=True, name=name)
