"""Equal weights for every side: drawn from a plan, or those of a trained model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from pathlib import Path

import numpy as np

from unetgen.measuring.side import Array, SideJob
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Add, Conv, Norm, Op, TransposedConv
from unetgen.plan.ops.base import Weight

Weights = Mapping[str, Sequence[Array]]
"""Each node's arrays by its name, in the plan's order."""
FILE = "weights.npz"
_NORMAL = {
    "bias": (0.0, 0.05),
    "gamma": (1.0, 0.1),
    "beta": (0.0, 0.1),
    "moving_mean": (0.0, 0.1),
    "alpha": (0.25, 0.05),
    "scale": (1.0, 0.1),
}
"""Mean and deviation of what is drawn for a weight of this name."""


def weights_of(job: SideJob, plan: Plan) -> Weights:
    """Those in the folder of `job`, if there are any; else drawn ones."""
    file = Path(job.folder, FILE) if job.folder else None
    if file is None or not file.is_file():
        return drawn(plan)
    with np.load(file) as held:
        return {
            node.name: [held[_key(node, index)] for index in range(len(plan.weights(node)))]
            for node in plan.nodes
            if plan.weights(node)
        }


def save_weights(plan: Plan, weights: Weights, folder: Path) -> None:
    """Keep `weights` for `weights_of`."""
    arrays = {
        _key(node, index): array
        for node in plan.nodes
        if plan.weights(node)
        for index, array in enumerate(weights[node.name])
    }
    np.savez(folder / FILE, **arrays)  # type: ignore[arg-type]  # NumPy's own options are keywords too


def _key(node: Node, index: int) -> str:
    return f"{node.name}:{index}"


def drawn(plan: Plan, seed: int = 0) -> Weights:
    """Random weights under which values keep their size from layer to layer; none is 0 or 1 throughout."""
    random = np.random.default_rng(seed)
    squares = _mean_squares(plan)
    return {
        node.name: [_drawn(node, weight, random, squares[node.inputs[0]]) for weight in plan.weights(node)]
        for node in plan.nodes
        if plan.weights(node)
    }


def _drawn(node: Node, weight: Weight, random: np.random.Generator, square: float = 1.0) -> Array:
    """An array for `weight`; `square` is about the mean square of what the node is given."""
    if weight.name == "moving_variance":
        return (square * random.uniform(0.5, 1.5, weight.shape)).astype("float32")
    if weight.name.endswith("kernel"):
        return random.normal(0.0, _deviation(node, weight), weight.shape).astype("float32")
    mean, deviation = _NORMAL[weight.name.rpartition("_")[2] if "bias" in weight.name else weight.name]
    return random.normal(mean, deviation, weight.shape).astype("float32")


def _mean_squares(plan: Plan) -> dict[str, float]:
    """About the mean square of each node's values, for an input of 1: sums of many blocks grow, and the
    statistics of the norms behind them have to say so."""
    squares: dict[str, float] = {}
    for node in plan.nodes:
        given = [squares[name] for name in node.inputs] or [1.0]
        squares[node.name] = _SQUARES.get(type(node.op), _mean)(given)
        if isinstance(node.op, Activation) and not isinstance(plan.by_name[node.inputs[0]].op, Add):
            squares[node.name] /= 2  # half of the values are negative; of a sum with what is not, few
    return squares


def _mean(given: Sequence[float]) -> float:
    return sum(given) / len(given)


_SQUARES: Mapping[type[Op], Callable[[Sequence[float]], float]] = {
    Conv: lambda given: 2 * given[0],  # by He's deviation, and an activation takes half of it
    TransposedConv: lambda given: 2 * given[0],
    Norm: lambda _: 1.0,
    Add: sum,
}
"""Of the ops that change it, what the mean squares of their inputs become."""


def _deviation(node: Node, weight: Weight) -> float:
    """He's, for a kernel whose values are summed over all that one output reads."""
    if weight.name != "kernel":  # a projection of an attention, (in, heads, key) or (heads, key, out)
        return float(prod(weight.shape[:-1] if weight.name == "output_kernel" else weight.shape[:1]) ** -0.5)
    transposed = isinstance(node.op, TransposedConv)
    reached = prod(node.op.strides) if isinstance(node.op, TransposedConv) else 1
    fan_in = prod(weight.shape[:-2]) * weight.shape[-1 if transposed else -2] / reached
    return float((2 / fan_in) ** 0.5)
