"""Memory of weights, inference and training, from the liveness of the plan's tensors."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Kept

BYTES = {"float32": 4, "float64": 8, "mixed_bfloat16": 2, "mixed_float16": 2}
"""Bytes of one activation, by precision."""


@dataclass(frozen=True)
class Memory:
    """Predicted bytes: of the weights alone, of a forward pass, of a training step."""

    weights_bytes: int
    inference_bytes: int
    train_bytes: int


def memory(plan: Plan, batch: int = 1, precision: str = "float32", slots_per_weight: int = 2) -> Memory:
    """What `plan` needs for `batch` samples; the optimizer keeps `slots_per_weight` copies of a weight."""
    per_weight = 8 if precision == "float64" else 4
    weights = plan.params * per_weight
    value = BYTES[precision] * batch
    live_peak = _inference_elements(plan) * value
    kept = sum(plan.by_name[name].spec.elements for name in _kept(plan)) * value
    widest = sorted((node.spec.elements for node in plan.nodes), reverse=True)[:2]
    states = plan.trainable_params * per_weight * (1 + slots_per_weight)
    return Memory(weights, weights + live_peak, weights + states + kept + sum(widest) * value)


def _inference_elements(plan: Plan) -> int:
    """The most values that live at once in a forward pass: each until its last use."""
    last_use: dict[str, int] = {}
    for index, node in enumerate(plan.nodes):
        last_use |= dict.fromkeys((node.name, *node.inputs), index)
    last_use |= dict.fromkeys(plan.outputs, len(plan.nodes))
    live = peak = 0
    ending: dict[int, list[Node]] = {}
    for index, node in enumerate(plan.nodes):
        live += node.spec.elements
        peak = max(peak, live)
        ending.setdefault(last_use[node.name], []).append(node)
        live -= sum(done.spec.elements for done in ending.pop(index, ()))
    return peak


def _kept(plan: Plan) -> set[str]:
    """The tensors that the forward pass keeps for the backward pass."""
    kept: set[str] = set()
    for node in plan.nodes:
        if node.op.kept in (Kept.INPUTS, Kept.BOTH):
            kept.update(node.inputs)
        if node.op.kept in (Kept.OUTPUT, Kept.BOTH):
            kept.add(node.name)
    return kept
