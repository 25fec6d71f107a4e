"""Weights for tests of rewrites, when sums of them are exact, and what their order can do where they are not.

A convolution's value is a sum of products. In whatever order, ``n`` roundings of it are at most
``n * eps * sum |w| |x|`` away (Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1).
That sum of absolute values, over a whole network, is what it gives for absolute weights and inputs:
piecewise linear activations, pooling and the like make no difference of two values larger.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import (
    Activation,
    BlurPool,
    Conv,
    GlobalPool,
    MergedConv,
    Norm,
    Op,
    Pool,
    Resize,
    SelfAttention,
    TransposedConv,
    Upsample,
)
from unetgen.rewrites.graph import Arrays

LARGEST_EXACT = 2.0**53
"""Up to here float64 has every integer."""


def weights_of(model: keras.Model, plan: Plan) -> dict[str, list[np.ndarray]]:
    """The arrays of every node that has weights; states of random generators are none."""
    return {
        node.name: [keras.ops.convert_to_numpy(w) for w in _variables(model, node)]
        for node in plan.nodes
        if plan.weights(node)
    }


def assign(model: keras.Model, plan: Plan, arrays: Arrays) -> None:
    """Put the arrays into the layers of their nodes; none may be left over or missing."""
    assert arrays.keys() == {node.name for node in plan.nodes if plan.weights(node)}
    for name, held in arrays.items():
        for variable, array in zip(_variables(model, plan.by_name[name]), held, strict=True):
            assert tuple(variable.shape) == array.shape, f"{name}: {variable.shape} is given {array.shape}"
            variable.assign(array)


def _variables(model: keras.Model, node: Node) -> list[Any]:
    return [w for w in model.get_layer(node.name).weights if "seed" not in w.path]


# --- weights ---


def real_weights(plan: Plan, rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Random weights of both signs under which values neither vanish nor grow."""

    def made(node: Node, name: str, shape: tuple[int, ...]) -> np.ndarray:
        if "kernel" in name:
            terms = math.prod(shape) / shape[_filters_axis(node.op)]
            return rng.normal(size=shape) * math.sqrt(2 / terms)
        if name == "moving_variance":
            return rng.uniform(0.5, 2, shape)
        if name in ("gamma", "scale"):
            return rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
        return rng.uniform(0, 1, shape) if name == "alpha" else rng.normal(size=shape)

    return _each(plan, made)


def integer_weights(plan: Plan, rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Small integers under which sums stay exact; of a batch normalization gamma / sigma is one too.

    A filter has a few taps only, fewer in deeper plans, or values would outgrow float64's integers.
    """
    convolutions = sum(isinstance(node.op, Conv | TransposedConv) for node in plan.nodes)
    taps = max(3, min(27, int(2 ** (40 / max(convolutions, 1)))))

    def made(node: Node, name: str, shape: tuple[int, ...]) -> np.ndarray:
        if "kernel" in name:
            return _sparse(shape, _filters_axis(node.op), taps, rng)
        if name == "moving_variance":
            return np.full(shape, _variance(node.op))
        if name == "gamma":
            return rng.choice([-2.0, 2.0, 2.0, 4.0], shape)
        if name == "scale":
            return rng.choice([-1.0, 1.0, 2.0], shape)
        return rng.choice([0.0, 1.0], shape) if name == "alpha" else rng.integers(-2, 3, shape).astype(float)

    return _each(plan, made)


def _each(plan: Plan, made: Any) -> dict[str, list[np.ndarray]]:
    return {
        node.name: [made(node, weight.name, weight.shape) for weight in plan.weights(node)]
        for node in plan.nodes
        if plan.weights(node)
    }


def _sparse(shape: tuple[int, ...], axis: int, taps: int, rng: np.random.Generator) -> np.ndarray:
    """A kernel of 1, -1 and mostly 0, at most so many taps to a filter."""
    by_filter = [shape[axis], *(size for at, size in enumerate(shape) if at != axis % len(shape))]
    rows = np.zeros((by_filter[0], math.prod(by_filter[1:])))
    for row in rows:
        places = rng.choice(row.size, min(taps, row.size), replace=False)
        row[places] = rng.choice([-1.0, 1.0, 1.0], places.size)
    return np.moveaxis(rows.reshape(by_filter), 0, axis)


def _filters_axis(op: Op) -> int:
    return -2 if isinstance(op, TransposedConv) else -1


def _variance(op: Op) -> float:
    """A variance with which variance + epsilon is 4, or 1 where no gamma can make up for it, exactly."""
    assert isinstance(op, Norm)
    wanted = 4.0 if op.scales else 1.0
    value = wanted - op.epsilon
    return next(v for v in (value, *np.nextafter(value, [0, 9])) if v + op.epsilon == wanted)


# --- what is exact, and what rounding may do ---


def is_exact(plan: Plan) -> bool:
    """Whether integer weights and inputs give integers everywhere but behind the outputs' activations."""
    used = {name for node in plan.nodes for name in node.inputs}
    return all(_is_exact(node.op) for node in plan.nodes if node.name in used)


def _is_exact(op: Op) -> bool:
    if isinstance(op, MergedConv) and op.winograd is not None and op.winograd_outputs > 2:
        return False  # its kernels are divided by 3
    if isinstance(op, Pool | GlobalPool):
        return op.reduction == "max"
    if isinstance(op, Upsample | Resize):
        return op.interpolation == "nearest"
    return _keeps_bounds(op) and not isinstance(op, BlurPool) and getattr(op, "options", {}) == {}


def _keeps_bounds(op: Op) -> bool:
    """Whether the op makes no error larger, but by terms that absolute weights and inputs count."""
    if isinstance(op, Conv):
        return op.activation in (None, "relu", "linear")
    if isinstance(op, MergedConv):
        return _keeps_bounds(op.conv)
    if isinstance(op, Activation):
        slope = op.options.get("negative_slope", 0)
        plain = op.options in ({}, {"negative_slope": slope})
        return plain and slope <= 1 and op.name in ("relu", "leaky_relu", "linear")
    return op.method == "batch" if isinstance(op, Norm) else not isinstance(op, SelfAttention)


@dataclass(frozen=True)
class Bound:
    """For each output, the sum of its terms' absolute values, and how many roundings they meet at most."""

    magnitude: Sequence[np.ndarray]
    roundings: int
    behind_activation: Sequence[bool]

    def errors(self, output: int, eps: float) -> np.ndarray:
        """How far two orders of the sums can be apart."""
        size = self.magnitude[output]
        if not self.behind_activation[output]:
            return self.roundings * eps * size
        # Sigmoid and softmax make no error larger than the largest among the channels, and round some times.
        return self.roundings * eps * size.max(axis=-1, keepdims=True) + 16 * eps


def bounds(
    model: keras.Model, plan: Plan, arrays: Arrays, x: np.ndarray, other: Plan | None = None
) -> Bound | None:
    """Of the model of `plan` and one of `other`; None where an op may make an error larger."""
    scores = [_score(plan, output) for output in plan.outputs]
    ends = {output for output, score in zip(plan.outputs, scores, strict=True) if output != score}
    inner = [node for node in plan.nodes if node.name not in ends]
    merged = [node.op for node in (other or plan).nodes if isinstance(node.op, MergedConv)]
    if any(op.winograd is not None or op.paired is not None for op in merged):
        return None  # adds values that cancel later: test_winograd.py and test_pairs.py have their own bounds
    if not all(_keeps_bounds(node.op) for node in inner) or any(plan.by_name[s].weights_of for s in scores):
        return None
    assign(model, plan, {name: _absolute(plan, plan.by_name[name], held) for name, held in arrays.items()})
    made = keras.Model(model.input, [model.get_layer(score).output for score in scores])(np.abs(x))
    roundings = sum(_roundings(each, node) for each in (plan, other or plan) for node in each.nodes)
    magnitude = [keras.ops.convert_to_numpy(each).astype("float64") for each in made]
    return Bound(magnitude, roundings, [output in ends for output in plan.outputs])


def _score(plan: Plan, output: str) -> str:
    """The node before the output's activation, if it has a bounded one that nothing else uses."""
    node = plan.by_name[output]
    used = any(output in other.inputs for other in plan.nodes)
    ends = isinstance(node.op, Activation) and node.op.name in ("sigmoid", "softmax")
    return node.inputs[0] if ends and not used else output


def _absolute(plan: Plan, node: Node, held: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Absolute weights; a mean is subtracted, so that its opposite counts."""
    names = [weight.name for weight in plan.weights(node)]
    signs = [-1 if name == "moving_mean" else 1 for name in names]
    return [sign * np.abs(array) for sign, array in zip(signs, held, strict=True)]


def _roundings(plan: Plan, node: Node) -> int:
    """How many roundings a value of the node meets at most, in whatever order."""
    op, channels = node.op, sum(spec.channels for spec in plan.input_specs(node))
    if isinstance(op, MergedConv):
        taps = max(math.prod(kernel) for kernel in op.derived_kernels)
        return taps * channels + math.prod(op.conv.kernel) + len(node.inputs) + 1
    if isinstance(op, Conv | TransposedConv):
        return math.prod(op.kernel) * channels + 1
    if isinstance(op, Pool | BlurPool | Upsample | Resize | GlobalPool):
        return 8 * node.spec.dims + math.prod(getattr(op, "size", ()))
    return 12 if isinstance(op, Norm) else 2


def unit(plan: Plan, dtype: str) -> float:
    """The relative distance of neighbouring numbers; TensorFlow interpolates images in float32 at most."""
    linear = [node for node in plan.nodes if getattr(node.op, "interpolation", "") == "linear"]
    image = any(node.spec.dims == 2 for node in linear)
    return float(np.finfo("float32" if image else dtype).eps)
