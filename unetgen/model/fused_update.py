"""The step of an optimizer by one kernel of TensorFlow's, where Keras makes some ten passes over each weight.

The optimizer stays Keras's: its class, its options, its variables, and all that it does around a step, such
as schedules, clipping, decay, averages and the scaling of losses. Only its `update_step` is another function,
so that a saved model names Keras's optimizer, is read without this package, and its state moves both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MethodType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import keras

    from unetgen.layers.tensor import Tensor

    Update: TypeAlias = Callable[[Any, Tensor, Tensor, Tensor], None]

WHOLE = ("float32", "float64")
"""The types of weights for which kernel and Keras compute the same; in 16 bits Keras rounds in every pass."""


def fuse_update(optimizer: keras.optimizers.Optimizer) -> bool:
    """Let `optimizer` update each weight by one kernel; whether there is one for it.

    There is on TensorFlow for Adam and AdamW without `amsgrad`, and for SGD with momentum. The kernels have
    Keras's formulas: what comes out differs by rounding, that of `beta_2` included, whose distance from 1
    Adam's kernel computes in the weights' type. Sparse gradients, and weights of 16 bits, go Keras's way.
    """
    import keras

    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    fused = UPDATES.get(type(optimizer).__name__)
    # A class derived from one of these may step in another way.
    is_known = getattr(keras.optimizers, type(optimizer).__name__, None) is type(optimizer)
    if fused is None or not is_known or not _is_covered(optimizer):
        return False
    if keras.backend.backend() != "tensorflow":
        return False
    optimizer.update_step = MethodType(_by_kernel(type(optimizer).update_step, fused), optimizer)
    return True


def _by_kernel(by_keras: Update, fused: Update) -> Update:
    """A step by `fused` where it has a kernel for the gradient and the weight, else `by_keras`."""
    import keras

    def update_step(optimizer: Any, gradient: Tensor, variable: Tensor, learning_rate: Tensor) -> None:
        dtype = keras.backend.standardize_dtype(variable.dtype)
        if dtype not in WHOLE or hasattr(gradient, "indices"):
            by_keras(optimizer, gradient, variable, learning_rate)
            return
        fused(optimizer, keras.ops.cast(gradient, dtype), variable, keras.ops.cast(learning_rate, dtype))

    return update_step


def _is_covered(optimizer: Any) -> bool:
    """Whether the kernel does all that the optimizer's own step does, and there is something to gain."""
    return not getattr(optimizer, "amsgrad", False) and getattr(optimizer, "momentum", 1.0) > 0


def _adam(optimizer: Any, gradient: Tensor, variable: Tensor, learning_rate: Tensor) -> None:
    """The end of section 2 of Kingma and Ba 2014 (arXiv 1412.6980): both corrections in the learning rate."""
    import keras
    import tensorflow as tf

    dtype, index = gradient.dtype, optimizer._get_variable_index(variable)
    step = keras.ops.cast(optimizer.iterations + 1, dtype)
    beta_1, beta_2 = tf.cast(optimizer.beta_1, dtype), tf.cast(optimizer.beta_2, dtype)
    tf.raw_ops.ResourceApplyAdam(
        var=_handle(variable),
        m=_handle(optimizer._momentums[index]),
        v=_handle(optimizer._velocities[index]),
        beta1_power=beta_1**step,
        beta2_power=beta_2**step,
        lr=learning_rate,
        beta1=beta_1,
        beta2=beta_2,
        epsilon=tf.cast(optimizer.epsilon, dtype),
        grad=gradient,
    )


def _momentum(optimizer: Any, gradient: Tensor, variable: Tensor, learning_rate: Tensor) -> None:
    """``m = momentum * m - learning_rate * g``, then ``w += m``, or Nesterov's step with the new ``m``."""
    import tensorflow as tf

    index = optimizer._get_variable_index(variable)
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=_handle(variable),
        accum=_handle(optimizer.momentums[index]),
        lr=learning_rate,
        grad=gradient,
        momentum=tf.cast(optimizer.momentum, gradient.dtype),
        use_nesterov=optimizer.nesterov,
    )


def _handle(variable: Any) -> Tensor:
    """The tensor by which kernels know a variable, Keras's or TensorFlow's; of several, this device's."""
    import keras

    return (variable.value if isinstance(variable, keras.Variable) else variable).handle


UPDATES: Mapping[str, Update] = {"Adam": _adam, "AdamW": _adam, "SGD": _momentum}
"""By the name of Keras's class."""
