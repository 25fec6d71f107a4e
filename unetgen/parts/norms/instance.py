"""Instance normalization."""

from typing import Literal

from pydantic import Field

from unetgen.parts.norms.normalization import Normalization
from unetgen.plan.ops import Norm


class InstanceNorm(Normalization):
    """Normalization over space, per sample and channel (Ulyanov 2016, arXiv 1607.08022)."""

    kind: Literal["instance"] = "instance"
    epsilon: float = Field(1e-3, gt=0, le=1)
    """The number added to the variance; part of the architecture (PyTorch's default is 1.0e-5)."""
    affine: bool = True
    """Learns a scale and an offset per channel."""

    def op(self) -> Norm:
        return Norm("instance", self.epsilon, affine=self.affine)
