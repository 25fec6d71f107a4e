"""The primitive operations of a plan, final leaves of `Op`.

Adding one: its class here, its line in `_OPS`, and a row in the tables of `emit/keras` and `emit/onnx`;
tests assert that these cover every op. All else is asked of the op itself. The last two are in rewritten
plans only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_OPS = {
    "Input": "input",
    "Conv": "conv",
    "TransposedConv": "conv",
    "Pool": "pooling",
    "GlobalPool": "pooling",
    "AdaptivePool": "pooling",
    "Flatten": "vector",
    "BlurPool": "pooling",
    "PixelUnshuffle": "resample",
    "Upsample": "resample",
    "PixelShuffle": "resample",
    "Resize": "resample",
    "Pad": "border",
    "Crop": "border",
    "ResizeLike": "fitted",
    "CropLike": "fitted",
    "CropToMultiple": "fitted",
    "PadLike": "fitted",
    "PadToMultiple": "fitted",
    "Norm": "pointwise",
    "UnitNorm": "vector",
    "Activation": "pointwise",
    "PRelu": "pointwise",
    "Scale": "pointwise",
    "Dropout": "pointwise",
    "SelfAttention": "attention",
    "PositionAttention": "attention",
    "Concat": "merge",
    "Add": "merge",
    "AddVector": "vector",
    "Multiply": "merge",
    "SelectChannels": "image",
    "Standardize": "image",
    "MergedConv": "merged_conv",
    "AppendOnes": "merge",
    "PadChannels": "merge",
}
"""Every op that a plan may hold and its file, in the order of the reference documentation."""
_HOMES = {
    **_OPS,
    "Op": "base",
    "Weight": "base",
    "Kept": "workspace",
    "Workspace": "workspace",
}

ALL_OPS: tuple[type[Op], ...]
"""All of them."""


def __getattr__(name: str) -> Any:
    """An op, imported when it is first asked for: few networks have more than a dozen of them."""
    if name == "ALL_OPS":
        found: object = tuple(getattr(import_module(f"{__name__}.{home}"), op) for op, home in _OPS.items())
    elif name in _HOMES:
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


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
