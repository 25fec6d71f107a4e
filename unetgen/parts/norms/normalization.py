"""Normalization: the base of what stands around every convolution as `norm`."""

from abc import abstractmethod

from unetgen.parts.part import Part
from unetgen.plan.ops import Norm


class Normalization(Part):
    """The base of the normalizations."""

    @abstractmethod
    def op(self) -> Norm | None:
        """The operation; None for nothing."""

    def over(self, channels: int) -> Norm | None:
        """The operation on a tensor of so many channels."""
        return self.op()
