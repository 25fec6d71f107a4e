"""Convolutions by minimal filtering, against sums of their products."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.rewrites.checking import Pair, applied, chain, check, step_up
from unetgen.layers import MergedConv as Layer
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Conv, MergedConv, Upsample
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE, FOR_TRAINING
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.merged_conv import MergeUpsampling, SplitConcatenation
from unetgen.rewrites.rewrite import MORE_MEMORY
from unetgen.rewrites.winograd import Winograd

FILTER = Winograd()
CONV = Conv(3, (3,), (1,), (1,))


def of(spatial: tuple[int, ...], *ops: Any, channels: int = 2) -> Plan:
    return chain(TensorSpec(spatial, channels), *ops)


@pytest.mark.parametrize(
    ("spatial", "kernel", "padding", "axis"),
    [
        ((2,), (3,), "same", 0),
        ((8,), (3,), "valid", 0),
        ((5, 6), (3, 3), "same", 1),
        ((6, 4), (5, 3), "valid", 1),
        ((4, 6), (1, 3), "same", 1),
        ((3, 4, 6), (3, 3, 3), "same", 1),
        ((6, 4, 4), (3, 1, 3), "valid", 0),
    ],
)
def test_it_computes_the_convolution(
    spatial: tuple[int, ...], kernel: tuple[int, ...], padding: Any, axis: int
) -> None:
    ones = (1,) * len(spatial)
    plan = of(spatial, Conv(3, kernel, ones, ones, padding, activation="relu"), Activation("tanh"))
    done = check(plan, [FILTER])
    (op,) = (node.op for node in done.plan.nodes if isinstance(node.op, MergedConv))
    assert (op.winograd, op.conv.activation) == (axis, "relu")
    saved = done.plan.macs / plan.macs
    assert saved == pytest.approx(2 / 3)


def test_terms_that_are_not_up_sampled() -> None:
    merged = applied(step_up((4, 6), (2, 3)), [MergeUpsampling(), SplitConcatenation()]).plan
    done = check(merged, [FILTER], float32=False)
    assert [node.op.winograd for node in done.plan.nodes if isinstance(node.op, MergedConv)] == [0, 0, 0]


@pytest.mark.parametrize(
    "plan",
    [
        of((7,), CONV),
        of((8,), replace(CONV, strides=(2,))),
        of((8,), replace(CONV, dilation=(2,))),
        of((8,), replace(CONV, filters=2, groups=2)),
        of((8,), replace(CONV, kernel=(5,))),
        of((4,), Upsample((2,)), MergedConv(CONV, ((1,),), winograd=0)),
        of((4,), MergedConv(CONV, ((2,),))),
    ],
    ids=["odd", "strides", "dilation", "groups", "taps", "done already", "all up-sampled"],
)
def test_refused(plan: Plan) -> None:
    assert list(FILTER.changes(Graph(plan))) == []


def worst(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The sums with all terms of one sign, for a bound of rounding: of one axis, padded as ``same``."""
    d, g = np.abs(np.pad(x, [(1, 1), (0, 0)])), np.abs(kernel)
    d0, d1, d2, d3 = d[0:-2:2], d[1:-2:2], d[2::2], d[3::2]
    outer, inner = (d0 + d2) @ g[0], (d1 + d2) @ g.sum(axis=0) / 2
    pairs = np.stack([outer + 2 * inner, 2 * inner + (d1 + d3) @ g[2]], axis=1)
    return pairs.reshape(-1, kernel.shape[-1])


def test_float32_is_within_the_roundings_of_its_sums() -> None:
    """Sums of two inputs and three taps, products, their sum over channels, and three of those."""
    random, channels, size = np.random.default_rng(0), 64, 32
    layer = Layer(8, (3,), [(1,)], winograd=0, use_bias=False, dtype="float32")
    x = random.normal(size=(1, size, channels)).astype("float32")
    layer.build(x.shape)
    kernel = random.normal(size=layer.kernel.shape).astype("float32")
    layer.set_weights([kernel])
    found = keras.ops.convert_to_numpy(layer(x))[0].astype("float64")
    padded = np.pad(x[0].astype("float64"), [(1, 1), (0, 0)])
    exact = sum(padded[tap : tap + size] @ kernel[tap].astype("float64") for tap in range(3))
    roundings = channels + 1 + 2 + 3 + 2
    bound = roundings * np.finfo("float32").eps * worst(x[0].astype("float64"), kernel.astype("float64"))
    assert np.all(np.abs(found - exact) <= bound)
    assert np.abs(found - exact).max() > bound.max() / 1e4  # the bound says something


def test_a_wrong_tap_is_seen() -> None:
    done = applied(of((8,), CONV), [FILTER])
    pair = Pair(done, "float64")
    right = pair.done.carried
    with pytest.raises(AssertionError):
        object.__setattr__(
            pair.done, "carried", lambda arrays: {n: [a[::-1] for a in h] for n, h in right(arrays).items()}
        )
        pair.assert_equal_on_integers()


def test_it_is_left_where_it_would_take_more_memory_and_where_sums_are_short() -> None:
    """Of 2 levels the upper one holds the most at once: only the lower has room. 4 channels are few."""
    overrides = ["input.shape=[64,64,16]", "depth=2"]
    plan = unetgen.plan(unetgen.load("unet3d_depth2", overrides))
    done = rewritten(plan, FOR_INFERENCE)
    filtered = [s.change.nodes[0].name for s in done.steps if isinstance(s.rewrite, Winograd)]
    assert filtered == ["encoder_level1_conv1", "encoder_level1_conv2"]
    without = rewritten(plan, [each for each in FOR_INFERENCE if each.name != FILTER.name])
    assert Graph(done.plan).peak <= MORE_MEMORY * Graph(without.plan).peak
    narrow = unetgen.plan(unetgen.load("unet3d_depth2", [*overrides, "base_filters=4"]))
    assert not any(isinstance(s.rewrite, Winograd) for s in rewritten(narrow, FOR_INFERENCE).steps)


def test_neither_training_nor_16_bits() -> None:
    assert not any(isinstance(rewrite, Winograd) for rewrite in FOR_TRAINING)
    from unetgen.config.execution import rewritten_for

    found = {}
    for precision in ("float32", "mixed_bfloat16"):
        config = unetgen.load(
            "unet3d_depth2", ["execution.optimize=inference", f"execution.precision={precision}"]
        )
        steps = rewritten_for(unetgen.plan(config), config.execution).steps
        found[precision] = any(isinstance(step.rewrite, Winograd) for step in steps)
    assert found == {"float32": True, "mixed_bfloat16": False}


def test_the_layer_refuses_what_it_cannot_filter() -> None:
    refused: list[dict[str, Any]] = [{"kernel_size": (5,)}, {"kernel_size": (3,), "strides": (2,)}]
    for wrong in refused:
        with pytest.raises(ValueError, match="winograd: must be an axis of 3 taps"):
            Layer(2, factors=[(1,)], winograd=0, **wrong)
