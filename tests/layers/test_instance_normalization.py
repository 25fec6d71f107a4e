"""Instance normalization by the fused kernel against float64 sums, as Keras's own is measured too."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from unetgen.layers import InstanceNormalization

tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="the fused kernel is TensorFlow's"
)
SHAPES = [(1, 40, 3), (3, 7, 4), (1, 5, 6, 3), (3, 4, 5, 2), (1, 3, 4, 2, 5), (3, 2, 3, 4, 3)]
UNITS = {"float32": 2.0**-23, "mixed_bfloat16": 2.0**-8, "mixed_float16": 2.0**-10}


def exact(x: Any, gamma: Any, beta: Any, epsilon: float, dy: Any) -> list[np.ndarray]:
    """Output and gradients of input, gamma and beta, by their formulas in float64 (arXiv 1502.03167, 3)."""
    over = tuple(range(1, x.ndim - 1))
    centred = x - x.mean(over, keepdims=True)
    sigma = np.sqrt((centred**2).mean(over, keepdims=True) + epsilon)
    plain, scaled = centred / sigma, dy * gamma
    along = (scaled * plain).mean(over, keepdims=True)
    dx = (scaled - scaled.mean(over, keepdims=True) - plain * along) / sigma
    rest = (0, *over)
    return [plain * gamma + beta, dx, (dy * plain).sum(rest), dy.sum(rest)]


def computed(
    layer: Any, x: np.ndarray, gamma: Any, beta: Any, dy: np.ndarray, dtype: str
) -> list[np.ndarray]:
    """The same of `layer` in a graph that knows no batch size."""
    import tensorflow as tf

    layer.build((None, *x.shape[1:]))
    layer.set_weights([gamma, beta])

    @tf.function(input_signature=[tf.TensorSpec((None, *(None,) * (x.ndim - 2), x.shape[-1]), dtype)] * 2)
    def step(x: Any, dy: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        return [y, *tape.gradient(y, [x, layer.gamma.value, layer.beta.value], dy)]

    made = step(tf.cast(x, dtype), tf.cast(dy, dtype))
    return [tf.cast(each, "float64").numpy() for each in made]


def given(shape: tuple[int, ...], dtype: str, mean: float = 0.0, sd: float = 1.0) -> list[Any]:
    """Input and output gradient as `dtype` holds them, gamma and beta; all in float64."""
    random = np.random.default_rng(list(shape))
    held = [random.normal(mean, sd, shape), random.normal(size=shape)]
    x, dy = (keras.ops.convert_to_numpy(keras.ops.cast(keras.ops.cast(a, dtype), "float64")) for a in held)
    gamma, beta = random.normal(size=(2, shape[-1])).astype("float32").astype("float64")
    return [x, gamma, beta, dy]


def errors(layer: Any, values: list[Any], dtype: str) -> list[float]:
    """The largest errors, over the largest value, of output and gradients."""
    x, gamma, beta, dy = values
    wanted = exact(x, gamma, beta, layer.epsilon, dy)
    found = computed(layer, x, gamma, beta, dy, dtype)
    return [
        float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-12)) for a, b in zip(found, wanted, strict=True)
    ]


@tensorflow_only
@pytest.mark.parametrize("policy", UNITS)
@pytest.mark.parametrize("epsilon", [1e-3, 1e-6])
def test_outputs_and_gradients_are_those_of_float64(policy: str, epsilon: float) -> None:
    """Values and input gradients are rounded once to the compute type; sums are in float32."""
    dtype = policy.removeprefix("mixed_")
    for shape in SHAPES:
        y, dx, dgamma, dbeta = errors(
            InstanceNormalization(epsilon=epsilon, dtype=policy), given(shape, dtype), dtype
        )
        assert max(y, dx) <= 32 * UNITS["float32"] + UNITS[policy], (shape, y, dx)
        assert max(dgamma, dbeta) <= 32 * UNITS["float32"], (shape, dgamma, dbeta)


@tensorflow_only
def test_a_large_mean_costs_no_more_digits_than_keras() -> None:
    """The mean is subtracted before the division; Keras adds two products that cancel."""
    values = given((2, 400, 3), "float32", mean=100.0, sd=0.1)
    ours = errors(InstanceNormalization(epsilon=1e-5), values, "float32")
    kerass = errors(keras.layers.GroupNormalization(groups=-1, epsilon=1e-5), values, "float32")
    assert all(mine <= theirs * 1.5 + 1e-6 for mine, theirs in zip(ours, kerass, strict=True)), (ours, kerass)


@tensorflow_only
@pytest.mark.parametrize("epsilon", [1e-3, 1e-6])
def test_of_one_position_is_the_offset_and_of_two_has_no_correction(epsilon: float) -> None:
    layer = InstanceNormalization(epsilon=epsilon)
    x, gamma, beta, dy = given((3, 1, 1, 4), "float32")
    y, dx, dgamma, _ = computed(layer, x, gamma, beta, dy, "float32")
    np.testing.assert_allclose(y, np.broadcast_to(beta, y.shape), rtol=1e-6)
    assert not dx.any() and not dgamma.any()
    assert (
        max(errors(InstanceNormalization(epsilon=epsilon), given((2, 2, 3), "float32"), "float32")[::2])
        < 1e-5
    )


def _pair(**arguments: Any) -> tuple[Any, Any]:
    ours = InstanceNormalization(**arguments)
    theirs = keras.layers.GroupNormalization(groups=-1, **arguments)
    return ours, theirs


@pytest.mark.parametrize(
    "arguments", [{}, {"scale": False}, {"center": False}, {"scale": False, "center": False}]
)
def test_weights_are_those_of_kerass_layer_and_move_both_ways(arguments: dict[str, bool]) -> None:
    ours, theirs = _pair(**arguments)
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    for layer in (ours, theirs):
        layer.build(x.shape)
    named = [
        [(w.name, tuple(w.shape), w.numpy().tolist()) for w in layer.weights] for layer in (ours, theirs)
    ]
    assert named[0] == named[1]
    held = [np.arange(1.0, 4.0, dtype="float32") + n for n, _ in enumerate(ours.weights)]
    theirs.set_weights(held)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), atol=1e-5)


@pytest.mark.parametrize(("dtype", "axis"), [("float64", -1), ("float32", 1)])
def test_float64_and_channels_first_go_kerass_way(dtype: str, axis: int) -> None:
    ours, theirs = _pair(dtype=dtype, axis=axis)
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
    np.testing.assert_array_equal(ours(x), theirs(x))


def test_the_layer_reads_its_config() -> None:
    layer = InstanceNormalization(epsilon=1e-6, gamma_constraint="non_neg", beta_regularizer="l2")
    layer.build((None, 4, 3))
    again = InstanceNormalization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert "groups" not in layer.get_config()
