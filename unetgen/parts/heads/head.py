"""The segmentation head, and those of deep supervision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from unetgen.errors import Wrong
from unetgen.parts.activation import ActivationField
from unetgen.parts.convolution import convolve
from unetgen.parts.fitting import centre_crop
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe
from unetgen.parts.values import PerAxis, each, nonempty, number, per_axis, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Upsample


def _weights(value: object) -> object:
    def weight(item: object) -> float:
        return number(item, minimum=0.0, maximum=1e6, what="a number that is not negative")

    return None if value is None else each(nonempty(value), weight)


class DeepSupervision(Part):
    """Heads on coarser decoder levels (Lee et al. 2015, arXiv 1409.5185); a bare number is `levels`."""

    levels: int = Field(1, ge=1, le=64)
    """How many of the coarser decoder levels get a head, from the finest of them down."""
    weights: Annotated[tuple[int | float, ...] | None, BeforeValidator(_weights)] = None
    """Loss weights, the main head first; null: nnU-Net's 1/2**level, scaled to a sum of 1."""
    upsample: bool = False
    """Up-sample every head's logits (linear) to the size of the main one, so that all share one target."""

    @property
    def loss_weights(self) -> tuple[float, ...]:
        """One weight per output, the main one first."""
        if self.weights is not None:
            return tuple(float(weight) for weight in self.weights)
        raw = [0.5**level for level in range(self.levels + 1)]
        return tuple(weight / sum(raw) for weight in raw)


def _levels(value: Any) -> Any:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    if not is_count and not isinstance(value, dict | DeepSupervision | None):
        raise Wrong.of("must be how many levels, or a mapping with `levels`", got=value)
    return {"levels": whole(value)} if is_count else value


DeepSupervisionField = Annotated[
    DeepSupervision | None, BeforeValidator(_levels, json_schema_input_type=DeepSupervision | int | None)
]


class Head(Part):
    """A convolution to the classes and an activation."""

    activation: ActivationField | None = None
    """Of the output: a name or {kind, ...}; null: softmax, or sigmoid for one class."""
    kernel: PerAxis = 1
    """Kernel of the convolution to the classes: a number or one per axis; null: 1."""
    use_bias: bool = True
    """A bias in the convolution to the classes."""
    deep_supervision: DeepSupervisionField = None
    """Heads on coarser decoder levels: null, how many, or {levels, weights, upsample}."""

    def lower(self, b: Builder, rows: Sequence[Node], recipe: Recipe) -> tuple[Node, ...]:
        """The outputs from the decoder's `rows`, finest first: the main one, then the coarser ones."""
        with b.scope("head"):
            outputs = [self._output(b, rows[0], recipe, None)]
        extra = self.deep_supervision.levels if self.deep_supervision else 0
        for level in range(1, extra + 1):
            with b.scope(f"head/level{level}"):
                outputs.append(self._output(b, rows[level], recipe, outputs[0] if self._upsample else None))
        return tuple(outputs)

    @property
    def _upsample(self) -> bool:
        return self.deep_supervision is not None and self.deep_supervision.upsample

    def _output(self, b: Builder, x: Node, recipe: Recipe, main: Node | None) -> Node:
        conv = replace(recipe.encoder[0].conv, use_bias=self.use_bias)
        x = convolve(b, x, recipe.num_classes, conv, kernel=per_axis(self.kernel or 1, recipe.dims))
        if main is not None:
            x = _to_size(b, x, main)
        if self.activation is None:
            raise ValueError("the head's activation is still open")
        op = self.activation.op()
        if op != Activation("linear"):
            x = b.add(op, x, name="activation")
        return centre_crop(b, x, recipe.input.spatial) if recipe.fit == "pad_and_crop" else x


def _to_size(b: Builder, x: Node, main: Node) -> Node:
    wanted = main.spec.spatial
    factors = tuple(math.ceil(w / size) for w, size in zip(wanted, x.spec.spatial, strict=True))
    if tuple(f * size for f, size in zip(factors, x.spec.spatial, strict=True)) != wanted:
        raise Wrong.of(
            "heads of coarser levels cannot be up-sampled by whole factors to the main one",
            got=list(x.spec.spatial),
            hint="set `upsample: false`, or sizes that divide",
            path=("head", "deep_supervision", "upsample"),
        )
    return b.add(Upsample(factors, "linear"), x, name="up")
