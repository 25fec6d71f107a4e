"""The head of image-level outputs: one value for each class of the whole image, made of the bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unetgen.parts.activation import ActivationChoice
from unetgen.parts.convolution import convolve, require_divisible, surround
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Dropout, Flatten, GlobalPool


@dataclass(frozen=True)
class PooledHead:
    """Pooling over all positions, dense layers, and an activation.

    A dense layer on one position is a 1x1 convolution with a bias, and is one in the plan.
    """

    pooling: Literal["average", "max"]
    hidden: tuple[int, ...]
    dropout: float
    pre_activation: bool
    activation: ActivationChoice | None

    def lower(self, b: Builder, x: Node, num_classes: int, conv: Convolution) -> Node:
        """The output ``(num_classes,)`` of the tensor `x`, whose level convolves as `conv` says."""
        if self.activation is None:
            raise ValueError("the head's activation is still open")
        if self.pre_activation:
            x = surround(b, x, [e for e in conv.order if e in ("norm", "activation")], conv, name="pre")
        x = b.add(GlobalPool(self.pooling), x, name="pool")
        for index, width in enumerate(self.hidden, start=1):
            with b.piece("dense", index):
                x = self._dense(b, x, width, conv)
                op = conv.activation.op()
                require_divisible(op, x)
                x = b.add(op, x, name="activation")
        x = b.add(Flatten(), self._dense(b, x, num_classes, conv), name="flatten")
        op = self.activation.op()
        return x if op == Activation("linear") else b.add(op, x, name="activation")

    def _dense(self, b: Builder, x: Node, width: int, conv: Convolution) -> Node:
        if self.dropout:
            x = b.add(Dropout(self.dropout), x, name="dropout")
        return convolve(b, x, width, conv, kernel=(1,) * x.spec.dims, use_bias=True)
