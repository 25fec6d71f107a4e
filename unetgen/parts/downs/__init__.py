"""Downs: how a level's output becomes the next, coarser level's input: `down`."""

from unetgen.parts.downs.average_pool import AveragePool
from unetgen.parts.downs.max_pool import MaxPool
from unetgen.parts.downs.strided_conv import StridedConv
from unetgen.parts.part import kinds

DOWNS = (MaxPool, AveragePool, StridedConv)
AnyDown = MaxPool | AveragePool | StridedConv
DownField = kinds(*DOWNS)

__all__ = ["DOWNS", "AnyDown", "DownField"]
