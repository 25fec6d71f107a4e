from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import unetgen
from tests.tiers import thorough
from unetgen.analysis.memory import memory, play
from unetgen.plan.builder import Builder
from unetgen.plan.cheap import CheapBlock, cheap_block
from unetgen.plan.graph import Plan
from unetgen.plan.ops import (
    Activation,
    Add,
    AppendOnes,
    Concat,
    Conv,
    Dropout,
    MergedConv,
    Norm,
    Pool,
    SelfAttention,
    TransposedConv,
    Upsample,
)
from unetgen.plan.place import Piece
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_TRAINING
from unetgen.rewrites.activation import FuseActivation
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling

ROOT = Path(__file__).parent.parent.parent
BUNDLED = ("quickstart2d", "unet2d_2015", "unet3d_2016", "unet3d_depth2", "unet3d_depth4")


def _conv(filters: int, kernel: int, dims: int) -> Conv:
    return Conv(filters, (kernel,) * dims, (1,) * dims, (1,) * dims, use_bias=False)


def _chain() -> Plan:
    builder = Builder(TensorSpec((10,), 2))
    hidden = builder.add(_conv(4, 3, 1), builder.input, name="a")
    hidden = builder.add(Activation("relu"), hidden, name="relu")
    return builder.finish(builder.add(_conv(3, 1, 1), hidden, name="b"))


def _unet(spatial: tuple[int, ...], depth: int, filters: int) -> Plan:
    """A U-Net of ops that make new tensors and nothing on the way, with a relu after each convolution."""
    dims = len(spatial)
    builder = Builder(TensorSpec(spatial, 3))
    node, skips = builder.input, []
    for level in range(depth):
        node = builder.add(_conv(filters << level, 3, dims), node, name=f"down{level}")
        node = builder.add(Activation("relu"), node, name=f"down_relu{level}")
        if level < depth - 1:
            skips.append(node)
            node = builder.add(Pool("max", (2,) * dims), node, name=f"pool{level}")
    for level in reversed(range(depth - 1)):
        up = TransposedConv(filters << level, (2,) * dims, (2,) * dims, use_bias=False)
        node = builder.add(up, node, name=f"up{level}")
        node = builder.add(Concat(), node, skips[level], name=f"concat{level}")
        node = builder.add(_conv(filters << level, 3, dims), node, name=f"conv{level}")
    return builder.finish(node)


def _plan(name: str) -> Plan:
    return unetgen.plan(unetgen.load(name))


def _activations(plan: Plan, batch: int = 1, precision: str = "float32") -> int:
    return play(plan, batch, precision, "channels_last").live_peak - 4 * plan.trainable_params


@pytest.mark.parametrize("name", BUNDLED)
def test_weights_take_four_bytes_each(name: str) -> None:
    plan = _plan(name)
    assert memory(plan).weights_bytes == 4 * plan.params
    assert memory(plan, precision="float64").weights_bytes == 8 * plan.params


def test_kernels_of_what_predicts_alone_take_the_bytes_in_which_they_are_multiplied() -> None:
    plan = _plan("quickstart2d")
    kernels = sum(plan.params_of(node) for node in plan.nodes if isinstance(node.op, Conv | TransposedConv))
    assert 0 < kernels < plan.params  # the rest are norms'
    narrow = memory(plan, precision="mixed_bfloat16", is_for_predictions=True)
    assert narrow.weights_bytes == 4 * plan.params - 2 * kernels
    learning = memory(plan, precision="mixed_bfloat16")
    assert learning.weights_bytes == 4 * plan.params
    assert narrow.inference_bytes < learning.inference_bytes
    for precision in ("float32", "float64"):
        assert memory(plan, precision=precision, is_for_predictions=True) == memory(plan, precision=precision)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", BUNDLED)
def test_twice_the_batch_needs_more_and_training_more_than_prediction(name: str, data_format: str) -> None:
    plan = _plan(name)
    one, two = (memory(plan, batch, data_format=data_format) for batch in (1, 2))
    assert one.weights_bytes == two.weights_bytes < one.inference_bytes < one.train_bytes
    assert one.inference_bytes < two.inference_bytes
    assert one.train_bytes < two.train_bytes


@pytest.mark.parametrize("name", BUNDLED)
def test_activations_grow_with_the_batch_and_shrink_with_the_precision(name: str) -> None:
    plan = _plan(name)
    assert _activations(plan, batch=6) == 3 * _activations(plan, batch=2)
    assert 2 * _activations(plan, precision="mixed_bfloat16") == _activations(plan)
    assert _activations(plan, precision="float64") - 4 * plan.trainable_params == 2 * _activations(plan)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_slot_adds_a_copy_of_every_trainable_weight(name: str) -> None:
    plan = _plan(name)
    peaks = [play(plan, 1, "float32", "channels_last", slots).live_peak for slots in range(4)]
    assert {after - before for before, after in pairwise(peaks)} == {4 * plan.trainable_params}


@pytest.mark.parametrize("spatial", [(16,), (8, 24), (8, 16, 8)])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_inference_peak_is_the_largest_set_of_live_tensors(spatial: tuple[int, ...], depth: int) -> None:
    plan = _unet(spatial, depth, filters=5)
    place = {node.name: index for index, node in enumerate(plan.nodes)}
    # A relu writes over its convolution's output: one tensor, from the one's birth to the other's last use.
    over = {node.inputs[0]: node.name for node in plan.nodes if isinstance(node.op, Activation)}
    lives = []
    for node in plan.nodes:
        if isinstance(node.op, Activation):
            continue
        name = over.get(node.name, node.name)
        last = max((place[user.name] for user in plan.nodes if name in user.inputs), default=len(plan.nodes))
        lives.append((place[node.name], last, node.spec.elements))
    steps = range(len(plan.nodes))
    expected = max(sum(size for born, last, size in lives if born <= now <= last) for now in steps)
    assert _activations(plan) == 4 * expected


def test_inference_peak_of_a_chain_by_hand() -> None:
    # Weights 24 + 12; at the first convolution the input (20) and its output (40), at the second 40 + 30.
    assert play(_chain(), 1, "float32", "channels_last").live_peak == 4 * (36 + 40 + 30)


def test_training_peak_of_a_chain_by_hand() -> None:
    # Weights, input, the relu's output, the output, eight tensors of the loss, and the output's gradient.
    expected = 4 * (36 + 20 + 40 + 30 + 8 * 30 + 30)
    assert play(_chain(), 1, "float32", "channels_last", slots=0).live_peak == expected


def test_everything_but_weights_and_outputs_is_freed_after_a_step() -> None:
    for plan in (_chain(), _unet((16, 16), 3, 4), _plan("unet2d_2015")):
        for data_format in ("channels_last", "channels_first"):
            heap = play(plan, 2, "float32", data_format, slots=2)
            outputs = sum(plan.by_name[name].spec.elements for name in plan.outputs)
            assert heap.live == 4 * 3 * plan.trainable_params + 2 * 4 * outputs


def test_dropout_is_free_in_a_prediction_and_keeps_a_mask_in_training() -> None:
    def with_dropout(rate: float) -> Plan:
        builder = Builder(TensorSpec((1000,), 2))
        node = builder.add(_conv(50, 3, 1), builder.input, name="a")
        if rate:
            node = builder.add(Dropout(rate), node, name="dropout")
        return builder.finish(builder.add(_conv(1, 1, 1), node, name="b"))

    plain, dropped = with_dropout(0), with_dropout(0.5)
    assert _activations(plain) == _activations(dropped)
    peaks = [play(plan, 1, "float32", "channels_last", 0).live_peak for plan in (plain, dropped)]
    assert peaks[1] == peaks[0] + 50_000  # the dropped values go over the input, the mask is a byte each


def test_pools_and_norms_keep_what_their_gradients_need() -> None:
    def peak(op: Pool | Norm | Upsample) -> int:
        builder = Builder(TensorSpec((64, 64), 2))
        node = builder.add(_conv(20, 3, 2), builder.input, name="a")
        node = builder.add(Add(), node, builder.add(_conv(20, 3, 2), builder.input, name="b"), name="sum")
        node = builder.add(op, node, name="op")
        return play(builder.finish(node), 1, "float32", "channels_last", slots=0).live_peak

    assert peak(Pool("average", (2, 2))) < peak(Pool("max", (2, 2)))
    assert peak(Norm("instance", 1e-3)) > peak(Pool("max", (1, 1)))


def test_channels_first_in_3d_takes_copies_for_xla() -> None:
    solid, flat = _unet((16, 16, 16), 2, 8), _unet((64, 64), 2, 8)
    assert memory(solid, data_format="channels_first").train_bytes > memory(solid).train_bytes
    assert memory(flat, data_format="channels_first") == memory(flat)


@thorough
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc, which only Linux has")
def test_prediction_is_within_a_quarter_of_the_measured_peak_of_a_training_step() -> None:
    task = {"config": "quickstart2d", "batch": 32, "what": "train"}
    command = [sys.executable, "-m", "benchmarks.memory", json.dumps(task)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["measured_bytes"] == pytest.approx(found["predicted_bytes"], rel=0.25)


def test_scores_of_self_attention_are_held_once_in_a_prediction_and_thrice_in_a_training_step() -> None:
    builder = Builder(TensorSpec((40, 10), 2))
    hidden = builder.add(_conv(4, 1, 2), builder.input, name="a")
    hidden = builder.add(SelfAttention(3, 2, use_bias=False), hidden, name="attention")
    plan = builder.finish(builder.add(_conv(3, 1, 2), hidden, name="b"))
    scores = 4 * 3 * 400**2
    small = 4 * 40 * 400  # all else is far smaller than one of the scores: at most this
    assert scores < _activations(plan) < scores + small
    step = play(plan, 1, "float32", "channels_last", slots=0).live_peak
    assert 3 * scores < step < 3 * scores + 2 * small  # kept, and two gradients


def test_a_node_with_anothers_weights_makes_a_gradient_of_them_and_holds_no_copy() -> None:
    def repeated(shared: bool) -> Plan:
        builder = Builder(TensorSpec((4,), 50))
        node = builder.input
        for step in (1, 2):
            with builder.piece("step", step, weights_of=Piece("step", 1) if shared else None):
                node = builder.add(_conv(50, 3, 1), node)
        return builder.finish(node)

    shared, own = repeated(True), repeated(False)
    weights = 4 * 3 * 50 * 50
    assert memory(shared).weights_bytes == weights
    assert memory(own).weights_bytes == 2 * weights
    peaks = [play(plan, 1, "float32", "channels_last", slots=2).live_peak for plan in (shared, own)]
    assert peaks[1] - peaks[0] == 3 * weights  # the other's weights and its two slots, gradients are equal


@pytest.mark.parametrize("activation", ["relu", "tanh", "silu", "gelu"])
def test_an_activation_takes_as_much_as_a_convolutions_own(activation: str) -> None:
    builder = Builder(TensorSpec((10,), 2))
    hidden = builder.add(_conv(4, 3, 1), builder.input, name="a")
    hidden = builder.add(Activation(activation), hidden, name="activation")
    plan = builder.finish(builder.add(_conv(3, 1, 1), hidden, name="b"))
    fused = rewritten(plan, [FuseActivation()]).plan
    assert len(fused.nodes) == len(plan.nodes) - 1
    for slots in (None, 0):
        peaks = [play(each, 2, "float32", "channels_last", slots).live_peak for each in (plan, fused)]
        assert peaks[0] == peaks[1]


def _merging(up_first: bool) -> Plan:
    builder = Builder(TensorSpec((4,), 3))
    skip = builder.add(TransposedConv(5, (2,), (2,), use_bias=False), builder.input, name="skip")
    up = builder.add(Upsample((2,)), builder.input, name="up")
    joined = builder.add(Concat(), *((up, skip) if up_first else (skip, up)), name="joined")
    plan = builder.finish(builder.add(_conv(6, 3, 1), joined, name="conv"))
    graph = Graph(plan)
    return graph.changed(next(MergeUpsampling().changes(graph))).plan


@pytest.mark.parametrize("up_first", [True, False])
def test_a_merged_convolution_by_hand(up_first: bool) -> None:
    # Weights 30 + 144; input 12, skip 40, two terms of 48, and a kernel of 4 taps from 3 channels to 6.
    plan = _merging(up_first)
    assert [node.name for node in plan.nodes] == ["input", "skip", "conv"]
    peak = play(plan, 1, "float32", "channels_last").live_peak
    assert peak == 4 * (30 + 144 + 12 + 40 + 2 * 48 + 4 * 3 * 6)


def test_a_convolution_over_its_input_holds_one_of_the_two() -> None:
    """That which has the output's shape, not the smaller one that is up-sampled."""

    def peak(is_over_input: bool, head: int) -> int:
        builder = Builder(TensorSpec((1200,), 6))
        hidden = builder.add(_conv(6, 3, 1), builder.input, name="hidden")
        low = builder.add(Pool("max", (2,)), hidden, name="low")
        merged = MergedConv(_conv(6, 3, 1), ((2,), (1,)), winograd=0, winograd_outputs=4)
        op = replace(merged, is_over_input=is_over_input)
        node = builder.add(op, low, hidden, name="conv")
        plan = builder.finish(builder.add(_conv(head, 1, 1), node, name="head"))
        return play(plan, 1, "float32", "channels_last").live_peak

    assert peak(False, 1) - peak(True, 1) == 4 * 1200 * 6
    assert peak(False, 100) == peak(True, 100)  # then all that is held is the output, and the head's


def test_one_more_channel_of_ones_is_one_more_tensor() -> None:
    builder = Builder(TensorSpec((4,), 3))
    ones = builder.add(AppendOnes(), builder.input, name="ones")
    plan = builder.finish(builder.add(_conv(1, 1, 1), ones, name="conv"))
    assert play(plan, 1, "float32", "channels_last").live_peak == 4 * (4 + 12 + 16)
    assert memory(plan).train_bytes > memory(plan).inference_bytes


@pytest.mark.parametrize("name", BUNDLED)
def test_rewritten_for_training_takes_no_more_memory(name: str) -> None:
    plan = _plan(name)
    faster = rewritten(plan, FOR_TRAINING).plan
    assert memory(faster).train_bytes <= memory(plan).train_bytes
    assert memory(faster).weights_bytes == memory(plan).weights_bytes
    for slots in (None, 2):  # and all that a step makes is freed again
        live = [play(each, 2, "float32", "channels_last", slots).live for each in (plan, faster)]
        assert live[0] == live[1]


def test_a_cheap_block_by_hand() -> None:
    """At its peak a step makes the gradient of the last convolution's input; only what is inside is gone."""
    builder = Builder(TensorSpec((1000,), 2))
    hidden = builder.add(_conv(40, 3, 1), builder.input, name="cheap")
    hidden = builder.add(Activation("relu"), hidden, name="relu")
    hidden = builder.add(_conv(50, 3, 1), hidden, name="wide")
    hidden = builder.add(_conv(60, 3, 1), hidden, name="wider")
    plan = builder.finish(builder.add(_conv(3, 1, 1), hidden, name="head"))
    block = cheap_block(plan)
    assert block == CheapBlock(frozenset({"cheap", "relu"}), frozenset({"wide"}))
    plain, twice = (play(plan, 1, "float32", "channels_last", 0, each) for each in (CheapBlock(), block))
    assert plain.live_peak - twice.live_peak == 4 * 1000 * 40  # the relu's output, in the convolution's place
    assert plain.live == twice.live
    predicted = [play(plan, 1, "float32", "channels_last", None, each) for each in (CheapBlock(), block)]
    assert predicted[0].live_peak == predicted[1].live_peak


@pytest.mark.parametrize("name", [*BUNDLED, "resunet"])
def test_what_is_cheap_is_freed_again_and_takes_no_more_at_once(name: str) -> None:
    plan = rewritten(_plan(name), FOR_TRAINING).plan
    block = cheap_block(plan)
    steps = [play(plan, 2, "float32", "channels_last", 2, each) for each in (CheapBlock(), block)]
    assert steps[1].live == steps[0].live
    assert (steps[1].live_peak < steps[0].live_peak) == bool(block.names)
