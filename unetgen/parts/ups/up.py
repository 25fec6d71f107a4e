"""What the ups share: the filter policy and the convolution that may stand before or after."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from unetgen.errors import Wrong
from unetgen.parts.around import OwnActivation, OwnNorm, finish
from unetgen.parts.choice import Short
from unetgen.parts.convolution import convolve
from unetgen.parts.part import Part
from unetgen.parts.recipe import Step
from unetgen.parts.values import PerAxis, each, nonempty, per_axis, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes

POLICIES = ("keep", "half", "skip")


Policy = Literal["keep", "half", "skip"] | int


def _policy(value: object) -> object:
    if isinstance(value, str):
        if value not in POLICIES:
            raise Wrong.of("must be keep, half, skip or a positive whole number", got=value)
        return value
    return whole(value)


def _policies(value: object) -> object:
    return each(nonempty(value), _policy) if isinstance(value, list | tuple) else _policy(value)


_POLICY: dict[str, Any] = {"anyOf": [{"enum": list(POLICIES)}, {"type": "integer", "minimum": 1}]}
FilterPolicy = Annotated[
    Policy | tuple[Policy, ...],
    BeforeValidator(_policies),
    WithJsonSchema({"anyOf": [*_POLICY["anyOf"], {"type": "array", "items": _POLICY, "minItems": 1}]}),
]
"""Channels of the up-sampled tensor: `keep` its own, `half` of them, those of the `skip`, or a number; or a
list of such for each step, the finest first."""


def filters_by(policies: Policy | tuple[Policy, ...], x: Node, skip: Node, step: Step) -> int:
    """The channels that the policy of `step` asks for, of `x` on its way to `skip`."""
    policy = policies[step.level] if isinstance(policies, tuple) else policies
    if isinstance(policy, int):
        return policy
    channels = {"keep": x.spec.channels, "half": x.spec.channels // 2, "skip": skip.spec.channels}[policy]
    return max(channels, 1)


class Up(Part):
    """The base of the ups."""

    @property
    def own_kernel(self) -> PerAxis:
        """The kernel that this kind has of its own, as a config says it; None where it has none."""
        return None

    @abstractmethod
    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level, on its way to meet `skip`."""


class UpConv(Part):
    """A convolution after or before the up-sampling."""

    kernel: PerAxis = 3
    """Sets the kernel: a number or one per axis; null: 3."""
    norm: OwnNorm = True
    """Adds the config's `norm` after it (true), none (false), or one of its own."""
    activation: OwnActivation = True
    """Adds the config's `activation` after it (true), none (false), or one of its own."""
    use_bias: bool | None = None
    """Gives it a bias; null: as the config's `use_bias` says."""
    place: Literal["after", "before"] = "after"
    """Puts it `after` the up-sampling, on the large tensor, or `before`, on the small one (SegResNet, arXiv
    1810.11654)."""
    first: PerAxis = None
    """Puts one more convolution in front of it, with this kernel and the channels that come in, and with the
    same norm, activation and bias (MA-Net, doi 10.1109/ACCESS.2020.3025372): a number or one per axis; null:
    none."""

    def lower(self, b: Builder, x: Node, filters: int, step: Step) -> Node:
        """The convolution of `x` to `filters` channels."""
        if self.first is not None:
            with b.piece("first"):
                x = self._convolved(b, x, x.spec.channels, per_axis(self.first, x.spec.dims), step)
        with b.piece("conv"):
            return self._convolved(b, x, filters, per_axis(self.kernel or 3, x.spec.dims), step)

    def _convolved(self, b: Builder, x: Node, filters: int, kernel: Axes, step: Step) -> Node:
        x = convolve(b, x, filters, step.conv, kernel=kernel, use_bias=self.use_bias)
        return finish(b, x, step.conv, ("up", "conv"), norm=self.norm, activation=self.activation)


UpConvField = Annotated[UpConv | None, Short("kernel", (int, list), "a kernel")]


def with_conv(
    b: Builder, x: Node, conv: UpConv | None, filters: int, step: Step, enlarged: Callable[[Node], Node]
) -> Node:
    """`x` `enlarged`, with the convolution to `filters` channels before or after, where there is one."""
    if conv is not None and conv.place == "before":
        return enlarged(conv.lower(b, x, filters, step))
    x = enlarged(x)
    return x if conv is None else conv.lower(b, x, filters, step)
