"""Convolutions by pairs, forward and backward, against TensorFlow's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import unetgen
from tests.rewrites.checking import applied, chain, check, step_up
from unetgen.config.execution import rewritten_for
from unetgen.layers import MergedConv as Layer
from unetgen.layers.paired_conv import paired_conv
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Conv, MergedConv, Upsample
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling, SplitConcatenation
from unetgen.rewrites.pairs import ConvolveByPairs

PAIR = ConvolveByPairs()
CONV = Conv(3, (3,), (1,), (1,))


def of(spatial: tuple[int, ...], *ops: Any, channels: int = 2) -> Plan:
    return chain(TensorSpec(spatial, channels), *ops)


@pytest.mark.parametrize(
    ("spatial", "kernel", "axis"),
    [((2,), (3,), 0), ((5, 6), (5, 3), 1), ((6, 4), (3, 1), 0), ((3, 4, 6), (3, 3, 3), 1)],
)
def test_outputs_and_gradients_are_the_convolution_s(
    spatial: tuple[int, ...], kernel: tuple[int, ...], axis: int
) -> None:
    ones = (1,) * len(spatial)
    done = check(of(spatial, Conv(3, kernel, ones, ones, activation="relu"), Activation("tanh")), [PAIR])
    (op,) = (node.op for node in done.plan.nodes if isinstance(node.op, MergedConv))
    assert (op.paired, op.winograd, op.conv.activation) == (axis, None, "relu")
    assert done.plan.macs / done.original.macs == pytest.approx(2 / 3)


def test_terms_that_are_not_up_sampled() -> None:
    merged = applied(step_up((4, 6), (2, 3)), [MergeUpsampling(), SplitConcatenation()]).plan
    done = check(merged, [PAIR], float32=False)
    assert [node.op.paired for node in done.plan.nodes if isinstance(node.op, MergedConv)] == [0, 0, 0]


@pytest.mark.parametrize(
    "plan",
    [
        of((7,), CONV),
        of((8,), replace(CONV, strides=(2,))),
        of((8,), replace(CONV, dilation=(2,))),
        of((8,), replace(CONV, filters=2, groups=2)),
        of((8,), replace(CONV, padding="valid")),
        of((4, 8), Conv(3, (2, 3), (1, 1), (1, 1))),
        of((8,), MergedConv(CONV, ((1,),), winograd=0)),
        of((8,), MergedConv(CONV, ((1,),), paired=0)),
        of((4,), Upsample((2,)), MergedConv(CONV, ((2,),))),
    ],
    ids=["odd", "strides", "dilation", "groups", "valid", "even", "filtered", "done already", "up-sampled"],
)
def test_refused(plan: Plan) -> None:
    assert list(PAIR.changes(Graph(plan))) == []


@pytest.mark.parametrize(("shape", "dim", "slabs"), [((1, 12, 5, 16), 0, 3), ((2, 3, 4, 8, 8), 2, 4)])
def test_slabs_make_the_same(shape: tuple[int, ...], dim: int, slabs: int) -> None:
    """In float32, within the roundings of sums of 3 inputs and taps, of products and of their sums."""
    random, dims = np.random.default_rng(0), len(shape) - 2
    x = tf.constant(random.normal(size=shape))
    kernel = tf.constant(random.normal(size=(*[3] * dims, shape[-1], 6)))
    upstream = tf.constant(random.normal(size=(*shape[:-1], 6)))
    exact = _passes(lambda x, k: tf.nn.convolution(x, k, padding="SAME"), x, kernel, upstream)
    narrow = [tf.cast(each, "float32") for each in (x, kernel, upstream)]
    found = _passes(lambda x, k: paired_conv(x, k, dim, slabs), *narrow)
    terms = [tf.abs(each) for each in (x, kernel, upstream)]
    worst = _passes(lambda x, k: tf.nn.convolution(x, k, padding="SAME"), *terms)
    counts = [3**dims * shape[-1], 3**dims * 6, int(np.prod(shape[:-1]))]
    for one, other, largest, count in zip(found, exact, worst, counts, strict=True):
        # The pairs' sums have up to 4 times the terms' size: (d1 + d2) (g0 + g1 + g2) / 2 and its like.
        bound = (count + 8) * np.finfo("float32").eps * 4 * np.max(largest)
        assert np.abs(one - other).max() <= bound
        assert np.abs(one - other).max() > 0


def _passes(convolve: Any, x: Any, kernel: Any, upstream: Any) -> list[np.ndarray]:
    """The output and both gradients, in graph mode."""

    @tf.function(autograph=False)
    def run(x: Any, kernel: Any, upstream: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = convolve(x, kernel)
        return [y, *tape.gradient(y, [x, kernel], upstream)]

    return [np.asarray(each).astype("float64") for each in run(x, kernel, upstream)]


def test_it_is_for_training_in_float32_where_sums_are_long() -> None:
    def paired(*overrides: str) -> list[str]:
        config = unetgen.load("unet3d_depth2", ["input.shape=[64,64,16]", *overrides])
        plan = rewritten_for(unetgen.plan(config), config.execution).plan
        return [node.name for node in plan.nodes if getattr(node.op, "paired", None) is not None]

    training = "execution.optimize=training"
    assert "encoder_level1_conv2" in paired(training)
    assert paired(training, "execution.precision=mixed_bfloat16") == []
    assert paired(training, "base_filters=8") == []
    assert PAIR not in FOR_INFERENCE and paired("execution.optimize=inference") == []


def test_it_is_left_where_all_of_it_saves_little() -> None:
    """At 160x160x16 only the lower of the article's levels could be paired, for 2 % of the work."""
    large, small = (
        unetgen.plan(unetgen.load("unet3d_depth2", overrides))
        for overrides in ([], ["input.shape=[96,96,16]"])
    )
    assert any(PAIR.changes(Graph(large)))
    assert rewritten(large, [PAIR]).steps == ()
    share = sum(step.gain.work for step in rewritten(small, [PAIR]).steps) / Graph(small).cost.work
    assert share > PAIR.least_share


def test_slabs_are_of_whole_pairs_and_bounded() -> None:
    conv = MergedConv(Conv(64, (3,) * 3, (1,) * 3, (1,) * 3), ((1,) * 3,), paired=0)
    for spatial, slabs in (((96, 96, 16), 12), ((14, 256, 256), 7), ((8, 8, 8), 1)):
        assert conv.slabs((TensorSpec(spatial, 64),)) == slabs


def test_the_layer_refuses_what_it_cannot_pair() -> None:
    refused: list[dict[str, Any]] = [
        {"kernel_size": (5,)},
        {"kernel_size": (3,), "strides": (2,)},
        {"kernel_size": (3,), "padding": "valid"},
        {"kernel_size": (3,), "winograd": 0},
        {"kernel_size": (3, 2)},
    ]
    for wrong in refused:
        factors = [(1,) * len(wrong["kernel_size"])]
        with pytest.raises(ValueError, match="paired: must be an axis of 3 taps"):
            Layer(2, factors=factors, paired=0, **wrong)


def test_a_saved_layer_is_paired_again() -> None:
    layer = Layer(2, (3,), [(1,)], paired=0, slabs=2)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert (again.paired, again.slabs) == (0, 2)
