"""The layers that `encoder.frozen` names: in the digest, not in the plan, as they compute the same."""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.errors import Problem
from unetgen.parts.encoders.encoder import Encoder
from unetgen.plan.graph import Node, Plan


def frozen_layers(encoder: Encoder, plan: Plan) -> frozenset[str]:
    """The encoder's layers that do not learn; the config's bottleneck at its end is not one of them."""
    frozen = encoder.frozen
    if frozen is None:
        return frozenset()
    nodes = _of_encoder(plan)
    return frozenset(node.name for node in nodes if frozen is True or node.place.level in frozen)


def frozen_problems(encoder: Encoder, depth: int, plan: Plan) -> Iterator[Problem]:
    """The levels at which there is nothing to freeze, in a network of so many levels."""
    if not isinstance(encoder.frozen, tuple):
        return
    levels = sorted({node.place.level for node in _of_encoder(plan) if node.place.level is not None})
    for index, level in enumerate(encoder.frozen):
        if level not in levels:
            yield Problem(
                f"{encoder.kind} has no weights at this level, with a depth of {depth}",
                ("encoder", "frozen", index),
                got=level,
                hint=f"it has some at {', '.join(map(str, levels))}; the stem belongs to the first of them",
            )


def _of_encoder(plan: Plan) -> list[Node]:
    """The nodes with weights that an encoder's file has weights for."""
    return [
        node
        for node in plan.nodes
        if node.place.side == "encoder" and node.place.part != "bottleneck" and plan.weights(node)
    ]
