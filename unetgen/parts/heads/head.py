"""The segmentation head: convolutions to the classes and an activation, on one row or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from unetgen.errors import Wrong
from unetgen.parts.activation import ActivationField
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.fitting import centre_crop
from unetgen.parts.heads.deep_supervision import DeepSupervision, DeepSupervisionField
from unetgen.parts.heads.hidden import HiddenField
from unetgen.parts.heads.upsampling import to_input_size
from unetgen.parts.part import Part
from unetgen.parts.recipe import Convolution, Features, Recipe
from unetgen.parts.values import PerAxis, counted, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Add, Concat
from unetgen.plan.ops.resample import Interpolation
from unetgen.plan.place import Place

MAIN = Place("head")
"""Where the main output is made."""


class Head(Part):
    """A convolution to the classes and an activation."""

    activation: ActivationField | None = None
    """Sets the output's activation: a name or {kind, ...}; null: softmax, or sigmoid for one class."""
    kernel: PerAxis = 1
    """Sets the kernel of the convolution to the classes: a number or one per axis; null: 1."""
    use_bias: bool = True
    """Gives the convolution to the classes a bias."""
    pre_activation: bool = False
    """Applies the decoder's norm and activation before everything else, for blocks that end with a sum
    (SegResNet, Myronenko 2018, arXiv 1810.11654)."""
    residual: Literal["input"] | None = None
    """Adds the network's input to the main output before its activation, so that the network learns the
    difference (CARE, Weigert et al. 2018, doi 10.1038/s41592-018-0216-7): null or `input`."""
    upsample: Interpolation | None = None
    """Up-samples the classes' values of the main output to the input's size, before the activation, where the
    decoder ends on a coarser level: null, `nearest`, `linear` or `linear_align_corners`."""
    hidden: HiddenField = None
    """Adds convolutions before the one to the classes: null, their channels, or {filters, kernel, norm,
    activation}."""
    deep_supervision: DeepSupervisionField = None
    """Adds heads on coarser levels: null, how many, or {levels, weights, upsample, interpolation, fuse,
    sides}."""

    @property
    def rows(self) -> int:
        """How many rows of the decoder it stands on."""
        return 1 if self.deep_supervision is None else self.deep_supervision.levels + 1

    def lower(self, b: Builder, rows: Sequence[Features], recipe: Recipe) -> tuple[Node, ...]:
        """The outputs from the decoder's `rows`: the main one, then the further ones."""
        deep = self.deep_supervision
        if deep is None:
            return self._separate(b, rows[: self.rows], recipe, None)
        lower = {"none": self._separate, "sum": self._summed, "concat": self._concatenated}[deep.fuse]
        return lower(b, rows[: self.rows], recipe, deep)

    def finish(self, b: Builder, x: Node, recipe: Recipe) -> Node:
        """The output from its classes' values: the activation, and the crop back to the input's size."""
        if self.residual is not None and b.place.of_whole == MAIN:
            x = _with_input(b, x)
        return self._activated(b, x, recipe)

    def _activated(self, b: Builder, x: Node, recipe: Recipe) -> Node:
        if self.activation is None:
            raise ValueError("the head's activation is still open")
        op = self.activation.op()
        if op != Activation("linear"):
            x = b.add(op, x, name="activation")
        return centre_crop(b, x, [b.input]) if recipe.fit == "pad_and_crop" else x

    def _separate(
        self, b: Builder, rows: Sequence[Features], recipe: Recipe, deep: DeepSupervision | None
    ) -> tuple[Node, ...]:
        """Each row's own output."""
        outputs: list[Node] = []
        main: Node | None = None
        for row in rows:
            with b.head(row.level, row.column):
                x = self._scores(b, row.node, recipe)
                if main is None:
                    main = x = self._enlarged(b, x, recipe)
                elif deep is not None and deep.upsample:
                    x = deep.to_size(b, x, main, recipe)
                outputs.append(self.finish(b, x, recipe))
        return tuple(outputs)

    def _summed(
        self, b: Builder, rows: Sequence[Features], recipe: Recipe, deep: DeepSupervision
    ) -> tuple[Node, ...]:
        """The one output of all rows' scores, added from the coarsest up."""
        scores = self._all_scores(b, rows, recipe)
        with b.head(), b.part("fuse"):
            x = scores[-1]
            for index in reversed(range(len(scores) - 1)):
                x = deep.to_size(b, x, scores[index], recipe, name=f"up{index}")
                x = b.add(Add(), x, scores[index], name=f"add{index}" if index else "")
            return (self.finish(b, self._enlarged(b, x, recipe), recipe),)

    def _concatenated(
        self, b: Builder, rows: Sequence[Features], recipe: Recipe, deep: DeepSupervision
    ) -> tuple[Node, ...]:
        """The output of all rows' scores together, and then those of the single ones."""
        scores = self._all_scores(b, rows, recipe)
        for index, row in enumerate(rows):
            with b.head(row.level, row.column):
                scores[index] = deep.to_size(b, scores[index], scores[0], recipe)
        with b.head(), b.part("fuse"):
            x = b.add(Concat(), *scores, name="concat")
            x = convolve(b, x, recipe.num_classes, self._conv(recipe), kernel=(1,) * recipe.dims)
            outputs = [self.finish(b, self._enlarged(b, x, recipe), recipe)]
        for row, score in zip(rows, scores, strict=True) if deep.sides else ():
            with b.head(row.level, row.column):
                outputs.append(self._activated(b, score, recipe))
        return tuple(outputs)

    def _all_scores(self, b: Builder, rows: Sequence[Features], recipe: Recipe) -> list[Node]:
        scores = []
        for row in rows:
            with b.head(row.level, row.column):
                scores.append(self._scores(b, row.node, recipe))
        return scores

    def _scores(self, b: Builder, x: Node, recipe: Recipe) -> Node:
        """The classes' values before any activation."""
        conv = recipe.decoder[0].conv
        if self.pre_activation:
            elements = tuple(e for e in conv.order if e in ("norm", "activation"))
            x = surround(b, x, elements, conv, name="pre")
        if self.hidden is not None:
            x = self.hidden.lower(b, x, conv, recipe)
        kernel = per_axis(self.kernel or 1, recipe.dims)
        return convolve(b, x, recipe.num_classes, self._conv(recipe), kernel=kernel)

    def _enlarged(self, b: Builder, x: Node, recipe: Recipe) -> Node:
        return x if self.upsample is None else to_input_size(b, x, self.upsample, recipe)

    def _conv(self, recipe: Recipe) -> Convolution:
        return replace(recipe.decoder[0].conv, use_bias=self.use_bias)


def _with_input(b: Builder, x: Node) -> Node:
    """The classes' values added to the input, both cropped to where they overlap."""
    given, wanted = b.input.spec.channels, x.spec.channels
    if given != wanted:
        raise Wrong.of(
            f"the input has {counted(given, 'channel')}, and there are {counted(wanted, 'class', 'classes')}",
            got="input",
            hint="they are added only where the two are equal",
            path=("head", "residual"),
        )
    both = x, b.input
    cropped = centre_crop(b, x, both), centre_crop(b, b.input, both, name="crop_input")
    return b.add(Add(), *cropped, name="residual")
