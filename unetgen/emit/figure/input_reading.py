"""Reading what adds the network's input to its output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unetgen.plan.graph import Node
from unetgen.plan.ops import Add
from unetgen.plan.ops.fitted import CROPS


def adds_input(nodes: Sequence[Node], inputs: Iterable[str]) -> bool:
    """Whether an addition among `nodes` takes one of `inputs`, cropped or not."""
    joining = {*inputs, *cropped_inputs(nodes, inputs)}
    return any(isinstance(node.op, Add) and joining & {*node.inputs} for node in nodes)


def cropped_inputs(nodes: Sequence[Node], inputs: Iterable[str]) -> set[str]:
    """Those of `nodes` that crop one of `inputs`."""
    names = set(inputs)
    return {node.name for node in nodes if isinstance(node.op, CROPS) and node.inputs[0] in names}
