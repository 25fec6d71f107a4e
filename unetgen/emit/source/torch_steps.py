"""The one table from ops to PyTorch: the module that a node is, or the function that computes it.

Padding that TensorFlow calls ``same`` is said in numbers where PyTorch's would differ: with strides it
depends on the size, and one side may get more than the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unetgen.emit.source.step import Argument, Made, SourceStep, Value
from unetgen.emit.source.torch_activations import activation_step
from unetgen.emit.source.torch_plan import TorchPlan
from unetgen.emit.source.torch_resampling import pool_step, resize_step, same_padding, upsample_step
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import (
    Activation,
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
    Input,
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
from unetgen.plan.ops.base import Axes, Specs


def torch_step(given: TorchPlan, node: Node) -> SourceStep:
    """The module or the function of `node`."""
    inputs = given.plan.input_specs(node)
    if node.name in given.padding:
        assert isinstance(node.op, Conv)
        return _made_conv(node.op, inputs, given.padding[node.name], ())
    make = STEPS[type(node.op)]
    assert make is not None, "refused before"
    return make(node.op, inputs)


def require_known(plan: Plan) -> None:
    """Raise `UnetgenError` with every op of `plan` that has no step, by its name."""
    ops = dict.fromkeys(type(node.op) for node in plan.nodes[1:] if STEPS.get(type(node.op)) is None)
    if ops:
        raise UnetgenError("\n".join(f"torch-source: {op.__name__} cannot be said in PyTorch" for op in ops))


def one_for_all(values: Axes) -> Value:
    """One number for all axes, where it is the same on each."""
    return values[0] if len(set(values)) == 1 else values


def channels(name: str, number: int) -> Argument:
    """An argument that counts channels, told by its place."""
    return Argument(name, number, "channels", is_positional=True)


def sizes(name: str, values: Axes, default: Value | None = None, is_positional: bool = False) -> Argument:
    """An argument with a number for each axis."""
    return Argument(name, one_for_all(values), "sizes", is_positional, ... if default is None else default)


def padding_of(amounts: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """(before, after) of each axis as ``nn.functional.pad`` wants them: the last axis first."""
    return tuple(number for pair in reversed(amounts) for number in pair)


def _conv(op: Conv, inputs: Specs) -> SourceStep:
    none = (0,) * len(op.kernel)
    if op.padding == "valid" or max(op.kernel) == 1 == max(op.strides):
        return _made_conv(op, inputs, none, ())
    if max(op.strides) == 1:
        return _made_conv(op, inputs, "same", ())
    windows = tuple(op.extent(axis) for axis in range(len(op.kernel)))
    amounts = same_padding(inputs[0], windows, op.strides)
    if amounts is not None and all(before == after for before, after in amounts):
        return _made_conv(op, inputs, tuple(before for before, _ in amounts), ())
    return _made_conv(op, inputs, none, (windows, op.strides))


def _made_conv(op: Conv, inputs: Specs, padding: Axes | str, same: tuple[Axes, ...]) -> SourceStep:
    amount = Argument("padding", padding) if isinstance(padding, str) else sizes("padding", padding, 0)
    layer = Made(
        f"nn.Conv{inputs[0].dims}d",
        (
            channels("in_channels", inputs[0].channels),
            channels("out_channels", op.filters),
            sizes("kernel_size", op.kernel, is_positional=True),
            sizes("stride", op.strides, 1),
            amount,
            sizes("dilation", op.dilation, 1),
            Argument("groups", op.groups, "channels", default=1),
            Argument("bias", op.use_bias, default=True),
        ),
    )
    if not same:
        return SourceStep(layer)
    words = ("extent", "stride")
    given = tuple(Argument(word, row, "sizes", True) for word, row in zip(words, same, strict=True))
    return SourceStep(layer, Made("pad_same", given), helpers=("pad_same",))


def _transposed_conv(op: TransposedConv, inputs: Specs) -> SourceStep:
    pairs = list(zip(op.kernel, op.strides, strict=True))
    larger = [max(kernel - stride, 0) for kernel, stride in pairs]
    before = tuple(more // 2 if op.padding == "same" else 0 for more in larger)
    cut = [more % 2 if op.padding == "same" else 0 for more in larger]
    layer = Made(
        f"nn.ConvTranspose{inputs[0].dims}d",
        (
            channels("in_channels", inputs[0].channels),
            channels("out_channels", op.filters),
            sizes("kernel_size", op.kernel, is_positional=True),
            sizes("stride", op.strides, 1),
            sizes("padding", before, 0),
            sizes("output_padding", tuple(max(stride - kernel, 0) for kernel, stride in pairs), 0),
            Argument("groups", op.groups, "channels", default=1),
            Argument("bias", op.use_bias, default=True),
        ),
    )
    return SourceStep(layer, suffix=_cut([(0, each) for each in cut]) if any(cut) else "")


def _cut(amounts: Sequence[tuple[int, int]]) -> str:
    """The index that leaves out positions before and after each axis.

    >>> _cut([(1, 2), (0, 1), (0, 0)])
    '[:, :, 1:-2, :-1, :]'
    """
    parts = (f"{before or ''}:{-after if after else ''}" for before, after in amounts)
    return f"[:, :, {', '.join(parts)}]"


def _function(name: str, *arguments: Argument, is_helper: bool = False) -> SourceStep:
    return SourceStep(function=Made(name, arguments), helpers=(name,) if is_helper else ())


def _module(name: str, *arguments: Argument, is_helper: bool = False) -> SourceStep:
    return SourceStep(Made(name, arguments), helpers=(name,) if is_helper else ())


def _global_pool(op: GlobalPool, inputs: Specs) -> SourceStep:
    axes = Argument("dim", tuple(range(2, 2 + inputs[0].dims)))
    name = {"average": ".mean", "max": ".amax"}[op.reduction]
    return _function(name, axes, Argument("keepdim", True))


def _adaptive_pool(op: AdaptivePool, inputs: Specs) -> SourceStep:
    name = f"nn.functional.adaptive_avg_pool{inputs[0].dims}d"
    return _function(name, sizes("output_size", op.bins, is_positional=True))


def _blur_pool(op: BlurPool, inputs: Specs) -> SourceStep:
    strides, taps = Argument("strides", op.strides, "sizes"), Argument("taps", op.taps)
    return _function("blur_pool", strides, taps, is_helper=True)


def _resize_like(op: ResizeLike, inputs: Specs) -> SourceStep:
    if op.interpolation == "nearest":
        return _function("resize_nearest_like", is_helper=True)
    is_aligned = op.interpolation == "linear_align_corners"
    return _function("resize_like", Argument("align_corners", is_aligned, default=False), is_helper=True)


def _shuffled(name: str) -> Callable[[PixelShuffle | PixelUnshuffle, Specs], SourceStep]:
    def made(op: PixelShuffle | PixelUnshuffle, inputs: Specs) -> SourceStep:
        if len(op.size) == 2 and len(set(op.size)) == 1:
            return _function(f"nn.functional.{name}", sizes("factor", op.size, is_positional=True))
        return _function(name, Argument("factors", op.size, "sizes", is_positional=True), is_helper=True)

    return made


def _pad(op: Pad, inputs: Specs) -> SourceStep:
    amounts = Argument("pad", padding_of(op.amounts), is_positional=True)
    return _function("nn.functional.pad", amounts, *_mode(op))


def _pad_channels(op: PadChannels, inputs: Specs) -> SourceStep:
    count = Argument("count", op.count, is_positional=True)
    detach = Argument("detach", op.is_detached, default=False)
    return _function("pad_channels", count, detach, is_helper=True)


def _mode(op: Pad | PadLike) -> list[Argument]:
    return [Argument("mode", "replicate")] if op.mode == "edge" else []


def _multiples(op: PadToMultiple | CropToMultiple) -> Argument:
    return Argument("multiples", op.multiples, "sizes", is_positional=True)


def _norm(op: Norm, inputs: Specs) -> SourceStep:
    (source,) = inputs
    count, eps = source.channels, Argument("eps", op.epsilon, default=1e-5)
    affine = Argument("affine", op.affine, default=True)
    if op.method == "batch":
        # PyTorch's momentum is the share of the new batch, Keras's that of the old average.
        momentum = Argument("momentum", round(1 - (op.momentum or 0.0), 12), default=0.1)
        if isinstance(op.affine, str):
            learned = Argument("learned", op.affine)
            return _module(
                "PartialBatchNorm", channels("num_features", count), learned, eps, momentum, is_helper=True
            )
        return _module(f"nn.BatchNorm{source.dims}d", channels("num_features", count), eps, momentum, affine)
    if op.method == "layer":
        affine = Argument("elementwise_affine", op.affine, default=True)
        return _module("ChannelNorm", channels("normalized_shape", count), eps, affine, is_helper=True)
    if op.method == "instance" and source.positions > 1:
        affine = Argument("affine", op.affine, default=False)
        return _module(f"nn.InstanceNorm{source.dims}d", channels("num_features", count), eps, affine)
    # PyTorch's instance norm refuses to train on a single position.
    groups = channels("num_groups", count) if op.method == "instance" else None
    groups = groups or Argument("num_groups", op.groups, is_positional=True)
    return _module("nn.GroupNorm", groups, channels("num_channels", count), eps, affine)


def _prelu(op: PRelu, inputs: Specs) -> SourceStep:
    initial = Argument("init", op.initial_slope, default=0.25)
    if op.shared == "element":
        shape = Argument("shape", (inputs[0].channels, *inputs[0].spatial), is_positional=True)
        return _module("ElementPReLU", shape, initial, is_helper=True)
    return _module(
        "nn.PReLU", *([channels("num_parameters", inputs[0].channels)] * (op.shared == "channel")), initial
    )


def _scale(op: Scale, inputs: Specs) -> SourceStep:
    count, initial = channels("channels", inputs[0].channels), Argument("initial", op.initial)
    return _module("ChannelScale", count, initial, is_helper=True)


def _self_attention(op: SelfAttention, inputs: Specs) -> SourceStep:
    return _module(
        "SelfAttention",
        channels("channels", inputs[0].channels),
        Argument("num_heads", op.num_heads),
        Argument("key_dim", op.key_dim),
        Argument("bias", op.use_bias, default=True),
        Argument("dropout", op.dropout, default=0.0),
        is_helper=True,
    )


def _dropout(op: Dropout, inputs: Specs) -> SourceStep:
    name = f"nn.Dropout{inputs[0].dims}d" if op.spatial else "nn.Dropout"
    return _module(name, Argument("p", op.rate, is_positional=True))


STEPS: Mapping[type[Op], Callable[[Any, Specs], SourceStep] | None] = {
    Input: None,
    Conv: _conv,
    TransposedConv: _transposed_conv,
    Pool: pool_step,
    GlobalPool: _global_pool,
    AdaptivePool: _adaptive_pool,
    Flatten: lambda op, inputs: _function(".flatten", Argument("start_dim", 1)),
    BlurPool: _blur_pool,
    PixelUnshuffle: _shuffled("pixel_unshuffle"),
    Upsample: upsample_step,
    Resize: resize_step,
    PixelShuffle: _shuffled("pixel_shuffle"),
    Pad: _pad,
    Crop: lambda op, inputs: SourceStep(suffix=_cut(op.amounts)),
    ResizeLike: _resize_like,
    CropLike: lambda op, inputs: _function("crop_like", is_helper=True),
    CropToMultiple: lambda op, inputs: _function("crop_to_multiple", _multiples(op), is_helper=True),
    PadLike: lambda op, inputs: _function("pad_like", *_mode(op), is_helper=True),
    PadToMultiple: lambda op, inputs: _function("pad_to_multiple", _multiples(op), is_helper=True),
    Norm: _norm,
    UnitNorm: lambda op, inputs: _function("nn.functional.normalize", Argument("dim", 1)),
    Activation: lambda op, inputs: activation_step(op.name, op.options),
    PRelu: _prelu,
    Scale: _scale,
    Dropout: _dropout,
    SelfAttention: _self_attention,
    PositionAttention: lambda op, inputs: _function("position_attention", is_helper=True),
    Concat: lambda op, inputs: SourceStep(function=Made("torch.cat", (Argument("dim", 1),)), takes="list"),
    Add: lambda op, inputs: SourceStep(takes="+"),
    AddVector: lambda op, inputs: SourceStep(takes="+"),
    Multiply: lambda op, inputs: SourceStep(takes="*"),
    SelectChannels: lambda op, inputs: SourceStep(suffix=f"[:, {list(op.channels)}]"),
    Standardize: lambda op, inputs: _function(
        "standardize", Argument("mean", op.mean), Argument("std", op.std), is_helper=True
    ),
    MergedConv: None,
    AppendOnes: None,
    PadChannels: _pad_channels,
}
"""Of each op its step; None for the input, and for those that rewrites make: no source is made of them."""
