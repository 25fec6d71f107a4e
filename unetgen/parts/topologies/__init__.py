"""Topologies: how levels, skips and heads are wired: `topology`."""

from unetgen.parts.part import kinds
from unetgen.parts.topologies.unet import UNet

TOPOLOGIES = (UNet,)
AnyTopology = UNet
TopologyField = kinds(*TOPOLOGIES)

__all__ = ["TOPOLOGIES", "AnyTopology", "TopologyField"]
