"""Which patches of the images a network is trained on: `data.patch`."""

from __future__ import annotations

from pydantic import Field

from unetgen.parts.part import Part
from unetgen.parts.values import PerAxis


class PatchConfig(Part):
    """The patches that are cut out of the training images."""

    size: PerAxis = None
    """The size of a patch: one number, or one for each axis. Null: the network's input size."""
    foreground: float = Field(0.33, ge=0, le=1)
    """The share of patches that are placed on a position of a class other than the background; the others lie
    anywhere. nnU-Net has a third."""
