"""UNet++: a triangle of nodes between the encoder and the decoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field

from unetgen.errors import Problem, Wrong
from unetgen.parts.recipe import Features, Recipe
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.walk import decode, encode, enter, gives_nothing, lower_heads
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class UNetPlusPlus(Topology):
    """Nested, dense skips (Zhou et al. 2018, arXiv 1807.10165; 2019, arXiv 1912.05074).

    Node X(i, 0) is the encoder's level i. X(i, j) is the block on X(i, 0), ..., X(i, j - 1) and X(i + 1,
    j - 1) up-sampled, joined as `skip` says; with i + j = depth - 1 it is the decoder's level i. Every
    node of level i is made as the decoder's stage of that level. Deep supervision stands on the columns of
    the first level: X(0, j). Where the first level joins nothing, by its `skip: none` or because an `encoder`
    gives nothing there, it has its last node alone.
    """

    kind: Literal["unet_plus_plus"] = "unet_plus_plus"
    prune_to: int | None = Field(None, ge=1, le=63)
    """Keeps only the nodes up to this column, with X(0, prune_to) as the output, as the paper prunes a
    trained network. What is left has the same names and weights as in the whole one. Null: all."""

    node_filters: Literal["decoder", "skip"] = "decoder"
    """Sets the filters of the nodes between the encoder and the decoder: those of the `decoder` at their
    level, or the channels of the encoder's output there (`skip`; segmentation_models_pytorch)."""
    order: Literal["oldest_first", "latest_first"] = "oldest_first"
    """Says in which order a node takes the outputs of the nodes before it: from the encoder's on, or from the
    last one back to the encoder's (segmentation_models_pytorch)."""

    takes_tasks: ClassVar[bool] = True
    takes_encoder: ClassVar[bool] = True
    needs_skips_from: ClassVar[int | None] = 1
    further_rows: ClassVar[str] = "earlier column"
    rows_are_coarser: ClassVar[bool] = False

    def most_extra_rows(self, depth: int) -> int:
        return self._last(depth) - 1

    def last_step(self, recipe: Recipe) -> int:
        return self._last(len(recipe.encoder))

    def problems(self, depth: int) -> Iterator[Problem]:
        if self.prune_to is not None and self.prune_to > depth - 1:
            yield Problem(
                f"a network of depth {depth} has columns 1 to {depth - 1}",
                path=("topology", "prune_to"),
                got=self.prune_to,
                hint="null keeps all of them",
            )

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs: that of the last column, then those of the columns before it."""
        last = self._last(len(recipe.encoder))
        steps = (None, *recipe.steps[:last])
        levels = encode(b, enter(b, recipe, self.strides(recipe)), recipe, steps)
        return lower_heads(b, recipe, levels[-1], lambda: self._rows(b, levels, recipe))

    def _rows(self, b: Builder, levels: Sequence[Node], recipe: Recipe) -> list[Features]:
        """The columns of the first level, the last one first."""
        last, nodes = len(levels) - 1, [[x] for x in levels]
        begins_empty = recipe.steps[0].skip.kind == "none" or gives_nothing(b, levels[0], recipe)
        if begins_empty:
            self._require_one_column(recipe)
        for column in range(1, last + 1):
            for level in range(1 if begins_empty and column < last else 0, last + 1 - column):
                below = nodes[level + 1][column - 1]
                with _entered(b, level, column, recipe):
                    nodes[level].append(self._node(b, below, nodes[level], level, column, recipe))
        if begins_empty:
            return [Features(nodes[0][-1])]
        # The head of a pruned network is that of its column in the whole.
        main = len(recipe.decoder)
        return [Features(nodes[0][j], column=None if j == main else j) for j in range(last, 0, -1)]

    def _node(
        self, b: Builder, below: Node, before: Sequence[Node], level: int, column: int, recipe: Recipe
    ) -> Node:
        """The node of `level` and `column` on `below` and those `before` it on its level."""
        stage = recipe.decoder[level]
        if self.node_filters == "skip" and level + column < len(recipe.decoder):
            stage = replace(stage, filters=(before[0].spec.channels,) * len(stage.filters))
        skips = before if self.order == "oldest_first" else before[::-1]
        return decode(b, below, tuple(skips), stage, recipe)

    def _require_one_column(self, recipe: Recipe) -> None:
        """Raise `Wrong` where something asks for earlier columns of a first level that has the last alone."""
        reason = "asks for earlier columns of the first level, which joins nothing and has the last alone"
        if self.prune_to is not None:
            raise Wrong.of(reason, got=self.prune_to, hint="leave it out", path=("topology", "prune_to"))
        if (deep := recipe.head.deep_supervision) is not None:
            path = ("head", "deep_supervision", "levels")
            raise Wrong.of(reason, got=deep.levels, hint="leave it out", path=path)

    def _last(self, depth: int) -> int:
        return self.prune_to or depth - 1


def _entered(b: Builder, level: int, column: int, recipe: Recipe) -> AbstractContextManager[None]:
    if level + column == len(recipe.decoder):
        return b.level("decoder", level)
    return b.level("nested", level, column)
