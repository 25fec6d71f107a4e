"""Group normalization."""

from typing import Literal

from pydantic import Field

from unetgen.parts.norms.normalization import Normalization
from unetgen.plan.ops import Norm


class GroupNorm(Normalization):
    """Normalization over space and groups of channels, per sample (Wu 2018, arXiv 1803.08494)."""

    kind: Literal["group"] = "group"
    groups: int = Field(8, ge=1)
    """How many groups there are; the number must divide the channels of every normalized tensor."""
    epsilon: float = Field(1e-3, gt=0, le=1)
    """The number added to the variance."""
    affine: bool = True
    """Learns a scale and an offset per channel."""

    def op(self) -> Norm:
        return Norm("group", self.epsilon, groups=self.groups, affine=self.affine)
