"""Group normalization."""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.parts.norms.normalization import Normalization
from unetgen.plan.ops import Norm


class GroupNorm(Normalization):
    """Normalization over space and groups of channels, per sample (Wu 2018, arXiv 1803.08494)."""

    kind: Literal["group"] = "group"
    groups: int = Field(8, ge=1)
    """How many groups there are. The number must divide the channels of every normalized tensor, unless there
    is a `fallback`."""
    fallback: int | None = Field(None, ge=1)
    """How many groups there are where `groups` does not divide the channels, as over an input of one channel.
    pytorch-3dunet has 1 there (Wolny et al. 2020, eLife 9:e57613). Null refuses such a network."""
    epsilon: float = Field(1e-3, gt=0, le=1)
    """The number added to the variance."""
    affine: bool = True
    """Learns a scale and an offset per channel."""

    def op(self) -> Norm:
        return Norm("group", self.epsilon, groups=self.groups, affine=self.affine)

    def over(self, channels: int) -> Norm:
        falls_back = channels % self.groups and self.fallback is not None and channels % self.fallback == 0
        return replace(self.op(), groups=self.fallback) if falls_back else self.op()
