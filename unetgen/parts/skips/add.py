"""The additive skip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from unetgen.errors import Wrong
from unetgen.parts.convolution import convolve
from unetgen.parts.fitting import meet
from unetgen.parts.recipe import Recipe, Stage
from unetgen.parts.skips.skip import TakingSkip
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add


class AddSkip(TakingSkip):
    """Elementwise sum of the up-sampled tensor and the encoder's (LinkNet, arXiv 1707.03718)."""

    kind: Literal["add"] = "add"
    projection: Literal["when_needed", "never"] = "when_needed"
    """Puts a 1x1 convolution on the up-sampled tensor where its channels differ from the skip's; `never`:
    that is an error."""
    place: Literal["before_block", "in_block"] = "before_block"
    """Adds it before the decoder's block, or to what the block's first convolution gives, so that a shortcut
    around the block leaves it out (Cellpose, doi 10.1038/s41592-020-01018-x)."""

    @property
    def is_inside(self) -> bool:
        return self.place == "in_block"

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """All of them added, cropped or resized to meet where the config says so."""
        skip = skips[0]
        if up.spec.channels != skip.spec.channels:
            if self.projection == "never":
                raise Wrong.of(
                    f"the up-sampled tensor has {up.spec.channels} channels and the skip of level "
                    f"{stage.level} has {skip.spec.channels}; they cannot be added",
                    hint="set `up.filters: skip`, or `skip.projection: when_needed`",
                    path=("skip", "projection"),
                )
            up = with_channels_of(b, up, skip, stage)
        require_equal_channels(b, skips)
        up, *skips = meet(b, up, skips, recipe)
        return b.add(Add(), up, *skips)


def with_channels_of(b: Builder, up: Node, skip: Node, stage: Stage) -> Node:
    """`up` behind a 1x1 convolution to the skip's channels, where it has others."""
    if up.spec.channels == skip.spec.channels:
        return up
    ones = (1,) * up.spec.dims
    return convolve(b, up, skip.spec.channels, stage.conv, kernel=ones, name="projection")


def require_equal_channels(b: Builder, skips: Sequence[Node]) -> None:
    """Raise `Wrong` where tensors that are to be added differ in their channels."""
    channels = [skip.spec.channels for skip in skips]
    if len(set(channels)) > 1:
        raise Wrong.of(
            f"the tensors that meet in {b.place.scope} have {channels} channels; they cannot be added",
            hint="set `projection: true` in a dense_skip topology, the encoder's filters in `decoder`, "
            "or `skip: concat`",
            path=("skip", "kind"),
        )
