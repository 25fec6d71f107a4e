"""What enters a block between its convolutions: a skip, and a vector of the whole image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unetgen.errors import Wrong
from unetgen.parts.convolution import convolve
from unetgen.parts.recipe import Convolution, Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import AddVector


@dataclass(frozen=True)
class Inside:
    """What enters the blocks of one level; nothing enters before the level's first convolution.

    The `skip` joins what that one gives. The `vector`, a tensor of one position, is added before each of the
    others.
    """

    skip: Callable[[Builder, Node], Node] | None
    vector: Node | None

    def enter(self, b: Builder, x: Node, index: int, stage: Stage) -> Node:
        """`x` before the convolution `index` of a block, counted from 0, with what enters there."""
        if index == 0 and stage.repeat == 0:
            return x
        if self.skip is not None and index == 1 and stage.repeat == 0:
            with b.piece("join"):
                x = self.skip(b, x)
        if self.vector is not None:
            with b.piece("style"):
                x = _with_vector(b, x, self.vector, stage.conv)
        return x

    def require_place(self, stage: Stage, kind: str, takes: bool) -> None:
        """Raise `Wrong` where the blocks of `stage` have no place between convolutions."""
        path = ("decoder", "style") if self.skip is None else ("skip", "place")
        if not takes:
            raise Wrong.of(
                f"has no place in a {kind} block, whose convolutions it could enter between",
                hint="use `decoder.block: residual` or `plain`, or leave it out",
                path=path,
            )
        if len(stage.filters) < 2:
            raise Wrong.of(
                f"enters between the convolutions of a block, and level {stage.level} has one",
                hint="give the decoder's blocks two convolutions or more",
                path=path,
            )


def _with_vector(b: Builder, x: Node, vector: Node, conv: Convolution) -> Node:
    ones = (1,) * x.spec.dims
    dense = convolve(b, vector, x.spec.channels, conv, kernel=ones, use_bias=True, name="dense")
    return b.add(AddVector(), x, dense)
