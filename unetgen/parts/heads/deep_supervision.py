"""Deep supervision: heads on further rows, their loss weights, and how they are fused."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from unetgen.errors import Wrong
from unetgen.parts.choice import Short
from unetgen.parts.fitting import differ, resize
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe
from unetgen.parts.values import each, nonempty, number
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Upsample
from unetgen.plan.ops.resample import Interpolation


def _weights(value: object) -> object:
    def weight(item: object) -> float:
        return number(item, minimum=0.0, maximum=1e6, what="a number that is not negative")

    return None if value is None else each(nonempty(value), weight)


class DeepSupervision(Part):
    """Heads on coarser levels (Lee et al. 2015, arXiv 1409.5185). A bare number sets `levels`."""

    levels: int = Field(1, ge=1, le=64)
    """How many of the coarser levels get a head, starting with the finest of them; the bottom can be the
    last. In a unet_plus_plus: how many of the earlier columns."""
    weights: Annotated[tuple[int | float, ...] | None, BeforeValidator(_weights)] = None
    """Weights the losses of the outputs, the main one first. Null: nnU-Net's 1/2**level, scaled to a sum of
    1, or all 1 with `fuse: concat`, as in U²-Net."""
    upsample: bool = False
    """Up-samples every head's scores to the size of the main one's, so that all outputs have one size. Fused
    heads are always up-sampled."""
    interpolation: Interpolation = "linear"
    """Chooses the interpolation of that up-sampling."""
    fuse: Literal["none", "sum", "concat"] = "none"
    """Combines the heads. `none`: each head is an output. `sum`: from the coarsest head to the finest, the
    scores are up-sampled to the size of the next finer ones and added, which gives one output (Isensee et al.
    2018, arXiv 1802.10508). `concat`: all scores are up-sampled to the main one's size and concatenated, and
    a 1x1 convolution turns them into the main output (U²-Net, Qin et al. 2020, arXiv 2005.09007)."""
    sides: bool = True
    """Keeps every head as a further output under `fuse: concat`, the finest first."""

    @property
    def all_of_one_size(self) -> bool:
        """Whether every output has the main one's size."""
        return self.upsample or self.fuse != "none"

    @property
    def outputs(self) -> int:
        """How many outputs the network has."""
        if self.fuse == "sum":
            return 1
        heads = self.levels + 1
        return heads if self.fuse == "none" else 1 + heads * self.sides

    @property
    def loss_weights(self) -> tuple[float, ...]:
        """One weight per output, the main one first."""
        if self.weights is not None:
            return tuple(float(weight) for weight in self.weights)
        if self.fuse == "concat":
            return (1.0,) * self.outputs
        raw = [0.5**level for level in range(self.outputs)]
        return tuple(weight / sum(raw) for weight in raw)

    def to_size(self, b: Builder, x: Node, main: Node, recipe: Recipe, name: str = "up") -> Node:
        """The scores `x` up-sampled to `main`, by whole factors unless the `resize` policy resizes."""
        if not differ(b, x, main):
            return x
        wanted = zip(main.spec.spatial, x.spec.spatial, strict=True)
        up = Upsample(tuple(math.ceil(n / size) for n, size in wanted), self.interpolation)
        wrong = {
            (trial, axis)
            for axis in range(x.spec.dims)
            for trial, size in b.sizes_after(up, x, axis).items()
            if size != b.sizes(main, axis)[trial]
        }
        if wrong and recipe.fit == "resize_to_skip":
            return resize(b, x, main, self.interpolation, name)
        if not any(trial == 0 for trial, _ in wrong):
            for trial, axis in wrong:
                b.fail(axis, "coarser scores do not divide it", trial)
            return b.add(up, x, name=name)
        raise Wrong.of(
            "heads of coarser levels cannot be up-sampled by whole factors to the main one",
            got=list(x.spec.spatial),
            hint="set `upsample: false` and `fuse: none`, or sizes that divide",
            path=("head", "deep_supervision", "upsample" if self.fuse == "none" else "fuse"),
        )


DeepSupervisionField = Annotated[DeepSupervision | None, Short("levels", (int,), "how many levels")]
