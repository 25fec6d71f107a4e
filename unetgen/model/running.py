"""A model as users run it: `predict` and a plain call have to give the same.

A call computes layer by layer; `predict` compiles the model first, and compilers have been wrong about
numbers (decision 0011). So what is verified is verified in both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unetgen.legal_sizes import LegalSizes

if TYPE_CHECKING:
    import keras

Outputs = list[NDArray[np.float64]]
Arrays = Sequence[NDArray[np.float64] | NDArray[np.float32]]
SMALL = 16
"""A free axis is at least so long where a random input is made."""
LARGEST_DIFFERENCE = {"float32": 1e-3, "float64": 1e-3, "mixed_float16": 2e-2, "mixed_bfloat16": 1e-1}
"""By precision, of the largest output: more than rounding gives in a deep network, less than a fault does."""


def random_input(model: keras.Model, batch: int = 1, larger: int = 0) -> NDArray[np.float32]:
    """Samples of normally distributed numbers, the same each time.

    A free axis has a small legal size, and with `larger` one that is so many steps above it.
    """
    sizes = [_size(model, axis, larger) for axis in range(1, len(model.input_shape))]
    return np.random.default_rng(0).standard_normal((batch, *sizes), "float32")


def _size(model: keras.Model, axis: int, larger: int) -> int:
    known = model.input_shape[axis]
    if known is not None:
        return int(known)
    every = getattr(model, "legal_sizes", ())
    legal = (every[axis - 1] if every else None) or LegalSizes(SMALL, SMALL)
    return legal.near(max(SMALL, legal.first))[-1] + larger * legal.step


def called(model: keras.Model, x: NDArray[np.float32]) -> Outputs:
    """The outputs of a plain call, which computes layer by layer."""
    from unetgen.model.session import as_numpy

    return [_array(as_numpy(each)) for each in _listed(model(x, training=False))]


def predicted(model: keras.Model, x: NDArray[np.float32]) -> Outputs:
    """The outputs of `predict`, which compiles the model first."""
    return [_array(each) for each in _listed(model.predict(x, verbose=0))]


def largest_difference(outputs: Arrays, others: Arrays) -> float:
    """The largest difference of two models' outputs, each as a part of the largest value of its output.

    Infinite where shapes differ. A NaN stays one.
    """
    if [each.shape for each in outputs] != [each.shape for each in others]:
        return float("inf")
    pairs = zip(outputs, others, strict=True)
    # NumPy's maximum keeps a NaN, Python's does not.
    return float(np.max([np.abs(a - b).max() / (np.abs(a).max() or 1.0) for a, b in pairs]))


def disagreement(model: keras.Model) -> float:
    """How far `predict` is from a plain call on one random input, relative to the largest output."""
    x = random_input(model)
    return largest_difference(called(model, x), predicted(model, x))


def give_random_weights(model: keras.Model) -> None:
    """Replace all weights, moving statistics too, by random ones: those of a new model hide faults, as its
    biases are 0. Kernels keep the size of their outputs about that of their inputs."""
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([_random(weight, rng) for weight in layer.weights])


def _random(weight: keras.Variable, rng: np.random.Generator) -> NDArray[np.float64]:
    shape, dtype = tuple(weight.shape), str(weight.dtype)
    if "float" not in dtype:  # the state of a generator of random numbers; NumPy has no bfloat16 to ask of
        return np.asarray(weight)
    if "variance" in weight.name:
        return rng.uniform(0.5, 1.5, shape)
    scale = 1.4 / np.sqrt(np.prod(shape[:-1])) if len(shape) > 1 else 0.3
    return np.asarray(rng.normal(scale=scale, size=shape) + (weight.name == "gamma"))


def _listed(outputs: Any) -> Sequence[Any]:
    if isinstance(outputs, dict):
        return list(outputs.values())
    return outputs if isinstance(outputs, list | tuple) else [outputs]


def _array(values: Any) -> NDArray[np.float64]:
    return np.asarray(values, "float64")
