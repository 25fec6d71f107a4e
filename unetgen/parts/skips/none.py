"""No skip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unetgen.parts.fitting import reach
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.skip import Skip
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class NoSkip(Skip):
    """No skip: the decoder goes on without the encoder's output of the level.

    Without any skip the network is an encoder and a decoder, as SegNet is but for its pooling indices (arXiv
    1511.00561). Sizes are those of a network with skips: the up-sampled tensor has to have, or is brought to,
    the size of the encoder's.
    """

    kind: Literal["none"] = "none"

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor, at the level's size."""
        return reach(b, up, skips, recipe)
