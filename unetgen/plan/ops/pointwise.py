"""Operations that keep the spatial size: normalization, activation, dropout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from unetgen.plan.ops.base import APART, SamePosition, Specs, Weight
from unetgen.plan.ops.workspace import Kept, Reuse, Workspace
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class Norm(SamePosition):
    """A normalization, with Keras's arguments.

    `groups` counts the groups of channels of a group normalization (instance: one channel a group);
    `momentum` belongs to batch normalization, and so does one of ``scale`` and ``center`` alone, as Keras
    calls what `affine` has both of. The window ignores statistics over space, as receptive fields are usually
    given.
    """

    method: Literal["batch", "instance", "group", "layer"]
    epsilon: float
    momentum: float | None = None
    groups: int | None = None
    affine: bool | Literal["scale", "center"] = True
    fused: bool = field(default=False, metadata=APART)
    """Whether TensorFlow's kernel of batch normalization computes it, of an instance norm: the statistics of
    a batch of one sample are those of the sample."""

    kept = Kept.INPUTS

    @property
    def scales(self) -> bool:
        """Whether it learns a factor for each channel."""
        return self.affine in (True, "scale")

    @property
    def centers(self) -> bool:
        """Whether it learns an offset for each channel."""
        return self.affine in (True, "center")

    def words(self) -> str:
        words = f"{self.method} norm" + (f" of {self.groups}" if self.groups else "")
        return words + (" in one kernel" if self.fused else "")

    def written_beside(self, inputs: Specs) -> int:
        """Squared differences, and the input scaled before the offset."""
        return 0 if self.fused or self.method == "batch" else 2 * inputs[0].elements

    def workspace(self, inputs: Specs) -> Workspace:
        elements = inputs[0].elements
        if self.fused:
            return Workspace(forward=(elements,))  # the samples of a batch side by side
        return Workspace(
            forward=(elements,),  # squared differences
            gradient_sum=elements,
            is_over_input=True,
            is_in_float32=True,
        )

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        learned = (Weight("gamma", shape),) * self.scales + (Weight("beta", shape),) * self.centers
        if self.method != "batch":
            return learned
        moving = (Weight("moving_mean", shape, trainable=False), Weight("moving_variance", shape, False))
        return learned + moving


_GRADIENT_FROM_OUTPUT = frozenset(
    {"elu", "exponential", "relu", "relu6", "selu", "sigmoid", "softmax", "tanh"}
)
"""Activations whose gradient TensorFlow computes from their output; of the others it keeps the input."""


LANES = 16
"""How many numbers in float32 a CPU with AVX512 computes with at once."""
ALONG_CHANNELS = frozenset({"softmax", "log_softmax", "sparsemax", "glu"})
"""Activations that work along an axis; Keras's default is the last one, whatever the data format."""


@dataclass(frozen=True, slots=True)
class Activation(SamePosition):
    """An activation by Keras's name, with the options that its Keras layer takes."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    by_channels: bool = field(default=False, metadata=APART)
    """Whether a softmax takes maxima and sums of whole channels, and not one position after another."""

    def words(self) -> str:
        return self.name + (" by channels" if self.by_channels else "")

    def held_beside(self, inputs: Specs) -> int:
        """The powers, and their sum at each position."""
        (source,) = inputs
        return source.elements + source.elements // source.channels if self.by_channels else 0

    def written_beside(self, inputs: Specs) -> int:
        """Of a softmax by channels differences, powers, maxima and sums; of another as much as TensorFlow's
        kernel goes through: three times a whole vector at each position, however few the channels."""
        (source,) = inputs
        positions = source.elements // source.channels
        if self.by_channels:
            return 2 * (source.elements + positions)
        return 3 * LANES * positions if self.name == "softmax" else 0

    @property
    def kept(self) -> Kept:
        if self.name == "linear":
            return Kept.NOTHING
        return Kept.OUTPUT if self.name in _GRADIENT_FROM_OUTPUT else Kept.INPUTS

    def workspace(self, inputs: Specs) -> Workspace:
        beside = (self.held_beside(inputs),) if self.by_channels else ()
        return Workspace(forward=beside, is_over_input=True, gradient=Reuse.LAST_USE)

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        if self.name == "glu":  # a gated linear unit halves the channels
            return source.of_sizes(source.spatial, source.channels // 2)
        return source


@dataclass(frozen=True, slots=True)
class PRelu(SamePosition):
    """A ReLU with learned slopes: one for each channel, for each channel and position, or a single one."""

    shared: Literal["channel", "element", "all"] = "channel"
    initial_slope: float = 0.25

    kept = Kept.INPUTS

    def words(self) -> str:
        return "prelu"

    def workspace(self, inputs: Specs) -> Workspace:
        return Workspace(is_over_input=True)

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        (source,) = inputs
        spatial = source.spatial if self.shared == "element" else (1,) * source.dims
        return (Weight("alpha", (*spatial, 1 if self.shared == "all" else source.channels)),)


@dataclass(frozen=True, slots=True)
class Scale(SamePosition):
    """A learned factor for each channel, such as ConvNeXt's layer scale (arXiv 2201.03545, A.1)."""

    initial: float = 1e-6

    kept = Kept.INPUTS

    def words(self) -> str:
        return "channel scale"

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        return (Weight("scale", (inputs[0].channels,)),)


@dataclass(frozen=True, slots=True)
class Dropout(SamePosition):
    """Dropout of single values, or (`spatial`) of whole channels."""

    rate: float
    spatial: bool = False

    def words(self) -> str:
        return f"{'spatial ' if self.spatial else ''}dropout {self.rate:g}"

    def workspace(self, inputs: Specs) -> Workspace:
        return Workspace(
            mask=inputs[0].elements,
            is_over_input=True,
            gradient=Reuse.LAST_USE,
            is_identity_in_prediction=True,
        )

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]
