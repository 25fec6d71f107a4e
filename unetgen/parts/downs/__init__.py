"""Downs: how a level's output becomes the next, coarser level's input: `down`."""

from unetgen.parts.downs.average_pool import AveragePool
from unetgen.parts.downs.blur_pool import BlurPoolDown
from unetgen.parts.downs.max_pool import MaxPool
from unetgen.parts.downs.space_to_depth import SpaceToDepth
from unetgen.parts.downs.strided_conv import StridedConv
from unetgen.parts.part import kinds

DOWNS = (MaxPool, AveragePool, StridedConv, BlurPoolDown, SpaceToDepth)
AnyDown = MaxPool | AveragePool | StridedConv | BlurPoolDown | SpaceToDepth
DownField = kinds(*DOWNS)

__all__ = ["DOWNS", "AnyDown", "DownField"]
