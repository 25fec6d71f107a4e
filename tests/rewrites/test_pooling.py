"""Max pooling before monotone activations."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from tests.rewrites.checking import applied, chain, check
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Concat, Conv, Pool, PRelu
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_TRAINING
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.pooling import PoolBeforeActivation, PoolBeforeSmoothActivation

BOTH = (PoolBeforeActivation(), PoolBeforeSmoothActivation())
CONV = Conv(4, (3,), (1,), (1,))
STEPWISE = (
    Activation("relu"),
    Activation("relu6"),
    Activation("leaky_relu", {"negative_slope": 0.01}),
    Activation("relu", {"max_value": 1.5, "negative_slope": 0.25}),
    Activation("relu", {"threshold": 0.5}),
    Activation("hard_tanh"),
)
SMOOTH = (
    *map(Activation, ("elu", "selu", "celu", "sigmoid", "hard_sigmoid", "tanh", "softplus", "softsign")),
    *map(Activation, ("exponential", "log_sigmoid")),
    Activation("elu", {"alpha": 0.5}),
)
POOLS = (Pool("max", (2,)), Pool("max", (3,), (2,), "same"))


def _branches(pool: Pool, *activations: Activation) -> Plan:
    builder = Builder(TensorSpec((7,), 2))
    conv = builder.add(CONV, builder.input, name="conv")
    ends = []
    for index, activation in enumerate(activations):
        node = builder.add(activation, conv, name=f"f{index}")
        ends.append(builder.add(pool, node, name=f"pool{index}"))
    return builder.finish(builder.add(Concat(), *ends, name="joined"))


@pytest.mark.parametrize("pool", POOLS, ids=["plain", "overlapping"])
def test_piecewise_linear_activations_bit_for_bit(pool: Pool) -> None:
    done = check(_branches(pool, *STEPWISE), BOTH, float32=pool is POOLS[0])
    assert len(done.steps) == len(STEPWISE)
    assert done.guarantee == "bitwise"
    assert all(done.plan.by_name[f"pool{i}"].inputs == ("conv",) for i in range(len(STEPWISE)))


def test_smooth_activations_to_rounding() -> None:
    done = check(_branches(POOLS[0], *SMOOTH), BOTH)
    assert len(done.steps) == len(SMOOTH)
    assert done.guarantee == "rounding"


@pytest.mark.parametrize("activation", SMOOTH + STEPWISE, ids=lambda op: f"{op.name}{dict(op.options)}")
def test_what_is_taken_never_decreases_in_keras(activation: Activation) -> None:
    function = getattr(keras.activations, activation.name)
    values = keras.ops.convert_to_numpy(function(np.linspace(-8, 8, 999), **activation.options))
    assert (np.diff(values) >= -1e-12).all()


@pytest.mark.parametrize(
    "ops",
    [
        (Activation("silu"), POOLS[0], CONV),
        (Activation("gelu"), POOLS[0], CONV),
        (Activation("softmax"), POOLS[0], CONV),
        (Activation("leaky_relu", {"negative_slope": -0.1}), POOLS[0], CONV),
        (Activation("relu", {"threshold": -1.0}), POOLS[0], CONV),
        (Activation("elu", {"alpha": -1.0}), POOLS[0], CONV),
        (PRelu(), POOLS[0], CONV),
        (Activation("relu"), Pool("average", (2,)), CONV),
        (Activation("relu"), POOLS[0]),
    ],
    ids=["silu", "gelu", "softmax", "slope", "threshold", "alpha", "prelu", "average", "output"],
)
def test_refused(ops: tuple[Any, ...]) -> None:
    assert applied(chain(TensorSpec((8,), 2), *ops), BOTH).steps == ()


def test_refused_where_the_activation_is_used_elsewhere() -> None:
    builder = Builder(TensorSpec((8,), 2))
    relu = builder.add(Activation("relu"), builder.input, name="relu")
    pool = builder.add(POOLS[0], relu, name="pool")
    end = builder.add(CONV, pool, name="end")
    skip = builder.add(CONV, relu, name="skip")
    assert list(BOTH[0].changes(Graph(builder.finish(end, skip)))) == []
    builder = Builder(TensorSpec((8,), 2))
    relu = builder.add(Activation("relu"), builder.input, name="relu")
    end = builder.add(CONV, builder.add(POOLS[0], relu, name="pool"), name="end")
    assert list(BOTH[0].changes(Graph(builder.finish(end, relu)))) == []


def test_not_for_training_and_not_where_nothing_gets_smaller() -> None:
    assert not set(map(type, BOTH)) & set(map(type, FOR_TRAINING))
    ops = (Activation("relu"), Pool("max", (2,), (1,), "same"), CONV)
    assert rewritten(chain(TensorSpec((8,), 2), *ops), BOTH).steps == ()
