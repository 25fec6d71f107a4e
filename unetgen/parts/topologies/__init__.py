"""Topologies: how levels, skips and heads are wired: `topology`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes
from unetgen.parts.topologies.topology import Topology

if TYPE_CHECKING:
    from unetgen.parts.topologies.dense_skip import DenseSkip
    from unetgen.parts.topologies.fpn import FPN
    from unetgen.parts.topologies.strided_unet import StridedUNet
    from unetgen.parts.topologies.unet import UNet
    from unetgen.parts.topologies.unet_3_plus import UNet3Plus
    from unetgen.parts.topologies.unet_plus_plus import UNetPlusPlus

    AnyTopology: TypeAlias = UNet | UNetPlusPlus | UNet3Plus | DenseSkip | StridedUNet | FPN
else:
    AnyTopology = Topology  # each kind is imported when a config names it

TOPOLOGIES: Homes[Topology] = Homes(
    __name__,
    {
        "unet": "unet.UNet",
        "unet_plus_plus": "unet_plus_plus.UNetPlusPlus",
        "unet_3_plus": "unet_3_plus.UNet3Plus",
        "dense_skip": "dense_skip.DenseSkip",
        "strided_unet": "strided_unet.StridedUNet",
        "fpn": "fpn.FPN",
    },
)
TopologyField = Annotated[AnyTopology, Kinds("topology", TOPOLOGIES, base=Topology)]

__all__ = ["TOPOLOGIES", "AnyTopology", "TopologyField"]
