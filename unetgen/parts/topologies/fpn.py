"""FPN: a pyramid of equally wide tensors, and the sum of what is made of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from unetgen.errors import Problem, Wrong
from unetgen.parts.convolution import convolve, end_dropout, unit
from unetgen.parts.fitting import meet, reach
from unetgen.parts.recipe import Features, Recipe
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.walk import encode, enter, gives_nothing, lower_heads
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add, Concat, Upsample
from unetgen.plan.ops.resample import Interpolation


class FPN(Topology):
    """A feature pyramid network (Lin et al. 2017, arXiv 1612.03144; Kirillov et al. 2019, arXiv 1901.02446).

    The pyramid has the levels from the bottom up to `finest`. Each is a 1x1 convolution of the encoder's
    output, with a bias alone, plus the next coarser one by `up`. Of each, convolutions make a tensor of the
    finest level's size: as many as there are steps to it, at least one, each with the decoder's norm and
    activation and an up-sampling. The head stands on all of these together.
    """

    kind: Literal["fpn"] = "fpn"
    finest: int = Field(0, ge=0)
    """Sets the level at which the pyramid ends; 2 in segmentation_models_pytorch. `head.upsample` brings its
    scores from there to the input's size."""
    pyramid_filters: int = Field(256, ge=1, le=LARGEST)
    """Sets the channels of the pyramid."""
    filters: int = Field(128, ge=1, le=LARGEST)
    """Sets the channels of the convolutions behind it."""
    merge: Literal["add", "concat"] = "add"
    """Says how their outputs come together."""
    interpolation: Interpolation = "linear_align_corners"
    """Chooses the up-sampling behind the convolutions."""

    takes_tasks: ClassVar[bool] = True
    takes_encoder: ClassVar[bool] = True

    @property
    def has_decoder_blocks(self) -> bool:
        return False

    def most_extra_rows(self, depth: int) -> int:
        return 0

    def ends_at(self, depth: int) -> int:
        return self.finest

    def problems(self, depth: int) -> Iterator[Problem]:
        if self.finest > depth - 2:
            yield Problem(
                f"a pyramid of depth {depth} ends at one of the levels 0 to {depth - 2}",
                path=("topology", "finest"),
                got=self.finest,
            )

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs, the main one first."""
        levels = encode(b, enter(b, recipe, self.strides(recipe)), recipe, (None, *recipe.steps))
        if gives_nothing(b, levels[self.finest], recipe):
            raise Wrong.of(
                f"the encoder gives nothing at level {self.finest}",
                got=self.finest,
                hint="use a coarser one",
                path=("topology", "finest"),
            )
        return lower_heads(b, recipe, levels[-1], lambda: [Features(self._merged(b, levels, recipe))])

    def _merged(self, b: Builder, levels: Sequence[Node], recipe: Recipe) -> Node:
        """What all levels of the pyramid come to."""
        bottom = len(levels) - 1
        with b.level("nested", bottom, 1), b.part("skip"), b.piece("lateral"):
            pyramid = [self._lateral(b, levels[bottom], recipe)]  # the finest first
        for level in reversed(range(self.finest, bottom)):
            with b.level("nested", level, 1):
                pyramid.insert(0, self._next(b, pyramid[0], levels[level], level, recipe))
        with b.level("decoder", self.finest):
            with b.part("skip"):
                made = []
                for level, x in enumerate(pyramid, start=self.finest):
                    with b.piece("from_decoder", level):
                        made.append(self._branch(b, x, level, pyramid, recipe))
                x, *others = meet(b, made[0], made[1:], recipe)
                x = b.add(Add() if self.merge == "add" else Concat(), x, *others)
            return end_dropout(b, x, recipe.decoder[self.finest].conv)

    def _lateral(self, b: Builder, x: Node, recipe: Recipe) -> Node:
        ones = (1,) * recipe.dims
        return convolve(b, x, self.pyramid_filters, recipe.decoder[0].conv, kernel=ones, use_bias=True)

    def _next(self, b: Builder, coarser: Node, given: Node, level: int, recipe: Recipe) -> Node:
        """The pyramid's `level`, of the coarser one and of the encoder's output."""
        with b.part("skip"), b.piece("lateral"):
            lateral = self._lateral(b, given, recipe)
        step = recipe.steps[level]
        with b.part("up"):
            x = step.up.lower(b, coarser, lateral, step)
            if x.spec.channels != self.pyramid_filters:
                raise Wrong.of(
                    f"gives {x.spec.channels} channels to a pyramid of {self.pyramid_filters}",
                    hint="use `keep`",
                    path=("up", "filters"),
                )
        with b.part("skip"):
            return b.add(Add(), *meet(b, x, [lateral], recipe))

    def _branch(self, b: Builder, x: Node, level: int, pyramid: Sequence[Node], recipe: Recipe) -> Node:
        """`x` of the pyramid's `level` at the size of the finest one, which `pyramid` begins with."""
        conv = recipe.decoder[self.finest].conv
        for number, finer in enumerate(reversed(range(self.finest, max(level, self.finest + 1))), start=1):
            with b.piece("conv", number):
                x = unit(b, x, self.filters, conv)
            if level > self.finest:
                with b.piece("up", number):
                    x = b.add(Upsample(recipe.steps[finer].strides, self.interpolation), x)
                    x = reach(b, x, [pyramid[finer - self.finest]], recipe)
        return x
