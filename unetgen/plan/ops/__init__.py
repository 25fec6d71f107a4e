"""The primitive operations of a plan, final leaves of `Op`.

Adding one: its class here, its line in `ALL_OPS`, and a row in the tables of `emit/keras` and `emit/onnx`;
tests assert that these cover every op. All else is asked of the op itself. The last two are in rewritten
plans only.
"""

from unetgen.plan.ops.attention import PositionAttention, SelfAttention
from unetgen.plan.ops.base import Op, Weight
from unetgen.plan.ops.border import Crop, Pad
from unetgen.plan.ops.conv import Conv, TransposedConv
from unetgen.plan.ops.fitted import CropLike, CropToMultiple, PadLike, PadToMultiple, ResizeLike
from unetgen.plan.ops.image import SelectChannels, Standardize
from unetgen.plan.ops.input import Input
from unetgen.plan.ops.merge import Add, AppendOnes, Concat, Multiply, PadChannels
from unetgen.plan.ops.merged_conv import MergedConv
from unetgen.plan.ops.pointwise import Activation, Dropout, Norm, PRelu, Scale
from unetgen.plan.ops.pooling import AdaptivePool, BlurPool, GlobalPool, Pool
from unetgen.plan.ops.resample import PixelShuffle, PixelUnshuffle, Resize, Upsample
from unetgen.plan.ops.vector import AddVector, Flatten, UnitNorm
from unetgen.plan.ops.workspace import Kept, Workspace

ALL_OPS: tuple[type[Op], ...] = (
    Input,
    Conv,
    TransposedConv,
    Pool,
    GlobalPool,
    AdaptivePool,
    Flatten,
    BlurPool,
    PixelUnshuffle,
    Upsample,
    PixelShuffle,
    Resize,
    Pad,
    Crop,
    ResizeLike,
    CropLike,
    CropToMultiple,
    PadLike,
    PadToMultiple,
    Norm,
    UnitNorm,
    Activation,
    PRelu,
    Scale,
    Dropout,
    SelfAttention,
    PositionAttention,
    Concat,
    Add,
    AddVector,
    Multiply,
    SelectChannels,
    Standardize,
    MergedConv,
    AppendOnes,
    PadChannels,
)
"""Every op that a plan may hold, in the order of the reference documentation."""

__all__ = [
    "ALL_OPS",
    "Activation",
    "AdaptivePool",
    "Add",
    "AddVector",
    "AppendOnes",
    "BlurPool",
    "Concat",
    "Conv",
    "Crop",
    "CropLike",
    "CropToMultiple",
    "Dropout",
    "Flatten",
    "GlobalPool",
    "Input",
    "Kept",
    "MergedConv",
    "Multiply",
    "Norm",
    "Op",
    "PRelu",
    "Pad",
    "PadChannels",
    "PadLike",
    "PadToMultiple",
    "PixelShuffle",
    "PixelUnshuffle",
    "Pool",
    "PositionAttention",
    "Resize",
    "ResizeLike",
    "Scale",
    "SelectChannels",
    "SelfAttention",
    "Standardize",
    "TransposedConv",
    "UnitNorm",
    "Upsample",
    "Weight",
    "Workspace",
]
