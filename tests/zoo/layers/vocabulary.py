"""The words in which the tests tell a network: a layer, what it is fed with, and its size.

Nothing here knows the library. A layer works out its size by the rules of the papers, so that a network's
description can be held against the sizes that a figure prints (`of_size`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

Axes = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer. Two of the same words are two layers; `weights_of` is the one whose weights it shares."""

    words: str
    inputs: tuple[Layer, ...] = field(repr=False)
    spatial: Axes
    channels: int
    weights_of: Layer | None = field(default=None, repr=False)
    depth: int = field(init=False)
    """Layers on the longest way from the image."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((each.depth for each in self.inputs), default=-1))

    @property
    def size(self) -> str:
        return times((*self.spatial, self.channels))

    @property
    def fed(self) -> tuple[Layer, ...]:
        """The inputs in order. A sum has none: of its terms the deepest comes first."""
        if self.words != "add":
            return self.inputs
        return tuple(sorted(self.inputs, key=lambda each: (-each.depth, each.words)))

    @property
    def needs(self) -> tuple[Layer, ...]:
        """What has to stand before it."""
        return (*self.fed, self.weights_of) if self.weights_of else self.fed


def times(numbers: Iterable[int]) -> str:
    """``3x3x64``."""
    return "x".join(map(str, numbers))


def of_size(layer: Layer, size: str) -> Layer:
    """The layer, whose size is the one that the figure prints: ``280x280x128``."""
    assert layer.size == size, f"{layer.words}: {layer.size}, and {size} in the figure"
    return layer


def listing(*outputs: Layer) -> list[str]:
    """The network that ends in `outputs`, a line for each layer, fed with the lines that it names.

    A layer stands after all that it is fed with, which come in order; so two networks have one listing where
    they have the same layers on the same wires, in whatever order they were put down.
    """
    numbers: dict[Layer, int] = {}
    lines: list[str] = []
    ahead = list(reversed(outputs))  # a stack of our own: U2-Net is deeper than Python's
    while ahead:
        layer = ahead[-1]
        missing = [each for each in layer.needs if each not in numbers]
        if missing:
            ahead.extend(reversed(missing))
            continue
        ahead.pop()
        if layer not in numbers:
            numbers[layer] = len(lines)
            lines.append(f"{len(lines)}: {_line(layer, numbers)}")
    return [*lines, f"outputs: {[numbers[each] for each in outputs]}"]


def _line(layer: Layer, numbers: dict[Layer, int]) -> str:
    shared = f" with the weights of {numbers[layer.weights_of]}" if layer.weights_of else ""
    return f"{layer.words} of {[numbers[each] for each in layer.fed]}{shared} -> {layer.size}"


def zeros(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Zeros before and after an axis that is padded so that its size is divided by the stride, rounded up.

    With a stride of 1 and an odd kernel they are as many before as after, as in PyTorch; else Keras puts the
    odd one after.
    """
    reach = (kernel - 1) * dilation + 1
    total = max((ceil(size / stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def conv_words(
    filters: int, kernel: Axes, stride: Axes, dilation: Axes, padding: Iterable[tuple[int, int]], bias: bool
) -> str:
    """``conv 3x3 64``, and whatever is not usual about it."""
    words = f"conv {times(kernel)} {filters}"
    words += f" stride {times(stride)}" if max(stride) > 1 else ""
    words += f" dilation {times(dilation)}" if max(dilation) > 1 else ""
    padded = [f"{before}+{after}" for before, after in padding]
    words += f" zeros {' '.join(padded)}" if set(padded) != {"0+0"} else ""
    return words + ("" if bias else " no bias")


def up_conv_words(filters: int, kernel: Axes, stride: Axes, cut: Iterable[int], bias: bool) -> str:
    """A transposed convolution; `cut` is what is taken off its result, half on each side."""
    words = f"up-conv {times(kernel)} {filters} stride {times(stride)}"
    words += f" cut {times(cut)}" if any(cut := tuple(cut)) else ""
    return words + ("" if bias else " no bias")


def per_axis(x: Layer, number: int) -> Axes:
    """The number for each of the spatial axes."""
    return (number,) * len(x.spatial)


def image(*shape: int) -> Layer:
    """The input: its size, and its channels last."""
    return Layer("image", (), shape[:-1], shape[-1])


def conv(
    x: Layer,
    filters: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    dilation: int = 1,
    padded: bool = True,
    weights_of: Layer | None = None,
) -> Layer:
    """A convolution with a bias, padded so that a stride of 1 keeps the size, or not padded at all."""
    padding = [zeros(n, kernel, stride, dilation) if padded else (0, 0) for n in x.spatial]
    reach = (kernel - 1) * dilation + 1
    spatial = tuple((n + sum(pair) - reach) // stride + 1 for n, pair in zip(x.spatial, padding, strict=True))
    words = conv_words(
        filters, per_axis(x, kernel), per_axis(x, stride), per_axis(x, dilation), padding, bias=True
    )
    return Layer(words, (x,), spatial, filters, weights_of)


def up_conv(x: Layer, filters: int, kernel: int = 2, *, bias: bool = True) -> Layer:
    """A transposed convolution of stride 2 that doubles the size."""
    words = up_conv_words(filters, per_axis(x, kernel), per_axis(x, 2), per_axis(x, kernel - 2), bias)
    return Layer(words, (x,), tuple(2 * n for n in x.spatial), filters)


def max_pool(x: Layer, size: int = 2, *, round_up: bool = False) -> Layer:
    """The maximum of windows side by side; sizes that do not divide are rounded down, or up."""
    words = f"max pool {times(per_axis(x, size))}" + (" rounded up" if round_up else "")
    return Layer(words, (x,), tuple(-(-n // size) if round_up else n // size for n in x.spatial), x.channels)


def up(x: Layer, factor: int = 2, how: str = "nearest") -> Layer:
    """Up-sampling, ``nearest`` or ``linear``."""
    words = f"up {how} {times(per_axis(x, factor))}"
    return Layer(words, (x,), tuple(factor * n for n in x.spatial), x.channels)


def crop(x: Layer, like: Layer) -> Layer:
    """The centre of `x`, of the spatial size of `like`."""
    off = [full - part for full, part in zip(x.spatial, like.spatial, strict=True)]
    words = "crop " + " ".join(f"{n // 2}+{n - n // 2}" for n in off)
    return Layer(words, (x,), like.spatial, x.channels)


def _same_size(words: str, x: Layer, *others: Layer, weights_of: Layer | None = None) -> Layer:
    return Layer(words, (x, *others), x.spatial, x.channels, weights_of)


def batch_norm(
    x: Layer,
    epsilon: float = 1e-3,
    momentum: float = 0.99,
    *,
    scale: bool = True,
    weights_of: Layer | None = None,
) -> Layer:
    """A batch normalization, with Keras's defaults; PyTorch's momentum of 0.1 is 0.9 here."""
    words = f"batch norm {epsilon:g} {momentum:g}" + ("" if scale else " without scale and offset")
    return _same_size(words, x, weights_of=weights_of)


def instance_norm(x: Layer, epsilon: float) -> Layer:
    return _same_size(f"instance norm {epsilon:g}", x)


def relu(x: Layer) -> Layer:
    return _same_size("relu", x)


def leaky_relu(x: Layer, slope: float) -> Layer:
    return _same_size(f"leaky_relu negative_slope={slope:g}", x)


def prelu(x: Layer) -> Layer:
    """A slope for each channel that is learned, from 0.25 on, Caffe's default."""
    return _same_size("prelu channel 0.25", x)


def sigmoid(x: Layer) -> Layer:
    return _same_size("sigmoid", x)


def softmax(x: Layer) -> Layer:
    return _same_size("softmax", x)


def dropout(x: Layer, rate: float) -> Layer:
    return _same_size(f"dropout {rate:g}", x)


def add(*terms: Layer) -> Layer:
    assert len({each.size for each in terms}) == 1
    return _same_size("add", *terms)


def multiply(x: Layer, gate: Layer) -> Layer:
    return _same_size("multiply", x, gate)


def concat(*parts: Layer) -> Layer:
    """The channels of `parts`, in order."""
    assert len({each.spatial for each in parts}) == 1
    return Layer("concat", parts, parts[0].spatial, sum(each.channels for each in parts))
