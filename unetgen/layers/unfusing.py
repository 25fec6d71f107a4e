"""A tensor that no graph optimiser looks through (decision 0011)."""

from __future__ import annotations

import keras

from unetgen.layers.tensor import Tensor


def unfused(x: Tensor) -> Tensor:
    """``x``, as something that no graph optimiser looks through; no copy is made.

    TensorFlow removes an ``Identity``, but keeps an ``EnsureShape``. Other backends merge by compilers of
    their own, which keep the numbers.
    """
    if keras.backend.backend() != "tensorflow" or isinstance(x, keras.KerasTensor):
        return x
    import tensorflow

    return tensorflow.ensure_shape(x, x.shape)
