"""Dropout dropped: outside of training it does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.plan.ops import Dropout
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class DropDropout(Rewrite):
    """For inference only."""

    name = "drop dropout"
    guarantee = "bitwise"
    for_training = False

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            if type(node.op) is Dropout and node.name not in graph.plan.outputs:
                yield Change((node.name,), (), (node.name, node.inputs[0]))
