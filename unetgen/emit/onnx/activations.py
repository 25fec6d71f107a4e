"""Activations by Keras's names: ONNX's own operators where it has them, else a few of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from unetgen.emit.onnx.graph import NodeWriter
from unetgen.plan.ops import Activation, PRelu

Options = Mapping[str, float | bool | None]


def activation(op: Activation, w: NodeWriter) -> str:
    """The activation of the node's only input."""
    return activated(w, w.x, op.name, op.options)


def activated(w: NodeWriter, x: str, name: str, options: Options) -> str:
    """The activation of the tensor `x`, as the last step of the node."""
    return ACTIVATIONS[name](w, x, options)


def prelu(op: PRelu, w: NodeWriter) -> str:
    """``PRelu``; its slopes have the channel before the positions."""
    (slopes,) = w.weights
    return w.last("PRelu", w.x, w.weight("alpha", np.moveaxis(slopes, -1, 0)))


def _native(operator: str, **attributes: float | str) -> Callable[[NodeWriter, str, Options], str]:
    """One operator without options."""
    return lambda w, x, options: w.last(operator, x, **attributes)


def _option(operator: str, name: str, default: float, attribute: str = "alpha") -> Callable[..., str]:
    """One operator whose attribute is the option of this name."""
    return lambda w, x, options: w.last(operator, x, **{attribute: _number(options, name, default)})


def _number(options: Options, name: str, default: float) -> float:
    value = options.get(name)
    return default if value is None else float(value)


def _linear(w: NodeWriter, x: str, options: Options) -> str:
    return x


def _clip(low: float, high: float) -> Callable[[NodeWriter, str, Options], str]:
    return lambda w, x, options: w.last("Clip", x, w.floats("low", low), w.floats("high", high))


def _relu(w: NodeWriter, x: str, options: Options) -> str:
    """As Keras has it: above the threshold the input up to the largest value, below it the slope."""
    slope, threshold = _number(options, "negative_slope", 0.0), _number(options, "threshold", 0.0)
    highest = options.get("max_value")
    if highest is None and threshold == 0:
        return w.last("LeakyRelu", x, alpha=slope) if slope else w.last("Relu", x)
    y = x
    if threshold:
        above = w.step("Greater", x, w.floats("threshold", threshold))
        y = (w.last if highest is None and not slope else w.step)("Where", above, x, w.floats("zero", 0.0))
    elif highest is None:
        y = w.step("Relu", x)
    if highest is not None:
        ends = w.floats("low", 0.0), w.floats("high", highest)
        y = (w.step if slope else w.last)("Clip", y, *ends)
    if not slope:
        return y
    below = w.step("Relu", w.step("Sub", w.floats("threshold", threshold), x))
    return w.last("Sub", y, w.step("Mul", below, w.floats("slope", slope)))


def _gelu(w: NodeWriter, x: str, options: Options) -> str:
    return w.last("Gelu", x, approximate="tanh" if options.get("approximate") else "none")


def _silu(w: NodeWriter, x: str, options: Options) -> str:
    return w.last("Mul", x, w.step("Sigmoid", x))


def _log_sigmoid(w: NodeWriter, x: str, options: Options) -> str:
    return w.last("Neg", w.step("Softplus", w.step("Neg", x)))


def _tanh_shrink(w: NodeWriter, x: str, options: Options) -> str:
    return w.last("Sub", x, w.step("Tanh", x))


def _sparse_plus(w: NodeWriter, x: str, options: Options) -> str:
    """``((clip(x, -1, 1) + 1) / 2)**2 + relu(x - 1)``: 0, a parabola, the input."""
    one = w.floats("one", 1.0)
    middle = w.step("Clip", x, w.floats("low", -1.0), one)
    half = w.step("Mul", w.step("Add", middle, one), w.floats("half", 0.5))
    beyond = w.step("Relu", w.step("Sub", x, one))
    return w.last("Add", w.step("Mul", half, half), beyond)


def _squareplus(w: NodeWriter, x: str, options: Options) -> str:
    """``(x + sqrt(x**2 + b)) / 2``."""
    square = w.step("Add", w.step("Mul", x, x), w.floats("b", _number(options, "b", 4.0)))
    return w.last("Mul", w.step("Add", x, w.step("Sqrt", square)), w.floats("half", 0.5))


def _hard_shrink(w: NodeWriter, x: str, options: Options) -> str:
    return w.last("Shrink", x, lambd=_number(options, "threshold", 0.5), bias=0.0)


def _soft_shrink(w: NodeWriter, x: str, options: Options) -> str:
    width = _number(options, "threshold", 0.5)
    return w.last("Shrink", x, lambd=width, bias=width)


def _threshold(w: NodeWriter, x: str, options: Options) -> str:
    above = w.step("Greater", x, w.floats("threshold", options["threshold"]))
    return w.last("Where", above, x, w.floats("default", options["default_value"]))


def _glu(w: NodeWriter, x: str, options: Options) -> str:
    """The first half of the channels times the sigmoid of the second."""
    first, second = w.steps("Split", x, count=2, axis=1, num_outputs=2)
    return w.last("Mul", first, w.step("Sigmoid", second))


def _sparsemax(w: NodeWriter, x: str, options: Options) -> str:
    """Algorithm 1 of arXiv 1602.02068, along the channels."""
    axis = w.integers("axis", [1])
    shifted = w.step("Sub", x, w.step("ReduceMax", x, axis, keepdims=1))
    channels = w.spec.channels
    ordered, _ = w.steps("TopK", shifted, w.integers("channels", [channels]), count=2, axis=1)
    ranks = np.arange(1, channels + 1).reshape(-1, *(1,) * w.dims)
    one, zero = w.floats("one", 1.0), w.floats("zero", 0.0)
    reached = w.step("Add", one, w.step("Mul", w.floats("ranks", ranks), ordered))
    support = w.step("Greater", reached, w.step("CumSum", ordered, w.integers("along", 1)))
    count = w.step("ReduceSum", w.step("Where", support, one, zero), axis, keepdims=1)
    total = w.step("ReduceSum", w.step("Where", support, ordered, zero), axis, keepdims=1)
    edge = w.step("Div", w.step("Sub", total, one), count)
    return w.last("Relu", w.step("Sub", shifted, edge))


ACTIVATIONS: Mapping[str, Callable[[NodeWriter, str, Options], str]] = {
    "celu": _option("Celu", "alpha", 1.0),
    "elu": _option("Elu", "alpha", 1.0),
    "exponential": _native("Exp"),
    "gelu": _gelu,
    "glu": _glu,
    "hard_shrink": _hard_shrink,
    "hard_sigmoid": _native("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_silu": _native("HardSwish"),
    "hard_tanh": _clip(-1.0, 1.0),
    "leaky_relu": _option("LeakyRelu", "negative_slope", 0.2),
    "linear": _linear,
    "log_sigmoid": _log_sigmoid,
    "log_softmax": _native("LogSoftmax", axis=1),
    "mish": _native("Mish"),
    "relu": _relu,
    "relu6": _clip(0.0, 6.0),
    "selu": _native("Selu"),
    "sigmoid": _native("Sigmoid"),
    "silu": _silu,
    "soft_shrink": _soft_shrink,
    "softmax": _native("Softmax", axis=1),
    "softplus": _native("Softplus"),
    "softsign": _native("Softsign"),
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _native("HardSigmoid", alpha=0.5, beta=0.5),
    "sparsemax": _sparsemax,
    "squareplus": _squareplus,
    "tanh": _native("Tanh"),
    "tanh_shrink": _tanh_shrink,
    "threshold": _threshold,
}
"""By the name that an `Activation` has: an alias is called by its first name there."""
