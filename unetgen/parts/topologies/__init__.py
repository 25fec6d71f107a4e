"""Topologies: how levels, skips and heads are wired: `topology`."""

from typing import Annotated, get_args

from unetgen.parts.choice import Kinds
from unetgen.parts.topologies.dense_skip import DenseSkip
from unetgen.parts.topologies.fpn import FPN
from unetgen.parts.topologies.strided_unet import StridedUNet
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.unet import UNet
from unetgen.parts.topologies.unet_3_plus import UNet3Plus
from unetgen.parts.topologies.unet_plus_plus import UNetPlusPlus

AnyTopology = UNet | UNetPlusPlus | UNet3Plus | DenseSkip | StridedUNet | FPN
TOPOLOGIES: tuple[type[Topology], ...] = get_args(AnyTopology)
TopologyField = Annotated[AnyTopology, Kinds("topology", AnyTopology, base=Topology)]

__all__ = ["TOPOLOGIES", "AnyTopology", "TopologyField"]
