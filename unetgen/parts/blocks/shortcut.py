"""The base of the blocks whose input is added to their output, projected where the two differ."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from unetgen.errors import Wrong
from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import Ends, add, ends, is_input
from unetgen.parts.convolution import convolve, is_strided, surround, unit
from unetgen.parts.fitting import centre_crop
from unetgen.parts.grouping import Group, Groups
from unetgen.parts.recipe import Stage
from unetgen.parts.values import LevelFlags, at_level
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pool
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Piece


class Layer(NamedTuple):
    """One convolution of a block: its piece, filters and kernel (None: the stage's), if it is strided, and
    if it has the block's groups."""

    piece: Piece
    filters: int
    kernel: Axes | None = None
    strided: bool = False
    grouped: bool = True


def _projection_norm(value: object) -> object:
    if isinstance(value, bool) or value == "before":
        return value
    raise Wrong.of("must be true, false or before", got=value)


ProjectionNorm = Annotated[
    bool | Literal["before"],
    BeforeValidator(_projection_norm),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"const": "before"}]}),
]


class ShortcutBlock(Block):
    """Convolutions, and a shortcut around them that is added to what they give."""

    projection: Literal["when_needed", "always", "first", "in_front"] = "when_needed"
    """Puts a 1x1 convolution on the shortcut: where channels or size change, in every block, or there and in
    the `first` block of each level. `in_front` puts it before the block where they change, so that the
    convolutions start from it too (pytorch-3dunet, Wolny et al. 2020, eLife 9:e57613)."""
    projection_kernel: Literal[1, "block"] = 1
    """Sets the kernel of that convolution: 1, or the block's own where the block has strides, as in MONAI."""
    projection_norm: ProjectionNorm = True
    """Normalizes the projected shortcut with the config's `norm`, behind its convolution or `before` it."""
    projection_bias: bool = False
    """Gives the shortcut's 1x1 convolution a bias."""
    shortcut_pool: Literal["none", "average"] = "none"
    """Chooses how the shortcut takes the block's strides: in its convolution (`none`), or by average pooling
    (`average`) before a convolution that is needed only where the channels change (ResNet-D, arXiv
    1812.01187)."""
    preactivate_input: bool = True
    """Applies what `order` puts before the first convolution also to the network's input; false leaves it out
    there."""
    activation_before_add: LevelFlags = False
    """Keeps the last convolution's activation, and what `order` has after it, before the addition: true,
    false, or one per level."""
    activation_after_add: bool = True
    """Applies the activation after the addition, where `order` has one after the convolution."""
    groups: Groups = 1
    """Splits the channels of the block's convolutions into groups that do not see each other: a number,
    `depthwise` for one group a channel, or a list of these, one per level. The 1x1 convolutions of a
    bottleneck and of a shortcut have none: `bottleneck` with `ratio: 2` and 32 groups is ResNeXt's block
    (arXiv 1611.05431)."""

    @model_validator(mode="after")
    def _pooled_or_strided(self) -> Self:
        if self.shortcut_pool != "none" and self.projection_kernel != 1:
            raise Wrong.of(
                "is for a strided projection, and `shortcut_pool` leaves none",
                got=self.projection_kernel,
                hint="use `projection_kernel: 1`, or `shortcut_pool: none`",
                path=("projection_kernel",),
            )
        if self.shortcut_pool != "none" and self.projection == "in_front":
            raise Wrong.of(
                "pools a shortcut that is projected, and `projection: in_front` leaves none",
                got=self.shortcut_pool,
                hint="use `shortcut_pool: none`, or another `projection`",
                path=("shortcut_pool",),
            )
        return self

    @property
    def lists(self) -> dict[str, object]:
        own = {"activation_before_add": self.activation_before_add, "groups": self.groups}
        return {**super().lists, **own}

    def layers(self, stage: Stage) -> tuple[Layer, ...]:
        """The convolutions, in order: as many as the level has widths, and the first takes the strides."""
        return tuple(
            Layer(Piece("conv", index + 1), filters, strided=index == 0)
            for index, filters in enumerate(stage.filters)
        )

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The convolutions on `x`, and their sum with the shortcut."""
        end = self._ends(stage)
        if self.projection == "in_front":
            with b.piece("enter"):
                x, strides = self._projected(b, x, stage, strides), None
        features = self.excite(b, self._features(b, x, stage, strides, end), stage.conv)
        with b.piece("shortcut"):
            shortcut = self.shortcut(b, x, features, stage, strides)
            shortcut = centre_crop(b, shortcut, [features])
        with b.piece("add"):
            return add(b, features, [shortcut], end.added, stage.conv)

    def _ends(self, stage: Stage) -> Ends:
        before_add = at_level(self.activation_before_add, stage.level)
        end = ends(stage.conv, activate_before=before_add, activate_after=self.activation_after_add)
        if before_add and "activation" not in end.after:
            raise Wrong.of(
                "`order` has no activation after the convolution",
                got=True,
                hint="leave it out, or put `activation` after `conv` in `order`",
                path=("block", "activation_before_add"),
            )
        return end

    def _features(self, b: Builder, x: Node, stage: Stage, strides: Axes | None, end: Ends) -> Node:
        *first, last = self.layers(stage)
        bare = not self.preactivate_input and is_input(b, x)
        for index, layer in enumerate(first):
            with b.piece(layer.piece.name, layer.piece.number):
                x = stage.entered(b, x, index)
                taken = strides if layer.strided else None
                x = unit(
                    *(b, x, layer.filters, stage.conv),
                    strides=taken,
                    kernel=layer.kernel,
                    groups=self._groups(layer, stage),
                    bare_input=bare,
                )
                bare = False
        with b.piece(last.piece.name, last.piece.number):
            x = stage.entered(b, x, len(first))
            x = surround(b, x, () if bare else end.before, stage.conv)
            taken = strides if last.strided else None
            groups = self._groups(last, stage)
            x = convolve(b, x, last.filters, stage.conv, strides=taken, kernel=last.kernel, groups=groups)
            return surround(b, x, end.after, stage.conv)

    def _groups(self, layer: Layer, stage: Stage) -> Group:
        return at_level(self.groups, stage.level) if layer.grouped else 1

    def shortcut(self, b: Builder, x: Node, features: Node, stage: Stage, strides: Axes | None) -> Node:
        """`x` on its way to meet `features`, projected where that is needed."""
        if strides is not None and is_strided(strides) and self.shortcut_pool == "average":
            x, strides = self._pooled(b, x, features, strides), None
        return self._projected(b, x, stage, strides)

    def projects_equals(self, stage: Stage) -> bool:
        """Whether a shortcut is projected though neither channels nor size change."""
        return self.projection == "always" or (self.projection == "first" and stage.repeat == 0)

    def _projected(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        strided = is_strided(strides)
        if not self.projects_equals(stage) and not strided and x.spec.channels == stage.filters[-1]:
            return x
        as_block = strided and self.projection_kernel == "block"
        kernel = stage.conv.kernel if as_block else (1,) * x.spec.dims
        if self.projection_norm == "before":
            x = surround(b, x, ("norm",), stage.conv)
        x = convolve(
            b, x, stage.filters[-1], stage.conv, kernel=kernel, strides=strides, use_bias=self.projection_bias
        )
        return surround(b, x, ("norm",) if self.projection_norm is True else (), stage.conv)

    def _pooled(self, b: Builder, x: Node, features: Node, strides: Axes) -> Node:
        pooled = b.add(Pool("average", strides), x, name="pool")
        for axis in range(x.spec.dims):
            sizes, wanted = b.sizes(x, axis), b.sizes(features, axis)
            for trial, mine in b.sizes(pooled, axis).items():
                if mine < wanted[trial]:
                    left = f"pooling the shortcut leaves {mine} of {sizes[trial]}"
                    b.fail(axis, f"{left}, the convolution {wanted[trial]}", trial)
        return pooled
