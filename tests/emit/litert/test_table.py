"""Every op in LiteRT as in Keras: what its converter or its kernels cannot do is computed otherwise."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from tests.emit.catalogue import CHANNELS, SPATIAL, beside, fitted, ops
from tests.tiers import thorough
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.emit.litert import Quantization
from unetgen.emit.litert.construction import Prediction, lite_model
from unetgen.emit.litert.table import ROWS
from unetgen.model.building import arrays_of
from unetgen.model.exporting.litert import operations, outputs_of
from unetgen.model.running import give_random_weights, largest_difference, predicted
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import ALL_OPS, Activation, Add, Conv, Pool, TransposedConv, Upsample
from unetgen.plan.tensor import TensorSpec

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

LIMIT = 1e-5
"""Of the largest value: what rounding may do in a few ops."""


def keras_model(plan: Plan, data_format: str) -> keras.Model:
    """Keras's model with random weights, channels last inside."""
    model = build(plan, "a", Emission(data_format), layout="channels_last")
    give_random_weights(model)
    return model


def random(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal(shape, "float32")


@thorough
@pytest.mark.parametrize(("dims", "is_free"), [(1, True), (2, False), (2, True), (3, False), (3, True)])
def test_every_op_computes_what_keras_does(dims: int, is_free: bool) -> None:
    plan = beside(dims, TensorSpec(SPATIAL[dims], CHANNELS, tuple(range(dims)) if is_free else ()))
    assert {type(node.op) for node in plan.nodes} == set(ALL_OPS) - {Activation}
    data_format = "channels_first" if is_free else "channels_last"
    model = keras_model(plan, data_format)
    written = lite_model(plan, arrays_of(model), data_format)
    wrong: dict[tuple[str, int], float] = {}
    for batch, larger in ((1, 0), (3, 6 if is_free else 0)):
        spec = plan.input.spec.of_sizes(tuple(size + larger for size in SPATIAL[dims]))
        x = random((batch, *spec.shape(data_format)))
        pairs = zip(plan.outputs, predicted(model, x), outputs_of(written, x, plan.outputs), strict=True)
        found = {(name, batch): largest_difference([wanted], [mine]) for name, wanted, mine in pairs}
        wrong |= {each: difference for each, difference in found.items() if not difference <= LIMIT}
    assert wrong == {}


@pytest.mark.parametrize(("dims", "data_format"), [(2, "channels_last"), (3, "channels_first")])
def test_every_row_computes_what_keras_does(dims: int, data_format: str) -> None:
    """Before the converter, so that it is quick."""
    builder = Builder(TensorSpec(SPATIAL[dims], CHANNELS))
    held = [op for op in ops(dims) if type(op) in ROWS]
    assert {type(op) for op in held} == set(ROWS)
    made = [builder.add(op, builder.input, name=f"op{index}") for index, op in enumerate(held)]
    plan = builder.finish(*made)
    model = keras_model(plan, data_format)
    x = random((2, *plan.input.spec.shape(data_format)))
    found = Prediction(plan, arrays_of(model), data_format)(x)
    pairs = zip(plan.outputs, predicted(model, x), strict=True)
    differences = {name: largest_difference([wanted], [np.asarray(found[name])]) for name, wanted in pairs}
    assert {name: each for name, each in differences.items() if not each <= LIMIT} == {}


@pytest.mark.parametrize("pair", [((1, 3), (2, 2)), ((2, 2), (3, 2)), ((1, 1), (2, 2))])
def test_strides_beyond_the_kernel_are_padded_as_planned(pair: tuple[tuple[int, int], ...]) -> None:
    """XNNPACK's own padding is wrong there."""
    kernel, strides = pair
    builder = Builder(TensorSpec((9, 8), 4))
    plan = builder.finish(builder.add(Conv(3, kernel, strides, (1, 1)), builder.input, name="conv"))
    assert_computed(plan, "channels_last", None, LIMIT)


def assert_computed(
    plan: Plan, data_format: str, quantize: Quantization | None, limit: float, least: float = 0.0
) -> bytes:
    """The file, whose outputs for two batches are so far from Keras's."""
    model = keras_model(plan, data_format)
    written = lite_model(plan, arrays_of(model), data_format, quantize)
    for batch in (1, 3):
        x = random((batch, *plan.input.spec.shape(data_format)))
        assert least <= largest_difference(predicted(model, x), outputs_of(written, x, plan.outputs)) <= limit
    return written


def small(dims: int) -> Plan:
    """A few layers of 3D networks, each with enough weights to be quantized."""
    builder = Builder(TensorSpec((8,) * dims, 4))
    ones, twos, threes = ((size,) * dims for size in (1, 2, 3))
    conv = builder.add(Conv(16, threes, ones, ones), builder.input, name="conv")
    pooled = builder.add(Pool("max", twos), conv, name="pooled")
    deep = builder.add(Conv(32, threes, ones, ones), pooled, name="deep")
    up = builder.add(TransposedConv(16, twos, twos), deep, name="up")
    return builder.finish(builder.add(Add(), up, conv, name="sum"))


@pytest.mark.parametrize(("quantize", "factor", "limit"), [("float16", 0.6, 2e-3), ("int8", 0.45, 3e-2)])
def test_quantized_weights_take_less_and_are_near(
    quantize: Quantization, factor: float, limit: float
) -> None:
    plan = small(dims=3)
    plain = lite_model(plan, arrays_of(keras_model(plan, "channels_last")), "channels_last")
    less = assert_computed(plan, "channels_first", quantize, limit, least=LIMIT)
    assert len(less) < factor * len(plain)


def test_the_channels_are_known_behind_whatever_fits_sizes() -> None:
    builder = Builder(TensorSpec((8, 12), CHANNELS, free=(0, 1)))
    x, ones, threes = builder.input, (1, 1), (3, 3)
    y = builder.add(Conv(CHANNELS, threes, ones, ones), x, name="y")
    small = builder.add(Pool("max", (2, 2)), x, name="small")
    made = [
        builder.add(Conv(2, threes, strides, ones), node, name=f"{node.name}_{strides[0]}")
        for node in [*fitted(builder, x, y, small), builder.add(Upsample((2, 2)), x, name="up")]
        for strides in (ones, (2, 2))
    ]
    assert_computed(builder.finish(*made), "channels_last", None, LIMIT)


def test_three_axes_are_computed_by_kernels_of_two() -> None:
    plan = small(dims=3)
    found = Counter(
        operations(lite_model(plan, arrays_of(keras_model(plan, "channels_last")), "channels_last"))
    )
    assert found["CONV_2D"] == 6  # one for each tap of the first axis
    assert found["TRANSPOSE_CONV"] == 2
    assert found["MAX_POOL_2D"] == 2
    assert not {"CONV_3D", "CONV_3D_TRANSPOSE"} & set(found)
