"""The activation ``linear`` dropped: it gives its input."""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.plan.ops import Activation
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class DropLinear(Rewrite):
    """Bitwise, for training too."""

    name = "drop linear activation"
    guarantee = "bitwise"
    for_training = True

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            linear = isinstance(node.op, Activation) and node.op.name == "linear"
            if linear and node.name not in graph.plan.outputs:
                yield Change((node.name,), (), (node.name, node.inputs[0]))
