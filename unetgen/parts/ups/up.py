"""What the ups share: the filter policy and the convolution that may follow."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from unetgen.errors import Wrong
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.part import Part
from unetgen.parts.recipe import Element, Step
from unetgen.parts.values import PerAxis, per_axis, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node

POLICIES = ("keep", "half", "skip")


def _policy(value: object) -> object:
    if isinstance(value, str):
        if value not in POLICIES:
            raise Wrong.of("must be keep, half, skip or a positive whole number", got=value)
        return value
    return whole(value)


FilterPolicy = Annotated[
    Literal["keep", "half", "skip"] | int,
    BeforeValidator(_policy),
    WithJsonSchema({"anyOf": [{"enum": list(POLICIES)}, {"type": "integer", "minimum": 1}]}),
]
"""Channels of the up-sampled tensor: `keep` its own, `half` of them, those of the `skip`, or a number."""


def filters_by(policy: str | int, x: Node, skip: Node) -> int:
    """The channels that `policy` asks for, of `x` on its way to `skip`."""
    if isinstance(policy, int):
        return policy
    channels = {"keep": x.spec.channels, "half": x.spec.channels // 2, "skip": skip.spec.channels}[policy]
    return max(channels, 1)


class UpConv(Part):
    """A convolution after the up-sampling."""

    kernel: PerAxis = 3
    """Kernel: a number or one per axis; null: 3."""
    norm: bool = True
    """Normalize after it, with the config's `norm`."""
    activation: bool = True
    """Apply the config's `activation` after it."""

    def lower(self, b: Builder, x: Node, filters: int, step: Step) -> Node:
        """The convolution of `x` to `filters` channels."""
        with b.scope("conv"):
            x = convolve(b, x, filters, step.conv, kernel=per_axis(self.kernel or 3, x.spec.dims))
            return finish(b, x, step, norm=self.norm, activation=self.activation)


def _expand_conv(value: Any) -> Any:
    is_kernel = isinstance(value, int | list) and not isinstance(value, bool)
    if not is_kernel and not isinstance(value, dict | UpConv | None):
        raise Wrong.of("must be a kernel, or a mapping with `kernel`", got=value)
    return {"kernel": value} if is_kernel else value


UpConvField = Annotated[UpConv | None, BeforeValidator(_expand_conv, json_schema_input_type=UpConv | PerAxis)]


def finish(b: Builder, x: Node, step: Step, *, norm: bool, activation: bool) -> Node:
    """The config's norm and activation on `x`, where wanted, in the config's order."""
    wanted: dict[Element, bool] = {"norm": norm, "activation": activation}
    return surround(b, x, tuple(e for e in step.conv.order if wanted.get(e)), step.conv)
