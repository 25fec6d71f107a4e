"""What fits no machine: tensors and weights of a lowered network beyond all memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unetgen.errors import MEMORY, Problem
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Specs

LARGEST_BYTES = 2**40
"""A tebibyte in float32: no tensor and no set of weights of a network that fits a machine is larger."""


def size_problems(nodes: Sequence[Node]) -> Iterator[Problem]:
    """The first tensor, or all weights together, beyond `LARGEST_BYTES`."""
    weights = 0
    for node, inputs in _with_inputs(nodes):
        if node.spec.elements * 4 > LARGEST_BYTES:
            message = f"the tensor of {node.scope or node.name} would take {_tib(node.spec.elements)}"
            hint = "use a smaller input or fewer filters"
            yield Problem(message, ("input", "shape"), hint=hint, page=MEMORY)
            return
        weights += sum(weight.size for weight in node.op.weights(inputs))
    if weights * 4 > LARGEST_BYTES:
        hint = "use fewer filters, a smaller kernel or a smaller depth"
        message = f"the weights would take {_tib(weights)}"
        yield Problem(message, ("base_filters",), hint=hint, page=MEMORY)


def _tib(elements: int) -> str:
    return f"{elements * 4 / 2**40:,.1f} TiB in float32"


def _with_inputs(nodes: Sequence[Node]) -> Iterator[tuple[Node, Specs]]:
    by_name = {node.name: node for node in nodes}
    for node in nodes:
        yield node, tuple(by_name[name].spec for name in node.inputs)
