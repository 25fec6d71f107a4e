"""Laws of the primitive operations, against plain counting and NumPy written here."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from unetgen.plan.ops import (
    ALL_OPS,
    Activation,
    AdaptivePool,
    Add,
    AddVector,
    AppendOnes,
    BlurPool,
    Concat,
    Conv,
    Crop,
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
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PositionAttention,
    PRelu,
    Resize,
    Scale,
    SelectChannels,
    SelfAttention,
    Standardize,
    TransposedConv,
    UnitNorm,
    Upsample,
)
from unetgen.plan.tensor import TensorSpec

SHAPES = [(1,), (7, 9), (13, 17, 9), (8, 8), (6, 10, 4)]


def ones(spatial: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * len(spatial)


@pytest.mark.parametrize("spatial", SHAPES)
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_same_convolution_keeps_the_size(spatial: tuple[int, ...], kernel: int) -> None:
    op = Conv(5, (kernel,) * len(spatial), ones(spatial), ones(spatial))
    assert op.infer((TensorSpec(spatial, 3),)) == TensorSpec(spatial, 5)


@pytest.mark.parametrize("size", range(1, 14))
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_valid_convolution_counts_the_positions_where_the_kernel_fits(
    size: int, kernel: int, stride: int
) -> None:
    fits = [start for start in range(0, size, stride) if start + kernel <= size]
    out = Conv(1, (kernel,), (stride,), (1,), "valid").infer((TensorSpec((size,), 1),)).spatial[0]
    assert max(out, 0) == len(fits)


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_strided_convolution_counts_every_stride(size: int, stride: int) -> None:
    op = Conv(1, (3,), (stride,), (1,), "same")
    assert op.infer((TensorSpec((size,), 1),)).spatial == (len(range(0, size, stride)),)


@pytest.mark.parametrize("spatial", [(5,), (4, 3), (3, 2, 4)])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_macs_of_a_convolution_count_every_product(spatial: tuple[int, ...], padding: str) -> None:
    kernel = (2,) * len(spatial)
    op = Conv(3, kernel, ones(spatial), ones(spatial), padding)  # type: ignore[arg-type]
    out = spatial if padding == "same" else tuple(n - 1 for n in spatial)
    products = 0
    for _ in itertools.product(*map(range, out), range(3)):  # every output value
        products += len(list(itertools.product(*map(range, kernel), range(2))))  # every weight it meets
    assert op.macs((TensorSpec(spatial, 2),)) == products


def test_macs_of_a_transposed_convolution_count_every_scattered_product() -> None:
    op = TransposedConv(3, (2, 2), (2, 2))
    scattered = sum(1 for _ in itertools.product(range(5), range(4), range(6), range(3), range(2), range(2)))
    assert op.macs((TensorSpec((5, 4), 6),)) == scattered


def test_a_transposed_convolution_in_groups_scatters_within_each() -> None:
    op, source = TransposedConv(6, (3, 2), (2, 2), groups=2), TensorSpec((5, 4), 4)
    alone = replace(op, filters=3, groups=1), TensorSpec((5, 4), 2)
    assert op.macs((source,)) == 2 * alone[0].macs((alone[1],))
    kernel, bias = op.weights((source,))
    assert (kernel.shape, bias.shape) == ((3, 2, 3, 4), (6,))
    assert list(replace(op, groups=4).broken_rules((source,))) == ["4 groups do not divide its channels"]


def dependency(op: Op, size: int) -> np.ndarray:
    """Which inputs an output position depends on, by trying: a plain 1D computation of each op."""
    rows = []
    for source in range(size):
        x = np.zeros(size)
        x[source] = 1.0
        rows.append(forward(op, x) != 0)
    return np.array(rows).T


def forward(op: Op, x: np.ndarray) -> np.ndarray:
    size = len(x)
    if isinstance(op, Conv):
        kernel, stride, dilation = op.kernel[0], op.strides[0], op.dilation[0]
        extent = (kernel - 1) * dilation + 1
        if op.padding == "same":
            total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
            x = np.pad(x, (total // 2, total - total // 2))
        starts = range(0, len(x) - extent + 1, stride)
        return np.array([x[s : s + extent : dilation].sum() for s in starts])
    if isinstance(op, TransposedConv):
        kernel, stride = op.kernel[0], op.strides[0]
        full = np.zeros((size - 1) * stride + max(kernel, stride))
        for i, value in enumerate(x):
            full[i * stride : i * stride + kernel] += value
        if op.padding == "same":
            before = max(kernel - stride, 0) // 2
            full = np.pad(full, (0, stride))[before : before + size * stride]
        return full
    if isinstance(op, Pool):
        window, stride = op.size[0], (op.strides or op.size)[0]
        if op.padding == "same":
            total = max((math.ceil(size / stride) - 1) * stride + window - size, 0)
            x = np.pad(x, (total // 2, total - total // 2))
        return np.array([x[s : s + window].sum() for s in range(0, len(x) - window + 1, stride)])
    if isinstance(op, GlobalPool | SelfAttention):
        return np.full(1 if isinstance(op, GlobalPool) else size, x.sum())
    if isinstance(op, AdaptivePool):
        (bins,) = op.bins
        return np.array([x[i * size // bins : -(-(i + 1) * size // bins)].sum() for i in range(bins)])
    if isinstance(op, BlurPool):
        before = (op.taps - 1) // 2
        x = np.pad(x, (before, op.taps - 1 - before), mode="reflect")
        return np.array([x[s : s + op.taps].sum() for s in range(0, size, op.strides[0])])
    if isinstance(op, PixelUnshuffle):
        return x.reshape(-1, op.size[0]).sum(axis=1)
    if isinstance(op, Upsample | Resize):
        out = size * op.size[0] if isinstance(op, Upsample) else op.spatial[0]
        if op.interpolation == "nearest":
            return x[[i * size // out for i in range(out)]]
        centres = (np.arange(out) + 0.5) * size / out - 0.5
        if op.interpolation == "linear_align_corners":
            centres = np.arange(out) * (size - 1) / max(out - 1, 1)
        return np.interp(centres, np.arange(size), x)
    if isinstance(op, Pad):
        return np.pad(x, op.amounts[0], mode=op.mode)
    assert isinstance(op, Crop)
    before, after = op.amounts[0]
    return x[before : size - after]


WINDOW_OPS = [
    Conv(1, (3,), (1,), (1,)),
    Conv(1, (3,), (2,), (1,)),
    Conv(1, (4,), (2,), (1,)),
    Conv(1, (3,), (1,), (2,)),
    Conv(1, (3,), (2,), (1,), "valid"),
    TransposedConv(1, (2,), (2,)),
    TransposedConv(1, (3,), (2,)),
    TransposedConv(1, (4,), (2,)),
    TransposedConv(1, (3,), (2,), "valid"),
    TransposedConv(1, (1,), (2,)),
    Pool("max", (2,)),
    Pool("average", (3,)),
    Pool("max", (3,), (2,), "same"),
    Pool("max", (2,), (1,), "same"),
    Pool("average", (3,), (3,), "same"),
    Pool("average", (3,), (2,)),
    GlobalPool(),
    SelfAttention(2, 3),
    AdaptivePool((3,)),
    AdaptivePool((4,)),
    AdaptivePool((13,)),
    BlurPool((2,)),
    BlurPool((3,), 5),
    BlurPool((2,), 4),
    Upsample((2,)),
    Upsample((3,)),
    Upsample((2,), "linear"),
    Upsample((3,), "linear"),
    Upsample((2,), "linear_align_corners"),
    Upsample((3,), "linear_align_corners"),
    Resize((7,), "nearest"),
    Resize((7,), "linear"),
    Resize((5,), "linear"),
    *(Resize((size,), "linear_align_corners") for size in (1, 5, 7, 19)),
    Pad(((2, 1),)),
    Pad(((2, 1),), "edge"),
    Crop(((1, 2),)),
]


@pytest.mark.parametrize("op", WINDOW_OPS, ids=str)
@pytest.mark.parametrize("size", [9, 10])
def test_window_is_what_an_output_depends_on(op: Op, size: int) -> None:
    spec = TensorSpec((size,), 1)
    seen = dependency(op, size)
    assert op.infer((spec,)).spatial == (len(seen),)
    for position, row in enumerate(seen):
        low, high = op.window(0, position, position, (spec,))
        if isinstance(op, BlurPool):  # beyond the edges it sees what is reflected there
            low, high = min(low, 2 * (size - 1) - high), max(high, -low)
        if isinstance(op, Pad) and op.mode == "edge":  # the outermost value, beyond it too
            low, high = min(max(low, 0), size - 1), min(max(high, 0), size - 1)
        inside = list(range(max(low, 0), min(high, size - 1) + 1))
        found = np.flatnonzero(row)
        if not inside or not len(found):
            assert len(found) == 0
            continue
        if isinstance(op, Conv) and op.dilation != (1,) and not 0 <= low <= high < size:
            continue  # at a border the outermost taps of a dilated kernel fall outside, into a gap
        assert (inside[0], inside[-1]) == (found[0], found[-1])


@pytest.mark.parametrize("op", WINDOW_OPS, ids=str)
def test_step_is_the_ratio_of_sizes_far_from_the_borders(op: Op) -> None:
    if isinstance(op, Pad | Crop | GlobalPool | SelfAttention):
        assert op.step(0) == 1
        return
    step = op.step(0)
    if isinstance(op, Resize | AdaptivePool):
        assert step is None
        return
    large = op.infer((TensorSpec((6000,), 1),)).spatial[0]
    assert step is not None and 6000 / large == pytest.approx(float(step), rel=1e-2)


@pytest.mark.parametrize("size", [4, 6, 8])
def test_pixel_unshuffle_sees_the_positions_of_one_block(size: int) -> None:
    op, spec = PixelUnshuffle((2,)), TensorSpec((size,), 3)
    seen = dependency(op, size)
    assert op.infer((spec,)) == TensorSpec((len(seen),), 6)
    windows = [op.window(0, i, i, (spec,)) for i in range(len(seen))]
    assert windows == [(np.flatnonzero(row)[0], np.flatnonzero(row)[-1]) for row in seen]


@pytest.mark.parametrize("spatial", SHAPES)
@pytest.mark.parametrize("op", [GlobalPool("max"), GlobalPool(), SelfAttention(2, 3)], ids=str)
def test_what_sees_everything_does_so_on_every_axis(op: Op, spatial: tuple[int, ...]) -> None:
    spec = TensorSpec(spatial, 4)
    for axis, size in enumerate(spatial):
        assert op.window(axis, 0, 0, (spec,)) == (0, size - 1)
    out = op.infer((spec,))
    assert out == (spec if isinstance(op, SelfAttention) else TensorSpec(ones(spatial), 4))


@pytest.mark.parametrize("spatial", SHAPES)
def test_one_position_flattens_to_a_vector_and_nothing_else_does(spatial: tuple[int, ...]) -> None:
    op, one = Flatten(), TensorSpec(ones(spatial), 4)
    assert op.infer((one,)) == TensorSpec((), 4)
    assert not list(op.broken_rules((one,)))
    assert list(op.broken_rules((TensorSpec((*ones(spatial)[1:], 2), 4),)))
    assert list(op.broken_rules((TensorSpec(ones(spatial), 4, free=(0,)),)))
    assert [op.window(axis, 0, 0, (one,)) for axis in range(len(spatial))] == [(0, 0)] * len(spatial)


@pytest.mark.parametrize("spatial", SHAPES)
def test_a_vector_is_added_to_features_of_as_many_channels(spatial: tuple[int, ...]) -> None:
    op, features, vector = AddVector(), TensorSpec(spatial, 4), TensorSpec(ones(spatial), 4)
    assert op.infer((features, vector)) == features
    assert not list(op.broken_rules((features, vector)))
    for other in (TensorSpec(ones(spatial), 3), TensorSpec((*ones(spatial)[1:], 2), 4), TensorSpec((), 4)):
        assert list(op.broken_rules((features, other)))


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize(("window", "stride"), [(2, 2), (3, 2), (3, 3), (2, 1)])
def test_padded_pooling_rounds_up(size: int, window: int, stride: int) -> None:
    op = Pool("max", (window,), (stride,), "same")
    assert op.infer((TensorSpec((size,), 1),)).spatial == (len(range(0, size, stride)),)


@pytest.mark.parametrize("spatial", [(5,), (4, 3)])
def test_a_grouped_convolution_counts_what_its_groups_have(
    spatial: tuple[int, ...],
) -> None:
    kernel, spec = (3,) * len(spatial), (TensorSpec(spatial, 6),)
    grouped = Conv(4, kernel, ones(spatial), ones(spatial), groups=2)
    of_one = Conv(2, kernel, ones(spatial), ones(spatial))  # two of these, each on three channels
    half = (TensorSpec(spatial, 3),)
    assert sum(w.size for w in grouped.weights(spec)) == 2 * sum(w.size for w in of_one.weights(half))
    assert grouped.macs(spec) == 2 * of_one.macs(half)


def test_self_attention_counts_its_projections_and_both_products_with_the_scores() -> None:
    op, spec = SelfAttention(3, 4), (TensorSpec((2, 5), 7),)
    positions, width = 10, 12
    assert sum(w.size for w in op.weights(spec)) == 3 * (7 * width + width) + width * 7 + 7
    assert sum(w.size for w in SelfAttention(3, 4, use_bias=False).weights(spec)) == 4 * 7 * width
    projections, products = 4 * positions * 7 * width, 2 * positions * positions * width
    assert op.macs(spec) == projections + products
    assert op.score_elements(spec) == 3 * positions * positions


def test_position_attention_counts_both_products_and_has_no_weights() -> None:
    query, value = TensorSpec((2, 5), 3), TensorSpec((2, 5), 7)
    op, specs = PositionAttention(), (query, query, value)
    assert op.infer(specs) == value
    assert op.weights(specs) == ()
    assert op.macs(specs) == 10 * 10 * 3 + 10 * 10 * 7
    assert op.score_elements(specs) == 100
    assert [op.window(axis, 0, 0, specs) for axis in (0, 1)] == [(0, 1), (0, 4)]
    assert list(op.broken_rules(specs)) == []
    assert list(op.broken_rules((query, value, value)))
    assert list(op.broken_rules((query, query, TensorSpec((5, 2), 7))))


def test_scale_and_a_single_slope_have_their_weights() -> None:
    spec = (TensorSpec((4, 5), 7),)
    assert [w.shape for w in Scale().weights(spec)] == [(7,)]
    assert [w.shape for w in PRelu("all").weights(spec)] == [(1, 1, 1)]


def test_a_gate_changes_no_spec() -> None:
    features, gate = TensorSpec((4, 5), 7), TensorSpec((1, 1), 7)
    assert Multiply().infer((features, gate)) == features


def test_pixel_shuffle_keeps_every_value() -> None:
    source = TensorSpec((3, 5), 12)
    out = PixelShuffle((2, 3)).infer((source,))
    assert out == TensorSpec((6, 15), 2)
    assert out.elements == source.elements


def test_weights_of_a_batch_norm_are_two_learned_and_two_counted() -> None:
    spec = (TensorSpec((4,), 7),)
    learned = [w.size for w in Norm("batch", 1e-3, 0.99).weights(spec) if w.trainable]
    counted = [w.size for w in Norm("batch", 1e-3, 0.99, affine=False).weights(spec)]
    assert learned == [7, 7]
    assert counted == [7, 7]


def test_prelu_learns_one_slope_a_channel_or_one_a_value() -> None:
    spec = (TensorSpec((4, 5), 7),)
    assert sum(w.size for w in PRelu("channel").weights(spec)) == 7
    assert sum(w.size for w in PRelu("element").weights(spec)) == 140


def test_concat_adds_channels_and_glu_halves_them() -> None:
    a, b = TensorSpec((4,), 6), TensorSpec((4,), 2)
    assert Concat().infer((a, b)).channels == 8
    assert Activation("glu").infer((a,)).channels == 3
    assert Add().infer((a, a)) == a


def test_the_ops_of_images_know_how_many_channels_they_take() -> None:
    a, b = TensorSpec((4, 5), 3), TensorSpec((4, 5), 2)
    assert SelectChannels((2, 1, 0, 0)).infer((a,)) == TensorSpec((4, 5), 4)
    assert not [*SelectChannels((2, 1, 0, 0)).broken_rules((a,))]
    assert [*SelectChannels((2, 1, 0)).broken_rules((b,))] == [
        "its input has 2 channels, and it takes (2, 1, 0)"
    ]
    assert [*Standardize((1.0,), (2.0,)).broken_rules((b,))] == ["its input has 2 channels, and it knows 1"]
    assert [*Standardize((1.0, 1.0), (2.0, 0.0)).broken_rules((b,))] == [
        "its standard deviations must be positive: (2.0, 0.0)"
    ]


@pytest.mark.parametrize(
    ("op", "words"),
    [
        (Conv(8, (3, 3), (2, 2), (1, 1)), "conv 3×3 /2×2"),
        (
            Conv(8, (3, 3), (1, 1), (2, 2), groups=4, activation="relu"),
            "conv 3×3 dilated 2×2 in 4 groups, relu",
        ),
        (TransposedConv(8, (2, 2), (2, 2)), "transposed conv 2×2"),
        (TransposedConv(8, (3, 3), (2, 2)), "transposed conv 3×3 ×2×2"),
        (TransposedConv(8, (2,), (2,), groups=4), "transposed conv 2 in 4 groups"),
        (Pool("max", (2, 2, 1)), "max pool 2×2×1"),
        (Pool("average", (3, 3), (2, 2)), "average pool 3×3 /2×2"),
        (GlobalPool(), "global average pool"),
        (AdaptivePool((6, 3)), "average pool into 6×3"),
        (Flatten(), "flatten"),
        (AddVector(), "add vector"),
        (UnitNorm(), "unit norm"),
        (BlurPool((2, 1)), "blur pool 2×1"),
        (Upsample((2, 2), "linear"), "linear 2×2"),
        (Upsample((2, 2), "linear_align_corners"), "corner-aligned linear 2×2"),
        (Resize((5, 7)), "nearest to 5×7"),
        (PixelShuffle((2, 2)), "pixel shuffle 2×2"),
        (PixelUnshuffle((2, 2)), "pixel unshuffle 2×2"),
        (Pad(((1, 2), (0, 0)), "edge"), "edge pad 1+2 0+0"),
        (Crop(((1, 2), (0, 0))), "crop 1+2 0+0"),
        (Norm("group", 1e-3, groups=4), "group norm of 4"),
        (Norm("instance", 1e-5, fused=True), "instance norm in one kernel"),
        (Activation("relu", {"max_value": 6.0}), "relu"),
        (Activation("softmax", by_channels=True), "softmax by channels"),
        (PRelu(), "prelu"),
        (Scale(), "channel scale"),
        (SelectChannels((2, 1, 0)), "channels 2, 1, 0"),
        (Standardize((0.5,), (2.0,)), "standardize"),
        (Dropout(0.25, spatial=True), "spatial dropout 0.25"),
        (SelfAttention(2, 3), "self-attention of 2 heads"),
        (PositionAttention(), "position attention"),
        (MergedConv(Conv(8, (3,), (1,), (1,)), ((2,), (1,))), "conv 3 of 2 up and as it is"),
        (MergedConv(Conv(8, (3,), (1,), (1,)), ((1,),), winograd=0), "conv 3, filtered by pairs"),
        (Input(TensorSpec((1,), 1)), "input"),
        (Concat(), "concat"),
        (AppendOnes(), "append ones"),
        (PadChannels(4), "4 channels of zeros"),
        (PadChannels(4, is_detached=True), "4 channels of zeros, without a gradient"),
    ],
    ids=str,
)
def test_words_are_those_of_people(op: Op, words: str) -> None:
    assert op.words() == words


def test_every_op_is_a_final_leaf_and_listed_once() -> None:
    leaves = set(Op.__subclasses__()) | {s for c in Op.__subclasses__() for s in c.__subclasses__()}
    here = {c.__name__ for c in leaves if c.__module__.startswith("unetgen.plan.ops.")}
    assert sorted(here - {"SamePosition"}) == sorted(op.__name__ for op in ALL_OPS)
    assert not any(c.__subclasses__() for c in ALL_OPS)


def test_every_op_is_frozen() -> None:
    for op in (Dropout(0.1), Input(TensorSpec((1,), 1)), Conv(1, (1,), (1,), (1,))):
        with pytest.raises(AttributeError):
            setattr(op, next(iter(op.__dataclass_fields__)), 3)
