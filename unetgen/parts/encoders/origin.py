"""How the networks of one library compute: what surrounds their convolutions, and how they pad."""

from __future__ import annotations

from dataclasses import dataclass, replace

from unetgen.parts.activation import FAMILY, ActivationChoice
from unetgen.parts.norms.batch import BatchNorm
from unetgen.parts.recipe import Convolution, Padding
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pad, Pool


@dataclass(frozen=True)
class Origin:
    """The padding of strided convolutions, and batch normalization's numbers as Keras counts them."""

    padding: Padding
    epsilon: float
    momentum: float
    activation: str = "relu"

    def convolution(self, conv: Convolution, dims: int, *, use_bias: bool = False) -> Convolution:
        """A convolution with a kernel of 3, its norm and its activation; initialized as `conv` is."""
        return replace(
            conv,
            kernel=(3,) * dims,
            padding=self.padding,
            order=("conv", "norm", "activation"),
            norm=BatchNorm(epsilon=self.epsilon, momentum=self.momentum),
            activation=ActivationChoice.parse(FAMILY, self.activation),
            dropout_rate=0.0,
            use_bias=use_bias,
        )


TORCH = Origin("torch", epsilon=1e-5, momentum=0.9)
"""PyTorch's own defaults, as torchvision and timm have them."""


def max_pool(b: Builder, x: Node, before: int = 1) -> Node:
    """Max pooling by two over windows of three, padded by one behind, and `before`.

    That is PyTorch's pooling with a padding of one, or without any (0) and with `ceil_mode`.
    """
    # A maximum never sees the padding: the edge's own value stands in each window that reaches it.
    x = b.add(Pad(((before, 1),) * x.spec.dims, "edge"), x, name="pad")
    return b.add(Pool("max", (3,) * x.spec.dims, (2,) * x.spec.dims), x)
