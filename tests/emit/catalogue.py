"""A catalogue of ops, every field of each with several values, for the tests of all emitters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import (
    AdaptivePool,
    Add,
    AddVector,
    AppendOnes,
    BlurPool,
    Concat,
    Conv,
    Crop,
    CropLike,
    CropToMultiple,
    Dropout,
    Flatten,
    GlobalPool,
    MergedConv,
    Multiply,
    Norm,
    Op,
    Pad,
    PadChannels,
    PadLike,
    PadToMultiple,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PositionAttention,
    PRelu,
    Resize,
    ResizeLike,
    Scale,
    SelectChannels,
    SelfAttention,
    Standardize,
    TransposedConv,
    UnitNorm,
    Upsample,
)
from unetgen.plan.ops.conv import Padding
from unetgen.plan.ops.resample import Interpolation
from unetgen.plan.tensor import TensorSpec

SPATIAL = {1: (12,), 2: (8, 12), 3: (6, 6, 8)}
CHANNELS = 4
MODES: tuple[Literal["constant", "edge"], ...] = ("constant", "edge")
PADDINGS: tuple[Padding, ...] = ("same", "valid")
REDUCTIONS: tuple[Literal["max", "average"], ...] = ("max", "average")
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)
SHARED: tuple[Literal["channel", "element", "all"], ...] = ("channel", "element", "all")


def ops(dims: int) -> Iterator[Op]:
    """Ops of one input, every field of each with several values, odd and uneven where they may be."""
    ones, uneven = (1,) * dims, (2, 1, 3)[:dims]
    for padding in PADDINGS:
        for kernel, strides, dilation in (
            ((3,) * dims, ones, ones),
            ((2, 3, 1)[:dims], (2,) * dims, ones),
            ((3, 1, 2)[:dims], ones, (2, 1, 2)[:dims]),
            ((1, 3, 3)[:dims], (3, 2, 2)[:dims], ones),
            ((5,) * dims, (4,) * dims, ones),  # pads another size otherwise
        ):
            yield Conv(6, kernel, strides, dilation, padding, groups=2, activation="elu")
            yield Conv(3, kernel, strides, dilation, padding, use_bias=False)
        for taps in (2, 3, 4):
            yield TransposedConv(3, (taps,) * dims, (2,) * dims, padding, use_bias=taps > 2)
        yield TransposedConv(3, (1, 2, 3)[:dims], (3, 2, 1)[:dims], padding)
        yield TransposedConv(CHANNELS, (3,) * dims, (2,) * dims, padding, groups=CHANNELS)
        yield TransposedConv(6, (2, 3, 1)[:dims], (3, 2, 2)[:dims], padding, False, groups=2)
        for reduction in REDUCTIONS:
            yield Pool(reduction, (2,) * dims, padding=padding)
            yield Pool(reduction, (3, 2, 3)[:dims], uneven, padding)
            yield Pool(reduction, (2, 1, 2)[:dims], (3, 2, 1)[:dims], padding)
            yield Pool(reduction, (5,) * dims, (4,) * dims, padding)
        for factors in ((2,) * dims, (3, 1, 2)[:dims]):
            for kernel in ((3,) * dims, (2, 3, 4)[:dims]):
                yield MergedConv(Conv(5, kernel, ones, ones, padding, activation="relu"), (factors,))
    yield Conv(8, (3,) * dims, ones, ones, groups=CHANNELS)
    for reduction in REDUCTIONS:
        yield GlobalPool(reduction)
    for bins in (2, 4, 5):  # divides every size, some, and none; more than some have
        yield AdaptivePool((bins, 2, 7)[:dims])
    for taps in (2, 3, 4, 5):
        yield BlurPool((2, 1, 3)[:dims], taps)
    for interpolation in INTERPOLATIONS:
        for size in ((2,) * dims, (3, 1, 2)[:dims]):
            yield Upsample(size, interpolation)
        for spatial in ((5, 16, 9)[:dims], (12, 3, 8)[:dims]):
            yield Resize(spatial, interpolation)
    yield PixelShuffle((2, 2, 1)[:dims])
    yield PixelUnshuffle((2, 3, 1)[:dims])
    for amounts in (((1, 2),) * dims, ((0, 1), (3, 0), (2, 2))[:dims]):
        yield Pad(amounts)
        yield Pad(amounts, "edge")
        yield Crop(tuple((before // 2, after // 2) for before, after in amounts))
    for affine in (True, False):
        yield Norm("batch", 1e-3, 0.99, affine=affine)
        yield Norm("batch", 1e-4, 0.9, affine="scale" if affine else "center")
        yield Norm("instance", 1e-5, affine=affine)
        yield Norm("instance", 1e-5, affine=affine, fused=True)
        yield Norm("group", 1e-3, groups=2, affine=affine)
        yield Norm("layer", 1e-6, affine=affine)
    yield UnitNorm()
    for shared in SHARED:
        yield PRelu(shared)
    yield Scale()
    yield SelectChannels((2, 1, 1, 0, 3))
    yield Standardize((0.4, -1.0, 0.0, 2.0), (0.2, 1.0, 3.0, 0.5))
    yield Standardize((1.5,) * CHANNELS, (0.5,) * CHANNELS)
    yield Dropout(0.5)
    yield Dropout(0.5, spatial=True)
    yield SelfAttention(2, 3)
    yield SelfAttention(1, 5, use_bias=False)
    yield AppendOnes()
    yield AppendOnes(2)
    yield PadChannels(3)
    yield PadChannels(1, is_detached=True)


def beside(dims: int, spec: TensorSpec) -> Plan:
    """All of `ops` beside each other, and those of several inputs, each an output."""
    builder = Builder(spec)
    x = builder.input
    made = [
        builder.add(op, x, name=f"op{index}")
        for index, op in enumerate(ops(dims))
        if not (spec.free and op == PRelu("element"))  # its weights know the size
    ]
    ones = (1,) * dims
    conv = Conv(CHANNELS, (3,) * dims, ones, ones)
    y, small = builder.add(conv, x, name="y"), builder.add(Pool("max", (2,) * dims), x, name="small")
    gate = builder.add(Conv(1, ones, ones, ones), x, name="gate")
    squeezed = builder.add(GlobalPool(), x, name="squeezed")
    made += [
        builder.add(Concat(), x, y, gate, name="concat"),
        builder.add(Add(), x, y, y, name="add"),
        builder.add(Multiply(), y, gate, name="gated"),
        builder.add(Multiply(), y, squeezed, name="weighed"),
        builder.add(Flatten(), squeezed, name="vector"),
        builder.add(AddVector(), y, squeezed, name="shifted"),
    ]
    key = builder.add(Conv(1, ones, ones, ones), x, name="key")
    made.append(builder.add(PositionAttention(), gate, key, y, name="attended"))
    for padding in PADDINGS:
        inner = Conv(5, (3, 2, 3)[:dims], ones, ones, padding, activation="tanh")
        for factors in (((2,) * dims, ones), (ones, (2,) * dims), ((2,) * dims,) * 2):
            sources = [small if max(each) > 1 else x for each in factors]
            made.append(builder.add(MergedConv(inner, factors), *sources, name=f"merged{len(made)}"))
    made += fitted(builder, x, y, small)
    padded = builder.add(Pad(((1, 2),) * dims), x, name="padded")
    for padding in PADDINGS:
        strided = Conv(3, (3,) * dims, (2,) * dims, ones, padding)
        made.append(builder.add(strided, padded, name=f"folded_{padding}"))
    return builder.finish(*made)


def fitted(builder: Builder, x: Node, y: Node, small: Node) -> list[Node]:
    """The ops that bring a tensor to another's size, or to multiples."""
    dims = x.spec.dims
    middle = builder.add(Crop(((1, 2),) * dims), y, name="middle")
    made = [
        builder.add(CropLike(), y, middle, name="cropped_like"),
        builder.add(PadToMultiple((4, 5, 3)[:dims]), x, name="padded_to"),
        builder.add(CropToMultiple((4, 5, 3)[:dims]), x, name="cropped_to"),
    ]
    made += [builder.add(PadLike(mode), middle, y, name=f"padded_like_{mode}") for mode in MODES]
    for interpolation in INTERPOLATIONS:
        made.append(builder.add(ResizeLike(interpolation), middle, y, name=f"resized_{interpolation}"))
        made.append(builder.add(ResizeLike(interpolation), x, small, name=f"shrunk_{interpolation}"))
    return made
