"""Batch normalization."""

from typing import Literal

from pydantic import Field

from unetgen.parts.norms.normalization import Normalization
from unetgen.plan.ops import Norm


class BatchNorm(Normalization):
    """Normalization over batch and space (Ioffe and Szegedy 2015, arXiv 1502.03167)."""

    kind: Literal["batch"] = "batch"
    epsilon: float = Field(1e-3, gt=0, le=1)
    """The number added to the variance."""
    momentum: float = Field(0.99, ge=0, lt=1)
    """Sets the momentum of the moving averages, as Keras counts it (PyTorch's is 1 minus this)."""
    affine: bool = True
    """Learns a scale and an offset per channel."""

    def op(self) -> Norm:
        return Norm("batch", self.epsilon, momentum=self.momentum, affine=self.affine)
