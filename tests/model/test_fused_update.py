"""Steps by one kernel come to what Keras's come to, and to the formulas in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import unetgen
from tests.tiers import sampled
from unetgen.model.fused_update import fuse_update

STEPS, RATE, SHAPES = 50, 0.01, ((3, 3, 2, 4), (4,))
Make = Callable[[], Any]


def schedule() -> Any:
    return keras.optimizers.schedules.CosineDecay(RATE, 40, warmup_steps=5, warmup_target=2 * RATE)


OPTIMIZERS: dict[str, Make] = {
    "adam": lambda: keras.optimizers.Adam(RATE),
    "schedule": lambda: keras.optimizers.Adam(schedule(), beta_1=0.8, beta_2=0.99, epsilon=1e-3),
    "decay": lambda: keras.optimizers.AdamW(RATE, weight_decay=0.1, global_clipnorm=0.5),
    "averages": lambda: keras.optimizers.Adam(RATE, use_ema=True, ema_overwrite_frequency=7, clipvalue=0.1),
    "accumulation": lambda: keras.optimizers.Adam(RATE, gradient_accumulation_steps=3),
    "scaled loss": lambda: keras.optimizers.LossScaleOptimizer(
        keras.optimizers.Adam(RATE), initial_scale=8.0, dynamic_growth_steps=9
    ),
    "momentum": lambda: keras.optimizers.SGD(schedule(), momentum=0.9, weight_decay=0.01),
    "nesterov": lambda: keras.optimizers.SGD(RATE, momentum=0.99, nesterov=True),
}


def gradients(step: int) -> list[np.ndarray]:
    random = np.random.default_rng(step)
    return [
        (random.normal(size=shape) * 10.0 ** random.integers(-3, 1)).astype("float32") for shape in SHAPES
    ]


def variables(dtype: str = "float32") -> list[keras.Variable]:
    random = np.random.default_rng(99)
    return [keras.Variable(random.normal(size=shape), dtype=dtype) for shape in SHAPES]


def learned(optimizer: Any, weights: Sequence[keras.Variable], steps: Sequence[int]) -> list[np.ndarray]:
    """The weights, then the optimizer's state, after `steps` in graph mode."""
    optimizer.build(weights)
    apply = tf.function(lambda given: optimizer.apply(given, weights), autograph=False)
    for step in steps:
        apply([tf.constant(gradient) for gradient in gradients(step)])
    return [np.asarray(each) for each in (*weights, *optimizer.variables)]


def assert_near(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray], share: float) -> None:
    assert [each.shape for each in found] == [each.shape for each in wanted]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=share * max(np.abs(other).max(), 1e-30))


@pytest.mark.parametrize("name", sampled(OPTIMIZERS, first=("adam", "decay", "nesterov")))
def test_fifty_steps_are_keras_s(name: str) -> None:
    """Float32 keeps 1 - 0.999 to a share of 1.3e-5, the difference of the second moments."""
    make = OPTIMIZERS[name]
    fused = make()
    assert fuse_update(fused)
    assert_near(learned(fused, variables(), range(STEPS)), learned(make(), variables(), range(STEPS)), 1.5e-5)
    assert type(fused) is type(make())
    assert keras.optimizers.serialize(fused)["module"] == "keras.optimizers"


def adam(beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7) -> list[np.ndarray]:
    """Algorithm 1 of arXiv 1412.6980 as the end of its section 2 orders it, in float64."""
    weights = [np.asarray(each).astype("float64") for each in variables()]
    moments = [(np.zeros(shape), np.zeros(shape)) for shape in SHAPES]
    for step in range(1, STEPS + 1):
        rate = RATE * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        for weight, (first, second), gradient in zip(weights, moments, gradients(step - 1), strict=True):
            g = gradient.astype("float64")
            first[:] = beta_1 * first + (1 - beta_1) * g
            second[:] = beta_2 * second + (1 - beta_2) * g**2
            weight -= rate * first / (np.sqrt(second) + epsilon)
    return weights


def test_adam_is_as_near_to_float64_as_keras_s() -> None:
    fused, exact = OPTIMIZERS["adam"](), adam()
    fuse_update(fused)
    errors = {
        name: max(
            np.abs(one - other).max()
            for one, other in zip(learned(optimizer, variables(), range(STEPS)), exact, strict=False)
        )
        for name, optimizer in {"fused": fused, "Keras": OPTIMIZERS["adam"]()}.items()
    }
    assert errors["fused"] <= max(2 * errors["Keras"], 1e-6)


@pytest.mark.parametrize("name", ["adam", "nesterov"])
def test_a_state_moves_both_ways(name: str) -> None:
    """Half of the steps by one, half by the other, come to all by Keras's."""
    wanted = learned(OPTIMIZERS[name](), variables(), range(20))
    for first in (True, False):
        weights, one, other = variables(), OPTIMIZERS[name](), OPTIMIZERS[name]()
        fuse_update(one if first else other)
        learned(one, weights, range(10))
        other.build(weights)
        for mine, theirs in zip(other.variables, one.variables, strict=True):
            mine.assign(theirs)
        assert_near(learned(other, weights, range(10, 20)), wanted, 1.5e-5)


@pytest.mark.parametrize(
    "refused",
    [
        keras.optimizers.Adam(amsgrad=True),
        keras.optimizers.SGD(),
        keras.optimizers.RMSprop(),
        type("Adam", (keras.optimizers.Adam,), {})(),
    ],
    ids=["amsgrad", "no momentum", "no kernel", "derived"],
)
def test_others_step_as_they_do(refused: Any) -> None:
    before = refused.update_step
    assert not fuse_update(refused)
    assert refused.update_step == before


def test_sparse_gradients_and_16_bits_go_keras_s_way() -> None:
    for dtype, sparse in (("bfloat16", False), ("float32", True)):
        found = []
        for fused in (False, True):
            optimizer, (weight, _) = keras.optimizers.Adam(RATE), variables(dtype)
            if fused:
                fuse_update(optimizer)
            optimizer.build([weight])
            rows = tf.cast(gradients(0)[0][:2], dtype)
            whole = tf.cast(gradients(0)[0], dtype)
            optimizer.apply([tf.IndexedSlices(rows, [0, 2], weight.shape) if sparse else whole], [weight])
            found.append(np.asarray(keras.ops.cast(weight, "float32")))
        plain, by_kernel = found
        np.testing.assert_array_equal(plain, by_kernel)


def test_a_copy_steps_as_keras_has_it() -> None:
    """Keras copies an optimizer by its config; a step that was bound to the first would update its state."""
    optimizer = OPTIMIZERS["adam"]()
    fuse_update(optimizer)
    for again in (copy.deepcopy(optimizer), type(optimizer).from_config(optimizer.get_config())):
        assert again.update_step.__func__ is type(optimizer).update_step


def network(execution: str, *overrides: str) -> keras.Model:
    small = ["input.shape=[8,8]", "depth=2", "base_filters=4", "dropout=0", "num_classes=2"]
    return unetgen.build(unetgen.load("quickstart2d", [*small, f"execution={execution}", *overrides]))


@pytest.mark.parametrize("precision", sampled(["float32", "mixed_float16"], first=("float32",)))
def test_fit_learns_the_same_and_the_file_names_keras_s_optimizer(precision: str, tmp_path: Path) -> None:
    wanted, fused = (
        network(f"{{optimize: {optimize}, precision: {precision}}}", "compile.optimizer.learning_rate=0.01")
        for optimize in ("none", "training")
    )
    fused.set_weights(wanted.get_weights())
    random = np.random.default_rng(0)
    x = random.normal(size=(8, *wanted.input_shape[1:])).astype("float32")
    y = np.eye(2, dtype="float32")[random.integers(0, 2, (8, 8, 8))]
    plain, by_kernel = (
        model.fit(x, y, batch_size=2, epochs=3, shuffle=False, verbose=0).history["loss"]
        for model in (wanted, fused)
    )
    np.testing.assert_allclose(plain, by_kernel, rtol=1e-4 if precision == "float32" else 2e-2)
    inner = getattr(fused.optimizer, "inner_optimizer", fused.optimizer)
    assert inner.update_step.__func__ is not type(inner).update_step
    fused.save(tmp_path / "model.keras")
    read = keras.saving.load_model(tmp_path / "model.keras").optimizer
    assert type(read) is type(fused.optimizer)
    for one, other in zip(read.variables, fused.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, other)
