"""Gradients of what is computed in a way that TensorFlow cannot differentiate, or not well."""

from __future__ import annotations

from collections.abc import Callable

import keras

from unetgen.layers.tensor import Tensor

Computation = Callable[..., Tensor]


def with_plain_gradient(fast: Computation, plain: Computation, *tensors: Tensor) -> Tensor:
    """``fast(*tensors)``; its gradients are those of ``plain(*tensors)``, which computes the same.

    They are taken by computing ``plain`` in the backward pass. That is on TensorFlow; other backends
    differentiate ``fast``.

    Args:
        fast, plain: functions of ``tensors`` alone; neither reads a variable.
    """
    if keras.backend.backend() != "tensorflow":
        return fast(*tensors)
    import tensorflow as tf

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def computed(*given: Tensor) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
        def gradients(upstream: Tensor) -> list[Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(given)
                value = plain(*given)
            return tape.gradient(value, given, upstream)  # type: ignore[no-any-return]

        return fast(*given), gradients

    return computed(*map(tf.convert_to_tensor, tensors))
