"""Batch normalization."""

from collections.abc import Mapping
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
    scale: bool | None = None
    """Learns the scale, Keras's gamma; null: as `affine` says."""
    center: bool | None = None
    """Learns the offset, Keras's beta; null: as `affine` says. Alone it normalizes the images before
    image-classifiers' ResNets (qubvel, Keras)."""

    def op(self) -> Norm:
        scales = self.affine if self.scale is None else self.scale
        centers = self.affine if self.center is None else self.center
        learned = scales if scales == centers else _ALONE[scales]
        return Norm("batch", self.epsilon, momentum=self.momentum, affine=learned)


_ALONE: Mapping[bool, Literal["scale", "center"]] = {True: "scale", False: "center"}
"""What is learned where the other is not, by whether it is the scale."""
