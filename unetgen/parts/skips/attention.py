"""The attention gate: each position of the skip weighed by what the decoder knows of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from unetgen.errors import Problem, Wrong
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.fitting import differ, meet, resize
from unetgen.parts.norms import NormField
from unetgen.parts.recipe import Convolution, Recipe, Stage
from unetgen.parts.skips.add import require_equal_channels, with_channels_of
from unetgen.parts.skips.channel_axis import ChannelAxis, axis_problem
from unetgen.parts.skips.skip import TakingSkip
from unetgen.parts.values import LARGEST, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Add, Concat, Multiply, Norm
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Piece, Place

SIGNAL = Piece("signal")
"""The piece of a gate that makes its signal."""


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


class AttentionSkip(TakingSkip):
    """A skip times a gate from 0 to 1 for each position (Attention U-Net, Oktay 2018, arXiv 1804.03999).

    With x the skip, g the gating signal, F the `filters` and s the factor of the step up, `grid` is the
    paper's gate: theta, an s-strided convolution with a kernel of s and no bias, of x to F; phi, a 1x1
    convolution of g, the tensor before up-sampling, to F, linearly resized to theta; their sum, relu, psi,
    a 1x1 convolution to one channel, and a sigmoid, linearly resized to x; times x; then a 1x1 convolution
    and the norm. `bottom` is the same gate with the network's bottom as g, on every level, as the authors'
    unet_grid_attention_3D has it. `up` is the gate of most later code: 1x1 convolutions of x and of g, the
    up-sampled tensor, each to F and normalized; their sum, relu, psi, normalized, a sigmoid; times x.
    """

    kind: Literal["attention"] = "attention"
    gating: Literal["grid", "bottom", "up"] = "grid"
    """Chooses the gating signal: the coarser tensor before the up-sampling (`grid`), or after it (`up`), or
    the network's bottom (`bottom`)."""
    signal_filters: int | None = Field(None, ge=1, le=LARGEST)
    """Puts a 1x1 convolution to so many channels, with the config's norm and activation, on the signal of
    `grid` and `bottom`, as the authors' networks have on their bottom. Gates of one signal share it. Null:
    none."""
    filters: GateFilters = "half"
    """Sets the channels inside the gate: `half` of the skip's, `keep` them, or a number."""
    norm: NormField | None = None
    """Sets the normalization inside the gate; null: that of the level's convolutions."""
    use_bias: bool | None = None
    """Gives all convolutions of the gate a bias, or none. Null: as the config's `use_bias` says, but for
    `grid` and `bottom`, where theta has none, and phi and psi have one."""
    per_channel: bool = False
    """Makes a gate for each channel, not one for all channels of a position (the mixed attention of Wang et
    al. 2017, arXiv 1704.06904)."""
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
                if self.gating == "up":
                    gated.append(self._up(b, skip, up, conv))
                else:
                    signal = self._signal(b, below if self.gating == "grid" else bottom_of(b), stage.conv)
                    gated.append(self._grid(b, skip, signal, recipe.steps[stage.level].strides, conv))
        if self.join == "add":
            require_equal_channels(b, gated)
            return b.add(Add(), with_channels_of(b, up, gated[0], stage), *gated)
        return b.add(Concat(), *((up, *gated) if self.order == "up_first" else (*gated, up)))

    def _signal(self, b: Builder, x: Node, conv: Convolution) -> Node:
        """The gating signal that is made of `x`, once for all gates."""
        if self.signal_filters is None:
            return x
        made = _made_of(b, x, self.signal_filters)
        if made is not None:
            return made
        with b.piece("signal"):
            ones = (1,) * x.spec.dims
            x = convolve(b, x, self.signal_filters, conv, kernel=ones, use_bias=self.use_bias)
            return surround(b, x, tuple(e for e in conv.order if e in ("norm", "activation")), conv)

    def _grid(self, b: Builder, skip: Node, signal: Node, strides: Axes, conv: Convolution) -> Node:
        filters, ones = self._gate_filters(skip), (1,) * skip.spec.dims
        has_bias = self.use_bias is not False
        # Without any padding, so that a position of theta covers those of one position below.
        bare = replace(conv, padding="valid")
        theta = convolve(
            b,
            skip,
            filters,
            bare,
            kernel=strides,
            strides=strides,
            use_bias=bool(self.use_bias),
            name="theta",
        )
        phi = convolve(b, signal, filters, conv, kernel=ones, use_bias=has_bias, name="phi")
        phi = _resized(b, phi, theta, "phi_resize")
        gate = b.add(Activation("relu"), b.add(Add(), theta, phi, name="add"), name="relu")
        gate = convolve(b, gate, self._gates(skip), conv, kernel=ones, use_bias=has_bias, name="psi")
        gate = b.add(Activation("sigmoid"), gate, name="sigmoid")
        gate = _resized(b, gate, skip, "resize")
        skip = self._gated(b, skip, gate)
        skip = convolve(b, skip, skip.spec.channels, conv, kernel=ones, use_bias=self.use_bias, name="out")
        return surround(b, skip, ("norm",), conv, name="out")

    def _up(self, b: Builder, skip: Node, up: Node, conv: Convolution) -> Node:
        filters, ones = self._gate_filters(skip), (1,) * skip.spec.dims
        parts = []
        for name, x in (("theta", skip), ("phi", up)):
            x = convolve(b, x, filters, conv, kernel=ones, use_bias=self.use_bias, name=name)
            parts.append(surround(b, x, ("norm",), conv, name=name))
        gate = b.add(Activation("relu"), b.add(Add(), *parts, name="add"), name="relu")
        gate = convolve(b, gate, self._gates(skip), conv, kernel=ones, use_bias=self.use_bias, name="psi")
        if self.per_channel:
            gate = surround(b, gate, ("norm",), conv, name="psi")
        elif (norm := _of_one_channel(conv.norm.op())) is not None:
            gate = b.add(norm, gate, name="psi_norm")
        gate = b.add(Activation("sigmoid"), gate, name="sigmoid")
        return self._gated(b, skip, gate)

    def _gated(self, b: Builder, skip: Node, gate: Node) -> Node:
        gated = b.add(Multiply(), skip, gate, name="multiply")
        return b.add(Add(), skip, gated, name="residual") if self.residual else gated

    def _gates(self, skip: Node) -> int:
        """How many gates there are for the channels of a position."""
        return skip.spec.channels if self.per_channel else 1

    def _gate_filters(self, skip: Node) -> int:
        if isinstance(self.filters, int):
            return self.filters
        return max(skip.spec.channels // 2, 1) if self.filters == "half" else skip.spec.channels

    @model_validator(mode="after")
    def _the_signal_is_not_up_sampled(self) -> Self:
        if self.gating == "up" and self.signal_filters is not None:
            hint = "leave it out, or use `gating: grid` or `bottom`"
            given = self.signal_filters
            raise Wrong.of("is for a signal that is not up-sampled", given, hint, ("signal_filters",))
        return self

    @contextmanager
    def _own_problems(self) -> Iterator[None]:
        """Problems of the gate's own norm belong to the skip."""
        try:
            yield
        except Wrong as wrong:
            raise (wrong if self.norm is None else wrong.under("skip")) from None


def bottom_of(b: Builder) -> Node:
    """The encoder's last tensor."""
    return next(node for node in reversed(b.nodes) if node.place.side == "encoder")


def _made_of(b: Builder, x: Node, filters: int) -> Node | None:
    """The signal of so many channels that another gate has made of `x`, if one has."""
    made: dict[Place, Node] = {}
    for node in b.nodes:
        if node.place.pieces[-1:] != (SIGNAL,):
            continue
        starts = node.inputs == (x.name,) and node.spec.channels == filters
        if starts or node.place in made:
            made[node.place] = node
    return next(iter(made.values()), None)


def _of_one_channel(norm: Norm | None) -> Norm | None:
    """`norm` as it can stand over a single channel: one group; none over the channels of a position,
    where it would make all values the same."""
    if norm is None or norm.method == "layer":
        return None
    return norm if norm.groups is None else replace(norm, groups=1)


def _resized(b: Builder, x: Node, reference: Node, name: str) -> Node:
    return resize(b, x, reference, "linear", name) if differ(b, x, reference) else x
