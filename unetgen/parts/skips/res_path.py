"""The skip through residual convolutions: MultiResUNet's Res path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from unetgen.parts.blocks.joining import add, require_padding
from unetgen.parts.convolution import convolve, surround, unit
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.joining import JoiningSkip
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.place import Piece


class ResPathSkip(JoiningSkip):
    """Concatenation behind residual convolutions on the skip (Ibtehaz and Rahman 2020, arXiv 1902.04049).

    Each of `length` blocks has a convolution of the config's kernel to the level's filters, and adds a 1x1
    convolution of its input, with a norm; norm and activation stand behind the sum.
    """

    kind: Literal["res_path"] = "res_path"
    length: int | None = Field(None, ge=1, le=64)
    """How many blocks the skip has; null: as many as there are levels below."""
    repeated_norm: bool = False
    """Applies the norm and the activation that stand behind the sum before it too, with the same weights, as
    BiaPy does."""

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor and the skips behind their paths, joined."""
        reason = "it adds the input of a convolution to its output"
        require_padding(stage.conv, self.kind, reason, noun="skip")
        paths = []
        for index, skip in enumerate(skips, start=1):
            with b.piece("path", index):
                paths.append(self._path(b, skip, stage, len(recipe.decoder)))
        return super().lower(b, up, paths, below, stage, recipe)

    def _path(self, b: Builder, x: Node, stage: Stage, bottom: int) -> Node:
        for index in range(self.length or bottom - stage.level):
            with b.piece("block", index + 1):
                x = self._block(b, x, stage)
        return x

    def _block(self, b: Builder, x: Node, stage: Stage) -> Node:
        conv, filters = stage.conv, stage.filters[-1]
        with b.piece("shortcut"):
            shortcut = convolve(b, x, filters, conv, kernel=(1,) * x.spec.dims)
            shortcut = surround(b, shortcut, ("norm",), conv)
        with b.piece("conv"):
            x = unit(b, x, filters, conv)
        first = Piece("norm", 1)
        if self.repeated_norm:
            with b.piece(first.name, first.number):
                x = surround(b, x, ("norm", "activation"), conv)
        with b.piece("add"):
            x = add(b, x, [shortcut], (), conv)
        with b.piece("norm", 2, weights_of=first if self.repeated_norm else None):
            return surround(b, x, ("norm", "activation"), conv)
