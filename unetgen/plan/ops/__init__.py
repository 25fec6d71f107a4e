"""The primitive operations of a plan, final leaves of `Op`.

Adding one: its class here, and one row in each emitter's table; a test asserts that every table covers
every op.
"""

from unetgen.plan.ops.base import Kept, Op, Weight
from unetgen.plan.ops.conv import Conv, TransposedConv
from unetgen.plan.ops.merge import Add, Concat
from unetgen.plan.ops.pointwise import Activation, Dropout, Norm, PRelu
from unetgen.plan.ops.resample import Crop, Input, Pad, PixelShuffle, Pool, Resize, Upsample

ALL_OPS: tuple[type[Op], ...] = (
    Input,
    Conv,
    TransposedConv,
    Pool,
    Upsample,
    PixelShuffle,
    Resize,
    Pad,
    Crop,
    Norm,
    Activation,
    PRelu,
    Dropout,
    Concat,
    Add,
)
"""Every op that a plan may hold, in the order of the reference documentation."""

__all__ = [
    "ALL_OPS",
    "Activation",
    "Add",
    "Concat",
    "Conv",
    "Crop",
    "Dropout",
    "Input",
    "Kept",
    "Norm",
    "Op",
    "PRelu",
    "Pad",
    "PixelShuffle",
    "Pool",
    "Resize",
    "TransposedConv",
    "Upsample",
    "Weight",
]
