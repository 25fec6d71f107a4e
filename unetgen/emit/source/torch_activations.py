"""Keras's activations in PyTorch: which function computes the same, and with which arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unetgen.emit.source.step import Argument, Made, SourceStep

Options = Mapping[str, Any]


def activation_step(name: str, options: Options) -> SourceStep:
    """The activation of Keras's name with its options."""
    return ACTIVATIONS[name](options)


def _plain(name: str) -> Callable[[Options], SourceStep]:
    return lambda options: SourceStep(function=Made(name))


def _along_channels(name: str) -> Callable[[Options], SourceStep]:
    return lambda options: SourceStep(function=Made(name, (Argument("dim", 1),)))


def _helper(name: str) -> Callable[[Options], SourceStep]:
    return lambda options: SourceStep(function=Made(name), helpers=(name,))


def _with(name: str, option: str, default: float, called: str = "") -> Callable[[Options], SourceStep]:
    """A function with one option: `default` is Keras's, and is always said, as PyTorch's may differ."""

    def made(options: Options) -> SourceStep:
        number = options.get(option, default)
        return SourceStep(
            function=Made(name, (Argument(called or option, number, is_positional=not called),))
        )

    return made


def _gelu(options: Options) -> SourceStep:
    given = (Argument("approximate", "tanh"),) if options.get("approximate") else ()
    return SourceStep(function=Made("nn.functional.gelu", given))


def _relu(options: Options) -> SourceStep:
    slope, most = options.get("negative_slope", 0.0), options.get("max_value")
    threshold = options.get("threshold", 0.0)
    if threshold or (slope and most is not None):
        given = (
            Argument("negative_slope", slope),
            Argument("max_value", most),
            Argument("threshold", threshold),
        )
        return SourceStep(function=Made("thresholded_relu", given), helpers=("thresholded_relu",))
    if most is not None:
        limits = (Argument("min", 0.0, is_positional=True), Argument("max", most, is_positional=True))
        return SourceStep(function=Made("torch.clamp", limits))
    return _with("nn.functional.leaky_relu", "negative_slope", 0.2)(options) if slope else RELU


def _threshold(options: Options) -> SourceStep:
    given = (
        Argument("threshold", options["threshold"], is_positional=True),
        Argument("value", options["default_value"], is_positional=True),
    )
    return SourceStep(function=Made("nn.functional.threshold", given))


def _squareplus(options: Options) -> SourceStep:
    b = Argument("b", options.get("b", 4), is_positional=True)
    return SourceStep(function=Made("squareplus", (b,)), helpers=("squareplus",))


RELU = SourceStep(function=Made("nn.functional.relu"))
ACTIVATIONS: Mapping[str, Callable[[Options], SourceStep]] = {
    "celu": _with("nn.functional.celu", "alpha", 1.0),
    "elu": _with("nn.functional.elu", "alpha", 1.0),
    "exponential": _plain("torch.exp"),
    "gelu": _gelu,
    "glu": _along_channels("nn.functional.glu"),
    "hard_shrink": _with("nn.functional.hardshrink", "threshold", 0.5),
    "hard_sigmoid": _plain("nn.functional.hardsigmoid"),
    "hard_silu": _plain("nn.functional.hardswish"),
    "hard_swish": _plain("nn.functional.hardswish"),
    "hard_tanh": _plain("nn.functional.hardtanh"),
    "leaky_relu": _with("nn.functional.leaky_relu", "negative_slope", 0.2),
    "linear": lambda options: SourceStep(),
    "log_sigmoid": _plain("nn.functional.logsigmoid"),
    "log_softmax": _along_channels("torch.log_softmax"),
    "mish": _plain("nn.functional.mish"),
    "relu": _relu,
    "relu6": _plain("nn.functional.relu6"),
    "selu": _plain("nn.functional.selu"),
    "sigmoid": _plain("torch.sigmoid"),
    "silu": _plain("nn.functional.silu"),
    "soft_shrink": _with("nn.functional.softshrink", "threshold", 0.5),
    "softmax": _along_channels("torch.softmax"),
    "softplus": _plain("nn.functional.softplus"),
    "softsign": _plain("nn.functional.softsign"),
    "sparse_plus": _helper("sparse_plus"),
    "sparse_sigmoid": _helper("sparse_sigmoid"),
    "sparsemax": _helper("sparsemax"),
    "squareplus": _squareplus,
    "swish": _plain("nn.functional.silu"),
    "tanh": _plain("torch.tanh"),
    "tanh_shrink": _plain("nn.functional.tanhshrink"),
    "threshold": _threshold,
}
