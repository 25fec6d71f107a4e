"""A transposed convolution composed with the convolution after it, against Keras's models of both plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import unetgen
from tests.rewrites.checking import Pair, applied, assert_equivalent, chain, check
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Add, AppendOnes, Concat, Conv, Crop, Op, TransposedConv, Upsample
from unetgen.plan.ops.base import Axes
from unetgen.plan.ops.conv import Padding
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE, transposed
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling, SplitConcatenation
from unetgen.rewrites.transposed import ComposeTransposed, composed_kernel

REWRITE = ComposeTransposed()
PLACES: list[tuple[Axes, Axes, Axes, Padding]] = [
    ((5,), (2,), (3,), "same"),
    ((2,), (3,), (5,), "same"),
    ((4,), (2,), (3,), "valid"),
    ((2, 2), (1, 2), (3, 3), "same"),
    ((3, 2), (2, 3), (5, 3), "valid"),
    ((2, 3), (2, 2), (1, 1), "same"),
    ((2, 2, 2), (1, 2, 2), (3, 3, 3), "same"),
    ((3, 2, 2), (2, 2, 2), (1, 3, 3), "same"),
    ((2, 2, 3), (2, 2, 2), (3, 3, 3), "valid"),
]
"""Sizes of the small tensor, strides, the convolution's kernel and padding."""


def conv(kernel: Axes, padding: Padding = "same", filters: int = 3, use_bias: bool = True) -> Conv:
    ones = (1,) * len(kernel)
    return Conv(filters, kernel, ones, ones, padding, use_bias)


def decoder(sizes: Axes, strides: Axes, kernel: Axes, padding: Padding, channels: int = 2) -> Plan:
    """Transposed convolutions before convolutions, in every way that is composed, each its own output."""
    b = Builder(TensorSpec(sizes, channels))
    big = b.add(Upsample(strides), b.input, name="big")
    other = b.add(conv((1,) * len(sizes), filters=4), big, name="other")

    def end(name: str, use_biases: tuple[bool, bool], before: tuple[Node, ...] = (), *after: Node) -> Node:
        op = TransposedConv(3, strides, strides, padding, use_biases[0])
        joined = [*before, b.add(op, b.input, name=f"{name}_up"), *after]
        source = b.add(Concat(), *joined, name=f"{name}_joined") if len(joined) > 1 else joined[0]
        return b.add(conv(kernel, padding, use_bias=use_biases[1]), source, name=name)

    return b.finish(
        end("alone", (True, True)),
        end("bare", (True, False)),
        end("first", (True, True), (), big),
        end("middle", (True, False), (big,), other),
        end("last", (False, True), (other,)),
    )


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_outputs_are_equal_to_the_last_bit_on_integers_and_within_rounding_on_others(
    place: tuple[Axes, Axes, Axes, Padding],
) -> None:
    done = check(decoder(*place), [REWRITE], float32=place in PLACES[3:5])
    assert len(done.steps) == 5
    left = [node for node in done.plan.nodes if type(node.op) is TransposedConv]
    _, strides, kernel, _ = place
    grown = tuple(s + k - 1 for s, k in zip(strides, kernel, strict=True))
    assert [node.op.kernel for node in left] == [grown] * 5  # type: ignore[attr-defined]
    assert {node.op.strides for node in left} == {strides}  # type: ignore[attr-defined]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_the_ones_make_an_even_number_of_channels(channels: int) -> None:
    done = check(decoder((3,), (2,), (3,), "same", channels), [REWRITE], float32=False)
    even = channels + 2 - channels % 2
    assert done.plan.by_name["first_up_ones"].spec.channels == even


def test_the_kernel_of_a_small_example_is_that_found_by_hand() -> None:
    # u[2i] = a x[i], u[2i+1] = b x[i]; y[o] = c u[o-1] + d u[o] + e u[o+1]. So x[i] reaches y[2i-1] by ea,
    # y[2i] by da + eb, y[2i+1] by ca + db, y[2i+2] by cb.
    a, b, c, d, e = 2.0, 3.0, 5.0, 7.0, 11.0
    found = composed_kernel(np.array([a, b]).reshape(2, 1, 1), np.array([c, d, e]).reshape(3, 1, 1))
    assert found.ravel().tolist() == [e * a, d * a + e * b, c * a + d * b, c * b]


def test_of_27_multiplications_a_value_8_remain_in_3d() -> None:
    small, up, skip, filters = 5 * 4 * 3, 8, 6, 7
    b = Builder(TensorSpec((5, 4, 3), 16))
    high = b.add(Upsample((2, 2, 2)), b.input, name="high")
    narrow = b.add(conv((1, 1, 1), filters=skip), high, name="skip")
    transposed_op = TransposedConv(up, (2, 2, 2), (2, 2, 2), "same", use_bias=False)
    joined = b.add(Concat(), b.add(transposed_op, b.input, name="up"), narrow, name="joined")
    plan = b.finish(b.add(conv((3, 3, 3), filters=filters), joined, name="conv"))
    done = rewritten(plan, [REWRITE])
    elsewhere = 8 * small * skip * (16 + 27 * filters)
    assert plan.macs == elsewhere + 8 * small * up * (16 + 27 * filters)
    assert done.plan.macs == elsewhere + 8 * small * 16 * 8 * filters
    assert [step.rewrite.name for step in done.steps] == [REWRITE.name]


@pytest.mark.parametrize("use_bias", [True, False])
def test_a_large_kernel_that_saves_too_little_is_left_in_keras(
    use_bias: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On 3 positions 64 taps of 16 channels, or 18 with the ones, replace 8 of 16 and 27 of 5 in the kernel,
    # and at 24 positions of the result.
    up = TransposedConv(5, (2, 2, 2), (2, 2, 2), "same", use_bias)
    plan = chain(TensorSpec((3, 1, 1), 16), up, conv((3, 3, 3), filters=7))
    seen = 18 if use_bias else 16
    saved = 3 * 8 * 16 * 5 + 24 * 27 * 5 * 7 - 3 * 64 * seen * 7
    added = 64 * seen * 7 - 8 * 16 * 5 - 27 * 5 * 7 - (5 if use_bias else 0)
    assert plan.macs - applied(plan, [REWRITE]).plan.macs == saved > 0
    (in_keras,) = (each for each in FOR_INFERENCE if each.name == REWRITE.name)
    assert rewritten(plan, [in_keras]).steps, "a small one"
    monkeypatch.setattr(transposed, "LARGE_GROWTH", added)
    monkeypatch.setattr(transposed, "MACS_OF_A_WEIGHT", saved // added + 1)
    assert rewritten(plan, [in_keras]).steps == () and rewritten(plan, [REWRITE]).steps
    monkeypatch.setattr(transposed, "MACS_OF_A_WEIGHT", saved // added)
    assert rewritten(plan, [in_keras]).steps


@pytest.mark.parametrize(("size", "composed"), [(64, 4), (128, 5)])
def test_the_deepest_level_is_left_in_keras_where_it_is_tiny(size: int, composed: int) -> None:
    overrides = [f"input.shape=[{size},{size},{size}]", "head.deep_supervision=null"]
    plan = unetgen.plan(unetgen.load("nnunet_brain_tumour_3d", overrides))
    for rewrites, taken in ((FOR_INFERENCE, composed), ([REWRITE], 5)):
        steps = rewritten(plan, rewrites).steps
        assert sum(step.rewrite.name == REWRITE.name for step in steps) == taken


def test_names_are_legal_and_the_result_keeps_the_convolution_s() -> None:
    plan = decoder((3,), (2,), (3,), "same")
    taken = replace(plan.nodes[-1], name="first_up_ones", op=Activation("relu"), inputs=("last",))
    plan = Plan((*plan.nodes, taken), (*plan.outputs[:-1], "first_up_ones"))
    done = applied(plan, [REWRITE])
    ops = {node.name: type(node.op) for node in done.plan.nodes}
    assert ops["alone"] is TransposedConv and ops["first"] is Add and ops["first_others"] is Conv
    assert ops["first_up_ones"] is Activation and ops["first_up_ones_"] is AppendOnes
    assert "last_up_ones" not in ops, "it has no bias"
    assert ops["middle_joined"] is Concat and "first_joined" not in ops
    assert not {"alone_up", "bare_up"} & ops.keys()


def test_valid_padding_needs_no_ones_and_crops() -> None:
    done = applied(decoder((4,), (2,), (3,), "valid"), [REWRITE])
    kinds = [type(node.op) for node in done.plan.nodes]
    assert AppendOnes not in kinds and kinds.count(Crop) == 5
    assert type(done.plan.by_name["alone"].op) is Crop
    assert done.plan.by_name["bare_up"].op.use_bias, "the transposed one's"  # type: ignore[attr-defined]


def test_two_transposed_tensors_of_one_concatenation_are_both_composed() -> None:
    b = Builder(TensorSpec((2, 3), 2))
    ups = [b.add(TransposedConv(n, (2, 2), (2, 2)), b.input, name=f"up{n}") for n in (1, 3)]
    joined = b.add(Concat(), *ups, name="joined")
    done = check(b.finish(b.add(conv((3, 3)), joined, name="conv")), [REWRITE], float32=False)
    assert len(done.steps) == 2
    assert Conv not in {type(node.op) for node in done.plan.nodes}


UP = TransposedConv(3, (2, 2), (2, 2))
"""A transposed convolution that composes."""


@pytest.mark.parametrize(
    "ops",
    [
        (replace(UP, kernel=(3, 3)), conv((3, 3))),  # borders: "same" cuts taps off that would pass through
        (replace(UP, kernel=(4, 4), padding="valid"), conv((3, 3))),
        (replace(UP, kernel=(1, 1)), conv((3, 3))),
        (UP, Activation("relu"), conv((3, 3))),
        (UP, conv((2, 2))),
        (UP, replace(conv((3, 3)), strides=(2, 2))),
        (UP, replace(conv((3, 3)), dilation=(2, 2))),
        (UP, replace(conv((3, 3)), groups=3)),
        (replace(UP, filters=4, groups=2), conv((3, 3))),
        (UP, replace(conv((3, 3)), activation="relu")),
    ],
)
def test_elsewhere_it_is_refused(ops: tuple[Op, ...]) -> None:
    assert not list(REWRITE.changes(Graph(chain(TensorSpec((4, 4), 2), *ops))))


def test_a_value_that_is_used_elsewhere_too_is_left() -> None:
    plan = chain(TensorSpec((4, 4), 2), UP, conv((3, 3)))
    twice = Plan(plan.nodes, ("n1", "n2"))
    assert list(REWRITE.changes(Graph(plan))) and not list(REWRITE.changes(Graph(twice)))


def test_shared_weights_are_left() -> None:
    plan = chain(TensorSpec((4, 4), 2), UP, conv((3, 3)), conv((3, 3)))
    *rest, last = plan.nodes
    shared = Plan((*rest, replace(last, weights_of="n2")), plan.outputs)
    assert list(REWRITE.changes(Graph(plan))) and not list(REWRITE.changes(Graph(shared)))


@pytest.mark.parametrize("wrong", ["the bias everywhere", "the kernel mirrored", "the first channels"])
def test_a_wrong_map_is_found(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = transposed._Composition
    if wrong == "the bias everywhere":
        monkeypatch.setattr(place, "has_ones", property(lambda self: False))
    elif wrong == "the first channels":
        monkeypatch.setattr(place, "_channels", lambda self: (0, self.up.spec.channels))
    else:
        monkeypatch.setattr(transposed, "composed_kernel", lambda t, k: composed_kernel(t, k[::-1]))
    pair = Pair(applied(decoder((3,), (2,), (3,), "same"), [REWRITE]), "float64")
    with pytest.raises(AssertionError):
        pair.assert_equal_on_integers()
    with pytest.raises(AssertionError):
        pair.assert_within_rounding()


@pytest.mark.parametrize(
    ("name", "overrides", "composed"),
    [
        ("nnunet_prostate_3d", ["input.shape=[20,64,64]"], 6),
        ("unet3d_2016", ["input.shape=[20,20,20]", "depth=2", "down.kind=strided_conv"], 3),
    ],
)
def test_bundled_configs_compute_the_same(name: str, overrides: list[str], composed: int) -> None:
    # TensorFlow has no pooling of float64 in 3D.
    narrow = unetgen.plan(unetgen.load(name, overrides=[*overrides, "base_filters=2", "max_filters=4"]))
    assert_equivalent(applied(narrow, [REWRITE]), float32=False)
    done = rewritten(unetgen.plan(unetgen.load(name)), [REWRITE, MergeUpsampling(), SplitConcatenation()])
    assert sum(step.rewrite is REWRITE for step in done.steps) == composed
    assert done.plan.macs < 0.95 * done.original.macs
