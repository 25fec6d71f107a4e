"""One block by itself: its plan, its layers in words, its Keras model, and NumPy in place of the layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.parts.activation import FAMILY, ActivationChoice
from unetgen.parts.blocks.block import Block
from unetgen.parts.norms.batch import BatchNorm
from unetgen.parts.recipe import Convolution, Stage
from unetgen.plan.builder import Builder
from unetgen.plan.call import Call
from unetgen.plan.graph import Node, Plan
from unetgen.plan.tensor import TensorSpec

POST = ("conv", "norm", "activation", "dropout")
PRE = ("norm", "activation", "conv", "dropout")


def convolution(dims: int, **fields: Any) -> Convolution:
    """3x3, padded, with batch norm and ReLU after it, unless `fields` say otherwise."""
    usual: dict[str, Any] = {
        "kernel": (3,) * dims,
        "padding": "same",
        "order": POST,
        "norm": BatchNorm(),
        "activation": ActivationChoice.parse(FAMILY, fields.pop("activation", "relu")),
        "dropout_rate": 0.0,
        "dropout_spatial": False,
        "dropout_at_end": False,
        "use_bias": True,
        "kernel_initializer": Call("keras.initializers.GlorotUniform", {"seed": None}),
        "kernel_regularizer": None,
    }
    return Convolution(**(usual | fields))


def lowered(
    block: Block,
    filters: Sequence[int],
    spatial: Sequence[int] = (8, 8),
    channels: int = 4,
    *,
    strides: Sequence[int] | None = None,
    level: int = 0,
    **fields: Any,
) -> Builder:
    """A builder with the block on an input of that size and channels, and nothing else."""
    b = Builder(TensorSpec(tuple(spatial), channels))
    stage = Stage(level, tuple(filters), convolution(len(spatial), **fields), block)
    block.lower(b, b.input, stage, None if strides is None else tuple(strides))
    return b


def plan_of(block: Block, filters: Sequence[int], *arguments: Any, **fields: Any) -> Plan:
    """The plan of the block alone; its last node is the output."""
    b = lowered(block, filters, *arguments, **fields)
    assert b.failures == []
    return b.finish(b.nodes[-1])


def words(plan: Plan, under: str = "") -> list[str]:
    """The layers in order, as ``conv3x3 8`` or ``batch``; those of the scope `under` only."""
    return [_word(node) for node in plan.nodes[1:] if f"{node.scope}/".startswith(under)]


def _word(node: Node) -> str:
    op: Any = node.op
    kind = type(op).__name__.lower()
    if kind == "conv":
        parts = [f"conv{_times(op.kernel)} {op.filters}"]
        parts += [f"/{_times(op.strides)}"] * (max(op.strides) > 1)
        parts += [f"dilated {max(op.dilation)}"] * (max(op.dilation) > 1)
        parts += [f"in {op.groups} groups"] * (op.groups > 1)
        return " ".join(parts)
    if kind in ("norm", "activation"):
        return str(op.method if kind == "norm" else op.name)
    if kind == "pool":
        return f"{op.reduction} pool {_times(op.size)}"
    return f"concat {len(node.inputs)}" if kind == "concat" else kind


def _times(numbers: Sequence[int]) -> str:
    return "x".join(map(str, numbers))


def model_of(plan: Plan, data_format: str = "channels_last") -> keras.Model:
    """The plan as a Keras model with random weights, the norms' statistics included."""
    model = build(plan, "block", Emission(data_format))
    random = np.random.default_rng(3)
    for weight in model.weights:
        positive = "variance" in weight.path
        values = random.uniform(0.5, 1.5, weight.shape) if positive else random.normal(0, 0.4, weight.shape)
        weight.assign(values.astype("float32"))
    return model


class Arithmetic:
    """What the layers of a channels-last model compute, in NumPy, by the layers' names."""

    def __init__(self, model: keras.Model) -> None:
        self.weights = {layer.name: [np.asarray(w) for w in layer.get_weights()] for layer in model.layers}

    def conv(self, x: np.ndarray, name: str, dilation: int = 1) -> np.ndarray:
        """A padded convolution of any dimension, tap by tap."""
        kernel, *bias = self.weights[name]
        spatial = kernel.shape[:-2]
        reach = [dilation * (k // 2) for k in spatial]
        padded = np.pad(x, [(0, 0), *((n, n) for n in reach), (0, 0)])
        out = np.zeros((*x.shape[:-1], kernel.shape[-1]))
        for tap in np.ndindex(*spatial):
            window = tuple(
                slice(t * dilation, t * dilation + n) for t, n in zip(tap, x.shape[1:-1], strict=True)
            )
            out += padded[(slice(None), *window)] @ kernel[tap]
        return out + (bias[0] if bias else 0)

    def depthwise(self, x: np.ndarray, name: str) -> np.ndarray:
        """A padded convolution of each channel by itself."""
        kernel, *bias = self.weights[name]
        full = np.einsum("...k,kc->...kc", kernel[..., 0, :], np.eye(x.shape[-1]))
        self.weights[f"{name} spread"] = [full, *bias]
        return self.conv(x, f"{name} spread")

    def batch(self, x: np.ndarray, name: str, epsilon: float = 1e-3) -> np.ndarray:
        """Batch normalization with its moving statistics."""
        gamma, beta, mean, variance = self.weights[name]
        return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta

    def unit(self, x: np.ndarray, name: str, dilation: int = 1) -> np.ndarray:
        """Convolution, batch norm, ReLU."""
        return np.maximum(self.batch(self.conv(x, name, dilation), f"{name}_norm"), 0)


def assert_computes(model: keras.Model, x: np.ndarray, expected: np.ndarray) -> None:
    """The model's output in inference is `expected`."""
    got = keras.ops.convert_to_numpy(model(x.astype("float32"), training=False))
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def sample(*shape: int) -> np.ndarray:
    """Random features."""
    return np.random.default_rng(0).normal(size=shape)
