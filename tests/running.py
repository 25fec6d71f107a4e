"""A model in the modes in which users run it, against the same model called layer by layer.

TensorFlow compiles a graph for `predict`, `evaluate` and `fit`, and its compiler has changed numbers before.
The oracle is eager mode: every layer by itself.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow

from unetgen.model.running import Outputs, called, give_random_weights, largest_difference, predicted

TOLERANCE = 1e-5
"""Of the largest value, in float32."""


def assert_predicts_as_called(
    model: keras.Model, x: np.ndarray | None = None, tolerance: float = TOLERANCE
) -> float:
    """`predict` and `predict_on_batch` equal a plain call, with random weights; the largest difference.

    Scores are compared before a softmax or sigmoid would press them together.
    """
    give_random_weights(model)
    scores = without_last_activations(model)
    x = sample_of(model) if x is None else x
    wanted = called(scores, x)
    on_batch = scores.predict_on_batch(x)
    others = {
        "predict": predicted(scores, x),
        "predict_on_batch": [np.asarray(each) for each in _listed(on_batch)],
    }
    differences = {mode: largest_difference(wanted, found) for mode, found in others.items()}
    assert all(difference <= tolerance for difference in differences.values()), differences
    return max(differences.values())


def assert_trains_as_eager(model: keras.Model, tolerance: float = 1e-4) -> None:
    """`evaluate` and one step of `fit` equal those of the same model in eager mode: losses, metrics, weights
    and moving statistics after the step. The optimizer is plain gradient descent: Adam divides rounding by
    rounding."""
    give_random_weights(model)
    x = sample_of(model, batch=2)
    y = [_targets(each.shape) for each in called(model, x)]
    targets = y if len(y) > 1 else y[0]
    weights = model.get_weights()
    found = []
    for eagerly in (False, True):
        model.set_weights(weights)
        model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mean_squared_error", run_eagerly=eagerly)
        evaluated = model.evaluate(x, targets, verbose=0)
        keras.utils.set_random_seed(0)
        history = model.fit(x, targets, batch_size=2, epochs=1, shuffle=False, verbose=0).history
        found.append((np.atleast_1d(evaluated), np.array(list(history.values())), model.get_weights()))
    (graph_loss, graph_history, graph_weights), (loss, history_, eager_weights) = found
    np.testing.assert_allclose(graph_loss, loss, rtol=tolerance)
    np.testing.assert_allclose(graph_history, history_, rtol=tolerance)
    steps = [np.abs(eager - before).max() for eager, before in zip(eager_weights, weights, strict=True)]
    # Of weights before a normalization steps are nothing but rounding: compare with the largest of all.
    for graph, eager, step in zip(graph_weights, eager_weights, steps, strict=True):
        assert np.abs(graph - eager).max() <= 10 * tolerance * max(step, 1e-2 * max(steps))


def losses_of_steps(model: keras.Model, x: np.ndarray, y: np.ndarray, steps: int) -> list[float]:
    """The loss of each step of training on one batch, all in one graph: those that `fit` has, bit for bit.

    `fit` makes two graphs of a step before it takes one, and more around it.
    """
    model.optimizer.build(model.trainable_variables)
    step = tensorflow.function(lambda: model.train_step((x, y))["loss"])
    losses = []
    for _ in range(steps):
        model.reset_metrics()
        losses.append(float(step()))
    return losses


def without_last_activations(model: keras.Model) -> keras.Model:
    """The model up to what its last activations are given."""
    outputs = []
    for output in model.outputs:
        layer = output._keras_history.operation
        squashes = type(layer).__name__ in ("Activation", "Softmax", "AxisActivation")
        outputs.append(layer.input if squashes and not isinstance(layer.input, list) else output)
    return keras.Model(model.input, outputs)


def sample_of(model: keras.Model, batch: int = 1) -> np.ndarray:
    """A random batch."""
    return np.random.default_rng(0).normal(size=(batch, *model.input_shape[1:])).astype("float32")


def _targets(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(1).normal(size=shape).astype("float32")


def _listed(outputs: object) -> Outputs:
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]  # type: ignore[list-item]
