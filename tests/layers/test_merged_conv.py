"""MergedConv against up-sampling, concatenation and convolution written in NumPy; integers, so exactly."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from unetgen.layers import MergedConv


def _expected(
    inputs: Sequence[np.ndarray],
    factors: Sequence[Sequence[int]],
    kernel: np.ndarray,
    bias: np.ndarray,
    padding: str,
    strides: Sequence[int],
    dilation: Sequence[int],
) -> np.ndarray:
    """The convolution tap by tap; ``same`` pads as TensorFlow does, the odd one after."""
    grown = []
    for x, size in zip(inputs, factors, strict=True):
        for axis, factor in enumerate(size, start=1):
            x = np.repeat(x, factor, axis=axis)
        grown.append(x)
    x = np.concatenate(grown, axis=-1)
    sizes, pads = [], [(0, 0)]
    for size, k, s, d in zip(x.shape[1:-1], kernel.shape, strides, dilation, strict=False):
        extent = (k - 1) * d + 1
        out = -(-size // s) if padding == "same" else (size - extent) // s + 1
        pad = max((out - 1) * s + extent - size, 0) if padding == "same" else 0
        sizes.append(out)
        pads.append((pad // 2, pad - pad // 2))
    x = np.pad(x, [*pads, (0, 0)])
    y = np.zeros((len(x), *sizes, kernel.shape[-1])) + bias
    for tap in itertools.product(*map(range, kernel.shape[:-2])):
        places = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, dilation, sizes, strides, strict=True)
        )
        y += x[(slice(None), *places)] @ kernel[tap]
    return y


def _check(
    spatial: Sequence[int],
    factors: Sequence[Sequence[int]],
    size: Sequence[int],
    padding: str,
    **steps: Any,
) -> None:
    rng = np.random.default_rng(len(factors))
    inputs = [
        rng.integers(-3, 4, (2, *(n // f for n, f in zip(spatial, each, strict=True)), 2 + index))
        for index, each in enumerate(factors)
    ]
    layer = MergedConv(3, size, factors, padding=padding, dtype="float64", **steps)
    tensors = [keras.ops.convert_to_tensor(x.astype("float64")) for x in inputs]
    given = tensors if len(tensors) > 1 else tensors[0]
    shapes = [x.shape for x in inputs]
    layer.build(shapes if len(shapes) > 1 else shapes[0])
    weights = [rng.integers(-3, 4, weight.shape).astype("float64") for weight in layer.weights]
    layer.set_weights(weights)
    made = keras.ops.convert_to_numpy(layer(given))
    ones = (1,) * len(spatial)
    kernel, bias = weights
    expected = _expected(
        inputs,
        factors,
        kernel,
        bias,
        padding,
        steps.get("strides", ones),
        steps.get("dilation_rate", ones),
    )
    np.testing.assert_array_equal(made, expected)
    assert layer.compute_output_shape(shapes if len(shapes) > 1 else shapes[0]) == made.shape


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_one_axis(factor: int, size: int, padding: str) -> None:
    _check((12,), ((factor,), (1,)), (size,), padding)
    _check((12,), ((factor,),), (size,), padding)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("spatial", "factors", "size"),
    [
        ((6, 4), ((2, 2), (1, 1)), (3, 3)),
        ((6, 4), ((1, 1), (3, 2)), (2, 3)),
        ((6, 4), ((1, 2), (1, 1), (3, 1)), (5, 4)),
        ((4, 4, 6), ((1, 2, 2), (1, 1, 1)), (3, 3, 3)),
        ((6, 4, 4), ((3, 2, 1), (2, 1, 4), (1, 1, 1)), (4, 2, 1)),
    ],
)
def test_several_axes_and_inputs(spatial: Any, factors: Any, size: Any, padding: str) -> None:
    _check(spatial, factors, size, padding)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("steps", [{"strides": (2,)}, {"strides": (3,)}, {"dilation_rate": (2,)}], ids=str)
def test_strides_and_dilations_of_a_concatenation(steps: Any, padding: str) -> None:
    for spatial in (7, 8, 9):
        _check((spatial,), ((1,), (1,)), (3,), padding, **steps)


def test_the_smallest_tensors() -> None:
    _check((2, 3), ((2, 3), (1, 1)), (3, 3), "same")
    _check((2,), ((2,),), (5,), "same")
    _check((3,), ((3,), (1,)), (3,), "valid")


def test_unknown_sizes_stay_unknown() -> None:
    layer = MergedConv(3, (3, 3), ((2, 2), (1, 1)), padding="valid")
    shapes = [(None, None, 4, 2), (None, None, 8, 5)]
    assert layer.compute_output_shape(shapes) == (None, None, 6, 3)


def test_activation_regularizer_and_config_survive_saving(tmp_path: Path) -> None:
    inputs = [keras.Input((2, 2, 3)), keras.Input((4, 4, 2))]
    layer = MergedConv(
        3,
        (3, 3),
        ((2, 2), (1, 1)),
        activation="relu",
        use_bias=False,
        kernel_initializer=keras.initializers.HeNormal(seed=1),
        kernel_regularizer=keras.regularizers.L2(0.1),
        name="merged",
    )
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.get_layer("merged").get_config() == layer.get_config()
    x = [np.random.default_rng(0).normal(size=(1, *each.shape[1:])).astype("float32") for each in inputs]
    made = keras.ops.convert_to_numpy(again(x))
    np.testing.assert_array_equal(made, keras.ops.convert_to_numpy(model(x)))
    assert made.min() == 0
    (kernel,) = layer.get_weights()
    np.testing.assert_allclose(float(again.losses[0]), 0.1 * (kernel**2).sum(), rtol=1e-5)
    np.testing.assert_array_equal(kernel, keras.initializers.HeNormal(seed=1)(kernel.shape))


def test_its_dtype_is_the_policys() -> None:
    layer = MergedConv(2, (3,), ((2,), (1,)), dtype="mixed_bfloat16")
    y = layer([np.ones((1, 2, 2), "float32"), np.ones((1, 4, 1), "float32")])
    assert (keras.backend.standardize_dtype(y.dtype), layer.kernel.dtype) == ("bfloat16", "float32")


@pytest.mark.parametrize("steps", [{"strides": (2,)}, {"dilation_rate": (2,)}], ids=str)
def test_strides_where_something_is_up_sampled_are_refused(steps: Any) -> None:
    with pytest.raises(ValueError, match="must be 1 where an input is up-sampled"):
        MergedConv(2, (3,), ((2,), (1,)), **steps)


def test_another_number_of_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has 2 factors \(got 1 inputs\)"):
        MergedConv(2, (3,), ((2,), (1,)))(np.ones((1, 2, 2), "float32"))


@pytest.mark.parametrize(
    "along",
    [{"paired": 0}, {"winograd": 0}, {"winograd": 0, "winograd_slabs": 3, "winograd_over_input": True}],
    ids=["paired", "filtered", "over an input"],
)
def test_a_graph_traced_for_any_size_computes_the_built_one(along: dict[str, Any]) -> None:
    """Of a data set from a generator, for one; against the plain convolution."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    layer = MergedConv(3, (3, 3), [(1, 1)], **along)
    layer.build((None, 12, 5, 3))
    kernel, bias = rng.normal(size=(3, 3, 3, 3)), rng.normal(size=3)
    layer.set_weights([kernel, bias])
    x = rng.normal(size=(2, 12, 5, 3)).astype("float32")
    any_size = tf.TensorSpec([None, None, None, 3])
    found = tf.function(lambda x: layer(tf.nn.relu(x)), input_signature=[any_size])(x)
    wanted = tf.nn.convolution(tf.nn.relu(x), kernel.astype("float32"), padding="SAME") + bias
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)


def test_a_filtered_model_is_not_compiled_by_xla() -> None:
    """XLA has no such operation; Keras goes on without it."""
    inputs = keras.Input((8, 2))
    model = keras.Model(inputs, MergedConv(2, (3,), [(1,)], winograd=0)(inputs))
    with pytest.warns(UserWarning, match="doesn't support `jit_compile=True`"):
        model.compile(loss="mse", jit_compile=True)
    x = np.ones((1, 8, 2), "float32")
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x), rtol=0, atol=1e-6)
    plain = keras.Model(inputs, MergedConv(2, (3,), [(1,)])(inputs))
    plain.compile(loss="mse", jit_compile=True)
    assert plain.jit_compile
