"""The softmax of few channels."""

from __future__ import annotations

import numpy as np
import pytest

import unetgen
from tests.rewrites.checking import chain, check
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Conv
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE, FOR_TRAINING
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.softmax import MOST_CHANNELS, SoftmaxByChannels

REWRITE = SoftmaxByChannels()
SOFTMAX = Activation("softmax")


def ending(op: Activation, channels: int, spatial: tuple[int, ...] = (3, 5)) -> Plan:
    ones = (1,) * len(spatial)
    return chain(TensorSpec(spatial, 2), Conv(channels, ones, ones, ones), op)


@pytest.mark.parametrize("spatial", [(7,), (3, 5), (2, 3, 4)])
@pytest.mark.parametrize("channels", [2, 3, MOST_CHANNELS])
def test_outputs_stay(channels: int, spatial: tuple[int, ...]) -> None:
    done = check(ending(SOFTMAX, channels, spatial), [REWRITE])
    assert done.plan.nodes[-1].op == Activation("softmax", by_channels=True)
    assert done.plan.fingerprint == done.original.fingerprint


@pytest.mark.parametrize("channels", [1, MOST_CHANNELS + 1])
def test_other_numbers_of_channels_are_left(channels: int) -> None:
    assert not list(REWRITE.changes(Graph(ending(SOFTMAX, channels))))


@pytest.mark.parametrize("op", [Activation("log_softmax"), Activation("sigmoid")])
def test_other_activations_are_left(op: Activation) -> None:
    assert not list(REWRITE.changes(Graph(ending(op, 2))))


def test_in_between_where_precision_may_be_low_it_is_left() -> None:
    ones = (1, 1)
    plan = chain(TensorSpec((3, 5), 2), Conv(3, ones, ones, ones), SOFTMAX, Conv(3, ones, ones, ones))
    assert not list(REWRITE.changes(Graph(plan)))


def test_it_is_taken_in_predictions_alone_and_computes_in_float32() -> None:
    overrides = ["input.shape=[16,16]", "depth=2", "num_classes=3", "head.activation=softmax"]
    config = unetgen.load("quickstart2d", overrides)
    plan = unetgen.plan(config)
    taken = [
        any(s.rewrite.name == REWRITE.name for s in rewritten(plan, r).steps)
        for r in (FOR_TRAINING, FOR_INFERENCE)
    ]
    assert taken == [False, True]
    fast = ["execution.optimize=inference", "execution.precision=mixed_bfloat16"]
    model = unetgen.build(unetgen.load("quickstart2d", [*overrides, *fast]))
    last = model.layers[-1]
    assert (type(last).__name__, last.compute_dtype) == ("SoftmaxOfFew", "float32")
    x = np.random.default_rng(0).normal(size=(1, *model.input_shape[1:])).astype("float32")
    np.testing.assert_allclose(model.predict(x, verbose=0).sum(-1), 1.0, atol=3e-7)
