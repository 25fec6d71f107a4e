"""The stem: what stands before the first level's block: `stem`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from unetgen.errors import Wrong, at
from unetgen.parts.around import OwnActivation, OwnNorm, finish
from unetgen.parts.choice import Short
from unetgen.parts.convolution import convolve
from unetgen.parts.downs import DownField
from unetgen.parts.downs.down import require_whole
from unetgen.parts.fitting import centre_crop, reach
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe, Stage, Step
from unetgen.parts.ups import UpField
from unetgen.parts.values import LARGEST, PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Piece, Place

PLACE = Place("encoder", 0, part="stem")
"""Where the stem stands."""
DOWN = Piece("down")
"""The piece of it that its `down` is."""


class Stem(Part):
    """A convolution before the first level's block, as residual networks have. A bare kernel sets `kernel`.

    With `strides` or a `down` the first level is smaller than the input, as in a ResNet (He et al. 2016,
    arXiv 1512.03385). Behind the decoder's last block `up` then leads back to the input's size, by the same
    factors, one up-sampling for each.
    """

    kernel: PerAxis = None
    """Sets the kernel: a number or one per axis; null: that of the first level."""
    filters: int | None = Field(None, ge=1, le=LARGEST)
    """Sets its channels; null: those of the first level's first convolution."""
    norm: OwnNorm = True
    """Adds the config's `norm` after it (true), none (false), or one of its own."""
    activation: OwnActivation = True
    """Adds the config's `activation` after it (true), none (false), or one of its own."""
    strides: PerAxis = None
    """Sets its strides: a number or one per axis; null: 1."""
    down: DownField | None = None
    """Adds a down behind it, such as max pooling; null: none."""
    up: UpField | None = None
    """Chooses how the decoder's features come back to the input's size, where `strides` or `down` made it
    smaller; null: as the first level's `up`. There is no skip, so that `filters: skip` keeps the channels."""

    def factors(self, dims: int) -> tuple[Axes, Axes]:
        """The factors per axis of the convolution and of the down."""
        strides = at(("strides",), per_axis, self.strides or 1, dims)
        return strides, at(("down", "size"), per_axis, at(("down", "size"), _size, self) or 1, dims)

    @property
    def is_strided(self) -> bool:
        """Whether the first level is smaller than the input."""
        sizes = (self.strides or 1, _size(self) or 1)
        return any(max(size) > 1 if isinstance(size, tuple) else size > 1 for size in sizes)

    def lower(self, b: Builder, x: Node, stage: Stage, recipe: Recipe) -> tuple[Node, Axes | None]:
        """`x` as the first block takes it, and the strides that the block still has to take."""
        conv, dims = stage.conv, x.spec.dims
        kernel = conv.kernel if self.kernel is None else per_axis(self.kernel, dims)
        strides, by = self.factors(dims)
        require_whole(b, x, kernel if conv.padding == "valid" else strides, strides, recipe.fit)
        filters = self.filters or stage.filters[0]
        x = convolve(b, x, filters, conv, kernel=kernel, strides=strides)
        x = finish(b, x, conv, ("stem",), norm=self.norm, activation=self.activation)
        if self.down is None:
            return x, None
        step = replace(recipe.steps[0], strides=by, conv=conv, down=self.down)
        with b.piece(DOWN.name), _own_problems("down"):
            return self.down.lower(b, x, step, stage, recipe)

    def raised(self, b: Builder, x: Node, recipe: Recipe) -> Node:
        """`x` of the first level at the input's size, one factor after the other."""
        strides, by = self.factors(x.spec.dims)
        entry, convolved = _before_and_behind_convolution(b)
        ways = [(factor, to) for factor, to in ((by, convolved), (strides, entry)) if max(factor) > 1]
        for number, (factor, to) in enumerate(ways, start=1):
            step = replace(recipe.steps[0], strides=factor, up=self.up or recipe.steps[0].up)
            piece = b.piece("up", number if len(ways) > 1 else None)
            with piece, _own_problems("up") if self.up else nullcontext():
                x = _enlarged(b, x, to, step, recipe)
        return x


def _enlarged(b: Builder, x: Node, reference: Node, step: Step, recipe: Recipe) -> Node:
    """`x` by the `up` of `step` at the size of `reference`, as which it would have as many channels."""
    meant = replace(reference, spec=x.spec.of_sizes(reference.spec.spatial))
    x = step.up.lower(b, x, meant, step)
    if recipe.fit == "pad_to_skip":  # a stride rounds up, so that there can be too much as well
        x = centre_crop(b, x, [x, reference], name="crop_excess")
    return reach(b, x, [reference], recipe)


def _before_and_behind_convolution(b: Builder) -> tuple[Node, Node]:
    """What the stem took, and what its down takes."""
    by_name = {node.name: node for node in b.nodes}
    nodes = [node for node in b.nodes if node.place.of_part == PLACE]
    before_down = [node for node in nodes if DOWN not in node.place.pieces]
    return by_name[nodes[0].inputs[0]], before_down[-1]


def _size(stem: Stem) -> PerAxis:
    """The factor of its down."""
    size = 1 if stem.down is None else stem.down.size
    if isinstance(size, tuple) and isinstance(size[0], tuple):
        raise Wrong.of("is a list of one per step, in a down of one step", got=[*map(list, size)])
    return size


@contextmanager
def _own_problems(field: str) -> Iterator[None]:
    """Put problems of `field` under the stem's."""
    try:
        yield
    except Wrong as wrong:
        raise Wrong(
            replace(problem, path=("stem", *problem.path)) if problem.path[:1] == (field,) else problem
            for problem in wrong.problems
        ) from None


StemField = Annotated[Stem | None, Short("kernel", (int, list), "a kernel")]
