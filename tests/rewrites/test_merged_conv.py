"""Convolutions that make neither the up-sampled nor the concatenated tensor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rewrites.checking import applied, assert_equivalent, chain, check, config, plan_of, step_up
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Concat, Conv, MergedConv, Upsample
from unetgen.plan.place import Piece
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE, FOR_TRAINING
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling, SplitConcatenation

MERGE = (MergeUpsampling(), SplitConcatenation())


@pytest.mark.parametrize(
    ("spatial", "factor", "kernel", "padding", "up_first", "float32"),
    [
        ((6,), (2,), 1, "valid", True, False),
        ((8,), (2,), 2, "same", False, False),
        ((12,), (3,), 4, "valid", True, False),
        ((8,), (4,), 5, "valid", True, False),
        ((4, 6), (2, 3), 4, "same", True, True),
        ((4, 4, 6), (1, 2, 2), 3, "same", False, True),
        ((6, 4, 4), (3, 2, 2), 3, "valid", True, False),
    ],
)
def test_up_sampling_and_concatenation(
    spatial: tuple[int, ...],
    factor: tuple[int, ...],
    kernel: int,
    padding: Any,
    up_first: bool,
    float32: bool,
) -> None:
    plan = step_up(spatial, factor, kernel, padding, up_first=up_first)
    done = check(plan, MERGE, float32=float32)
    node = done.plan.by_name["conv"]
    assert isinstance(node.op, MergedConv)
    assert node.inputs == (("low", "skip") if up_first else ("skip", "low"))
    assert set(node.op.factors) == {factor, (1,) * len(factor)}
    assert not {"up", "joined"} & done.plan.by_name.keys()


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({"topology": {"kind": "unet_plus_plus"}, "depth": 3}, 3),
        ({"topology": {"kind": "unet_3_plus"}, "depth": 3}, 3),
        ({"padding": "torch", "kernel": 5, "skip": {"kind": "concat", "order": "skip_first"}}, 2),
    ],
    ids=["unet_plus_plus", "unet_3_plus", "torch"],
)
def test_topologies_with_several_skips(fields: dict[str, Any], most: int) -> None:
    plan = plan_of(config((8, 4), **fields))
    assert plan is not None
    done = check(plan, MERGE, float32=False)
    merged = [node for node in done.plan.nodes if isinstance(node.op, MergedConv)]
    assert max(len(node.inputs) for node in merged) == most
    assert not any(isinstance(node.op, Concat) for node in done.plan.nodes)


def _over(source: Any, conv: Conv, size: int = 8) -> Plan:
    return chain(TensorSpec((size,), 2), source, conv)


CONV = Conv(3, (3,), (1,), (1,))


def test_up_sampling_alone() -> None:
    done = check(_over(Upsample((2,)), CONV), MERGE, float32=False)
    assert [type(node.op).__name__ for node in done.plan.nodes] == ["Input", "MergedConv"]


@pytest.mark.parametrize(
    ("source", "conv"),
    [
        (Upsample((2,), "linear"), CONV),
        (Upsample((2,)), replace(CONV, strides=(2,))),
        (Upsample((2,)), replace(CONV, dilation=(2,))),
        (Upsample((2,)), replace(CONV, filters=4, groups=2)),
        (Activation("relu"), CONV),
    ],
    ids=["linear", "strides", "dilation", "groups", "nothing to merge"],
)
def test_refused(source: Any, conv: Conv) -> None:
    assert [change for each in MERGE for change in each.changes(Graph(_over(source, conv)))] == []


@pytest.mark.parametrize("change", [{"strides": (2,)}, {"dilation": (2,)}], ids=str)
def test_strides_and_dilations_split_a_concatenation_but_keep_the_up_sampling(change: Any) -> None:
    builder = Builder(TensorSpec((4,), 2))
    up = builder.add(Upsample((2,)), builder.input, name="up")
    other = builder.add(CONV, up, name="other")
    joined = builder.add(Concat(), up, other, name="joined")
    plan = builder.finish(builder.add(replace(CONV, **change), joined, name="conv"))
    done = check(plan, MERGE, float32=False)
    op = done.plan.by_name["conv"].op
    assert isinstance(op, MergedConv)
    assert op.factors == ((1,), (1,))
    assert isinstance(done.plan.by_name["other"].op, MergedConv)


def test_shared_weights_are_left_alone() -> None:
    builder = Builder(TensorSpec((4,), 2))
    joined = builder.add(Concat(), builder.input, builder.input, name="joined")
    with builder.piece("once"):
        once = builder.add(replace(CONV, filters=4), joined)
    with builder.piece("again", weights_of=Piece("once")):
        again = builder.add(replace(CONV, filters=4), once)
    plan = builder.finish(again)
    assert plan.by_name["again"].weights_of == "once"
    assert [change for each in MERGE for change in each.changes(Graph(plan))] == []


def test_a_source_that_others_use_too_stays() -> None:
    builder = Builder(TensorSpec((4,), 2))
    up = builder.add(Upsample((2,)), builder.input, name="up")
    other = builder.add(Activation("relu"), up, name="other")
    joined = builder.add(Concat(), up, other, up, name="joined")
    conv = builder.add(CONV, joined, name="conv")
    plan = builder.finish(conv, builder.add(Activation("tanh"), joined, name="second"))
    done = check(plan, MERGE, float32=False)
    assert done.plan.by_name["conv"].inputs == ("input", "other", "input")
    assert {"up", "joined"} <= done.plan.by_name.keys()


def test_an_even_kernel_under_same_and_dilated_halves_survive_the_manager() -> None:
    """What the manager takes on its own is as exact as every single change."""
    done = rewritten(step_up((8, 8), (2, 2), 4), MERGE)
    assert len(done.steps) == 1
    assert done.steps[0].gain.macs > 0
    assert applied(done.plan, MERGE).steps == ()
    assert_equivalent(done, float32=False)


# --- the op ---


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("kernel", "factor"), [(1, 2), (2, 2), (3, 2), (3, 3), (4, 3), (5, 2)])
def test_reach_counts_the_positions_under_the_taps(kernel: int, factor: int, padding: Any) -> None:
    op = MergedConv(Conv(3, (kernel,), (1,), (1,), padding), ((factor,), (1,)))
    inputs = (TensorSpec((6,), 2), TensorSpec((6 * factor,), 5))
    before = (kernel - 1) // 2 if padding == "same" else 0
    for out in range(op.infer(inputs).spatial[0]):
        up_sampled = [out - before + tap for tap in range(kernel)]
        assert op.window(0, out, out, inputs) == (up_sampled[0] // factor, up_sampled[-1] // factor)


def test_macs_are_the_multiplications_of_the_sum() -> None:
    """Of 27 taps of the up-sampled tensor 8 are left for each output position, 4 * 4 * 4 for each read."""
    op = MergedConv(Conv(16, (3, 3, 3), (1, 1, 1), (1, 1, 1)), ((2, 2, 2), (1, 1, 1)))
    inputs = (TensorSpec((4, 4, 4), 10), TensorSpec((8, 8, 8), 6))
    assert op.infer(inputs) == TensorSpec((8, 8, 8), 16)
    assert op.macs(inputs) == 512 * 16 * (8 * 10 + 27 * 6)
    assert [weight.shape for weight in op.weights(inputs)] == [(3, 3, 3, 16, 16), (16,)]


def test_the_articles_network_needs_57_of_80_gmac() -> None:
    fields = {"input": {"shape": [96, 96, 16], "channels": 4}, "base_filters": 32, "conv_widths": [1, 2]}
    plan = plan_of(config((), **fields))
    assert plan is not None
    done = rewritten(plan, MERGE)
    assert (round(plan.macs / 1e9, 1), round(done.plan.macs / 1e9, 1)) == (80.0, 57.1)


def test_a_prediction_does_not_split_a_concatenation() -> None:
    """It would be slower; a training step is faster."""
    builder = Builder(TensorSpec((4,), 2))
    joined = builder.add(Concat(), builder.input, builder.input, name="joined")
    plan = builder.finish(builder.add(CONV, joined, name="conv"))
    assert rewritten(plan, FOR_INFERENCE).steps == ()
    assert [step.rewrite.name for step in rewritten(plan, FOR_TRAINING).steps] == [MERGE[1].name]
