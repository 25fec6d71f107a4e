"""The attention gate: each position of the skip weighed by what the decoder knows of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from unetgen.errors import Problem, Wrong
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.fitting import differ, meet, resize
from unetgen.parts.norms import NormField
from unetgen.parts.recipe import Convolution, Recipe, Stage
from unetgen.parts.skips.add import require_equal_channels, with_channels_of
from unetgen.parts.skips.channel_axis import ChannelAxis, axis_problem
from unetgen.parts.skips.skip import Skip
from unetgen.parts.values import whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Add, Concat, Multiply, Norm
from unetgen.plan.ops.base import Axes


def _filters(value: object) -> object:
    if isinstance(value, str):
        if value not in ("half", "keep"):
            raise Wrong.of("must be half, keep or a positive whole number", got=value)
        return value
    return whole(value)


GateFilters = Annotated[
    Literal["half", "keep"] | int,
    BeforeValidator(_filters),
    WithJsonSchema({"anyOf": [{"enum": ["half", "keep"]}, {"type": "integer", "minimum": 1}]}),
]


class AttentionSkip(Skip):
    """A skip times a gate from 0 to 1 for each position (Attention U-Net, Oktay 2018, arXiv 1804.03999).

    With x the skip, g the gating signal, F the `filters` and s the factor of the step up, `grid` is the
    paper's gate: theta, an s-strided convolution with a kernel of s and no bias, of x to F; phi, a 1x1
    convolution of g, the tensor before up-sampling, to F, linearly resized to theta; their sum, relu, psi,
    a 1x1 convolution to one channel, and a sigmoid, linearly resized to x; times x; then a 1x1 convolution
    and the norm. `up` is the gate of most later code: 1x1 convolutions of x and of g, the up-sampled tensor,
    each to F and normalized; their sum, relu, psi, normalized, a sigmoid; times x.
    """

    kind: Literal["attention"] = "attention"
    gating: Literal["grid", "up"] = "grid"
    """Chooses the gating signal: the coarser tensor before the up-sampling (`grid`), or after it (`up`)."""
    filters: GateFilters = "half"
    """Sets the channels inside the gate: `half` of the skip's, `keep` them, or a number."""
    norm: NormField | None = None
    """Sets the normalization inside the gate; null: that of the level's convolutions."""
    residual: bool = False
    """Adds the skip to the gated one: x + gate * x (Wang et al. 2017, arXiv 1704.06904)."""
    join: Literal["concat", "add"] = "concat"
    """Chooses how the gated skip joins the up-sampled tensor: `concat`, or `add`, with a 1x1 convolution
    where the channels differ."""
    axis: ChannelAxis = "channels"
    """Sets the axis of `join: concat`, counting the batch as Keras does. It must be the channel axis of the
    data format."""
    order: Literal["up_first", "skip_first"] = "up_first"
    """Says which comes first in `join: concat`: the up-sampled tensor or the gated skip."""

    def axis_problem(self, data_format: str, shape: Sequence[int | None]) -> Problem | None:
        """What is wrong with `axis` for an input of `shape` in this data format, if anything."""
        return axis_problem(self.axis, data_format, shape)

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor and the skips, each behind a gate of its own, as one."""
        up, *skips = meet(b, up, skips, recipe)
        conv = stage.conv if self.norm is None else replace(stage.conv, norm=self.norm)
        gated = []
        for index, skip in enumerate(skips, start=1):
            with b.piece("gate", index if index > 1 else None), self._own_problems():
                if self.gating == "grid":
                    gated.append(self._grid(b, skip, below, recipe.steps[stage.level].strides, conv))
                else:
                    gated.append(self._up(b, skip, up, conv))
        if self.join == "add":
            require_equal_channels(b, gated)
            return b.add(Add(), with_channels_of(b, up, gated[0], stage), *gated)
        return b.add(Concat(), *((up, *gated) if self.order == "up_first" else (*gated, up)))

    def _grid(self, b: Builder, skip: Node, below: Node, strides: Axes, conv: Convolution) -> Node:
        filters, ones = self._gate_filters(skip), (1,) * skip.spec.dims
        # Without any padding, so that a position of theta covers those of one position below.
        bare = replace(conv, padding="valid")
        theta = convolve(
            b, skip, filters, bare, kernel=strides, strides=strides, use_bias=False, name="theta"
        )
        phi = convolve(b, below, filters, conv, kernel=ones, use_bias=True, name="phi")
        phi = _resized(b, phi, theta, "phi_resize")
        gate = b.add(Activation("relu"), b.add(Add(), theta, phi, name="add"), name="relu")
        gate = convolve(b, gate, 1, conv, kernel=ones, use_bias=True, name="psi")
        gate = b.add(Activation("sigmoid"), gate, name="sigmoid")
        gate = _resized(b, gate, skip, "resize")
        skip = self._gated(b, skip, gate)
        skip = convolve(b, skip, skip.spec.channels, conv, kernel=ones, name="out")
        return surround(b, skip, ("norm",), conv, name="out")

    def _up(self, b: Builder, skip: Node, up: Node, conv: Convolution) -> Node:
        filters, ones = self._gate_filters(skip), (1,) * skip.spec.dims
        parts = []
        for name, x in (("theta", skip), ("phi", up)):
            x = convolve(b, x, filters, conv, kernel=ones, name=name)
            parts.append(surround(b, x, ("norm",), conv, name=name))
        gate = b.add(Activation("relu"), b.add(Add(), *parts, name="add"), name="relu")
        gate = convolve(b, gate, 1, conv, kernel=ones, name="psi")
        if (norm := _of_one_channel(conv.norm.op())) is not None:
            gate = b.add(norm, gate, name="psi_norm")
        gate = b.add(Activation("sigmoid"), gate, name="sigmoid")
        return self._gated(b, skip, gate)

    def _gated(self, b: Builder, skip: Node, gate: Node) -> Node:
        gated = b.add(Multiply(), skip, gate, name="multiply")
        return b.add(Add(), skip, gated, name="residual") if self.residual else gated

    def _gate_filters(self, skip: Node) -> int:
        if isinstance(self.filters, int):
            return self.filters
        return max(skip.spec.channels // 2, 1) if self.filters == "half" else skip.spec.channels

    @contextmanager
    def _own_problems(self) -> Iterator[None]:
        """Problems of the gate's own norm belong to the skip."""
        try:
            yield
        except Wrong as wrong:
            raise (wrong if self.norm is None else wrong.under("skip")) from None


def _of_one_channel(norm: Norm | None) -> Norm | None:
    """`norm` as it can stand over a single channel: one group; none over the channels of a position,
    where it would make all values the same."""
    if norm is None or norm.method == "layer":
        return None
    return norm if norm.groups is None else replace(norm, groups=1)


def _resized(b: Builder, x: Node, reference: Node, name: str) -> Node:
    return resize(b, x, reference, "linear", name) if differ(b, x, reference) else x
