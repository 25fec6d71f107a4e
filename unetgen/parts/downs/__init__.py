"""Downs: how a level's output becomes the next, coarser level's input: `down`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.choice import Kinds
from unetgen.parts.downs.down import Down
from unetgen.parts.homes import Homes

if TYPE_CHECKING:
    from unetgen.parts.downs.average_pool import AveragePool
    from unetgen.parts.downs.blur_pool import BlurPoolDown
    from unetgen.parts.downs.max_pool import MaxPool
    from unetgen.parts.downs.mednext import MedNeXtDown
    from unetgen.parts.downs.space_to_depth import SpaceToDepth
    from unetgen.parts.downs.strided_conv import StridedConv

    AnyDown: TypeAlias = MaxPool | AveragePool | StridedConv | BlurPoolDown | SpaceToDepth | MedNeXtDown
else:
    AnyDown = Down  # each kind is imported when a config names it

DOWNS: Homes[Down] = Homes(
    __name__,
    {
        "max_pool": "max_pool.MaxPool",
        "average_pool": "average_pool.AveragePool",
        "strided_conv": "strided_conv.StridedConv",
        "blur_pool": "blur_pool.BlurPoolDown",
        "space_to_depth": "space_to_depth.SpaceToDepth",
        "mednext": "mednext.MedNeXtDown",
    },
)
DownField = Annotated[AnyDown, Kinds("down", DOWNS, base=Down)]

__all__ = ["DOWNS", "AnyDown", "DownField"]
