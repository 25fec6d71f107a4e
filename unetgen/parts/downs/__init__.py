"""Downs: how a level's output becomes the next, coarser level's input: `down`."""

from typing import Annotated, get_args

from unetgen.parts.choice import Kinds
from unetgen.parts.downs.average_pool import AveragePool
from unetgen.parts.downs.blur_pool import BlurPoolDown
from unetgen.parts.downs.down import Down
from unetgen.parts.downs.max_pool import MaxPool
from unetgen.parts.downs.mednext import MedNeXtDown
from unetgen.parts.downs.space_to_depth import SpaceToDepth
from unetgen.parts.downs.strided_conv import StridedConv

AnyDown = MaxPool | AveragePool | StridedConv | BlurPoolDown | SpaceToDepth | MedNeXtDown
DOWNS: tuple[type[Down], ...] = get_args(AnyDown)
DownField = Annotated[AnyDown, Kinds("down", AnyDown, base=Down)]

__all__ = ["DOWNS", "AnyDown", "DownField"]
