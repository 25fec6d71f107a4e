"""Topologies: how levels, skips and heads are wired: `topology`."""

from unetgen.parts.part import kinds
from unetgen.parts.topologies.dense_skip import DenseSkip
from unetgen.parts.topologies.strided_unet import StridedUNet
from unetgen.parts.topologies.unet import UNet
from unetgen.parts.topologies.unet_3_plus import UNet3Plus
from unetgen.parts.topologies.unet_plus_plus import UNetPlusPlus

TOPOLOGIES = (UNet, UNetPlusPlus, UNet3Plus, DenseSkip, StridedUNet)
AnyTopology = UNet | UNetPlusPlus | UNet3Plus | DenseSkip | StridedUNet
TopologyField = kinds(*TOPOLOGIES)

__all__ = ["TOPOLOGIES", "AnyTopology", "TopologyField"]
