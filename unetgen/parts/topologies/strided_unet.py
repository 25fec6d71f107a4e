"""The U-Net of strided residual units: every level begins with a step down, the first one too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import ClassVar, Literal

from unetgen.errors import Path, Wrong
from unetgen.parts.recipe import Convolution, Element, Recipe
from unetgen.parts.topologies.taking import handed_over
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.walk import at_most, encode, enter, to_size
from unetgen.parts.ups.up import Up
from unetgen.parts.values import counted
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Op
from unetgen.plan.place import Place


class StridedUNet(Topology):
    """The U-Net of Kerfoot et al. 2019 (doi 10.1007/978-3-030-12029-0_40), as MONAI builds it.

    ``down.size`` has its depth - 1 steps as ever, but step i leads *into* level i: the first level is
    already smaller than the input, and the bottom has the size of the level above it. On the way up level i
    joins its skip with what comes from below, at one size; then `up` takes both to the size and the
    channels of level i - 1, by the factor of step i, and the block follows. So a list per decoder level
    goes by the size at which a block computes, and its last entry belongs to no block. The first level's `up`
    leads to the input's size and the classes, and its block is without norm and activation; where there are
    no `decoder_blocks` that `up` is. There is no convolution of the head.
    """

    kind: Literal["strided_unet"] = "strided_unet"
    decoder_blocks: bool = True
    """Puts a block after each up-sampling. False: the decoder is the up-sampling alone, with its own norm and
    activation where `up` says so."""

    takes_inside: ClassVar[bool] = True
    begins_strided: ClassVar[bool] = True
    ends_itself: ClassVar[bool] = True

    def most_extra_rows(self, depth: int) -> int:
        return 0

    def entry(self, field: str, place: Place) -> int:
        level = place.level or 0
        return level - 1 if place.side == "decoder" and place.part is None else level

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its one output."""
        x_in = enter(b, recipe, self.strides(recipe))
        *levels, x = encode(b, x_in, recipe, (*recipe.steps, None))
        skips = handed_over(b, levels, recipe)
        for stage in reversed(recipe.decoder):
            with b.level("decoder", stage.level):
                with b.part("skip"):
                    x = recipe.steps[stage.level].skip.lower(b, x, [skips[stage.level]], x, stage, recipe)
                if stage.level > 0:
                    x = self._up(b, x, skips, stage.level, recipe)
        with b.head():
            return (recipe.head.finish(b, self._last(b, x, x_in, recipe), recipe),)

    def _up(self, b: Builder, x: Node, skips: Sequence[Node], level: int, recipe: Recipe) -> Node:
        finer, step = recipe.decoder[level - 1], recipe.steps[level]
        with b.part("up"):
            x = step.up.lower(b, x, skips[level - 1], step)
        return finer.block.lower(b, x, finer, None) if self.decoder_blocks else x

    def _last(self, b: Builder, x: Node, x_in: Node, recipe: Recipe) -> Node:
        """The classes at the size of `x_in`."""
        classes = recipe.num_classes
        # Never in the plan: it tells `up` the size and the channels that it leads to.
        meant = replace(x_in, spec=x_in.spec.of_sizes(x_in.spec.spatial, classes))
        step = recipe.steps[0]
        with b.part("up"):
            if not self.decoder_blocks:
                step = replace(step, conv=_bare(step.conv, _kept_by(step.up)))
            x = step.up.lower(b, x, meant, step)
            x = at_most(b, to_size(b, x, x_in, recipe), x_in)
        if self.decoder_blocks:
            stage = recipe.decoder[0]
            stage = replace(stage, filters=(classes,) * len(stage.filters), conv=_bare(stage.conv))
            x = stage.block.lower(b, x, stage, None)
            _require_classes(x, classes, f"the {stage.block.kind} block that ends the network", _OTHER_BLOCK)
            return x
        _require_classes(x, classes, "the last up-sampling", _OTHER_UP)
        return x


_OTHER_BLOCK = (("decoder", "block"), "choose a block that gives as many channels as it has filters")
_OTHER_UP = (("up", "filters"), "choose an `up` with `filters: skip`, or set `decoder_blocks: true`")


def _require_classes(x: Node, classes: int, what: str, instead: tuple[Path, str]) -> None:
    """Raise `Wrong` where `x`, the network's output, has not one channel for each class."""
    if x.spec.channels != classes:
        given, wanted = counted(x.spec.channels, "channel"), counted(classes, "class", "classes")
        path, hint = instead
        raise Wrong.of(f"{what} gives {given} for {wanted}", hint=hint, path=path)


@dataclass(frozen=True)
class _Bare(Convolution):
    """A convolution with nothing around it but what `kept` has of `order` before it."""

    kept: bool

    def around(self, element: Element, channels: int) -> Op | None:
        is_before = self.order.index(element) < self.order.index("conv")
        return super().around(element, channels) if self.kept and is_before else None


def _bare(conv: Convolution, kept: bool = False) -> Convolution:
    values = {field.name: getattr(conv, field.name) for field in fields(conv)}
    return _Bare(**values | {"dropout_rate": 0.0}, kept=kept)


def _kept_by(up: Up) -> bool:
    """Whether the last `up` has what stands before it."""
    return getattr(up, "pre_activation", False)
