"""A plan as a notebook shows it: a row for each level, and below them, folded, one for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from unetgen.html_tables import folded, table, titled
from unetgen.plan.graph import Node, Plan
from unetgen.plan.tensor import sizes


def html(plan: Plan) -> str:
    """The whole plan; shapes are channels last."""
    shapes = f"{sizes(plan.input.spec.open_shape('channels_last'))} to {outputs(plan)}"
    counts = f"{len(plan.nodes)} layers, {plan.params:,} parameters, {plan.macs:,} MACs"
    return titled("Plan", f"{shapes}: {counts}", levels_and_layers(plan, "channels_last"))


def outputs(plan: Plan) -> str:
    """The shapes of the outputs, channels last."""
    specs = (plan.by_name[name].spec for name in plan.outputs)
    return ", ".join(sizes(spec.open_shape("channels_last")) for spec in specs)


def levels_and_layers(plan: Plan, data_format: str) -> str:
    """Both tables, with shapes in `data_format`; those of free axes are at the reference."""
    levels = [_level(plan, list(nodes), data_format) for _, nodes in groupby(plan.nodes, key=_group)]
    layers = [
        [node.name, node.op.words(), sizes(node.spec.shape(data_format)), *_counts(plan, [node])]
        for node in plan.nodes
    ]
    header = ("layer", "operation", "output", "parameters", "MACs")
    return table(("level", "layers", *header[2:]), levels, right={1, 2, 3, 4}) + folded(
        f"all {len(layers)} layers", table(header, layers, right={2, 3, 4})
    )


def _group(node: Node) -> str:
    return node.place.of_whole.words or "input"


def _level(plan: Plan, nodes: Sequence[Node], data_format: str) -> list[str]:
    last = sizes(nodes[-1].spec.shape(data_format))
    return [_group(nodes[0]), str(len(nodes)), last, *_counts(plan, nodes)]


def _counts(plan: Plan, nodes: Sequence[Node]) -> list[str]:
    totals = (sum(map(plan.params_of, nodes)), sum(map(plan.macs_of, nodes)))
    return [f"{total:,}" if total else "" for total in totals]
