"""The report of `unetgen show`: the levels drawn as the U goes down and up, the layers, the totals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from unetgen.emit.tables import bytes_text, short, sizes, table
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Conv

_LEVEL = re.compile(r"^(encoder|decoder)/level(\d+)(?:/(.*))?$")


def report(plan: Plan, description: Mapping[str, Any], layers: bool = True) -> str:
    """The whole report as text; `description` is what `unetgen show --json` prints of the same plan."""
    parts = [_title(description), drawn_levels(plan)]
    if layers:
        parts.append(_layers(description))
    parts.append(_totals(description))
    return "\n\n".join(parts)


def _title(description: Mapping[str, Any]) -> str:
    shape = sizes(description["input_shape"])
    outputs = ", ".join(sizes(output) for output in description["output_shapes"])
    source = f"\n{description['source']}" if description["source"] else ""
    return f"{description['name']}: {shape} to {outputs}, {description['data_format']}{source}"


def drawn_levels(plan: Plan) -> str:
    """One row a level: its size, the encoder's channels on the left, the decoder's on the right."""
    rows = _chains(plan)
    sizes_width = max(len(row["size"]) for row in rows.values())
    left_width = max(2 * level + len(row["encoder"]) for level, row in rows.items())
    lines = []
    for level, row in sorted(rows.items()):
        left = " " * (2 * level) + row["encoder"]
        line = f"level {level}  {row['size']:>{sizes_width}}  {left}"
        if row["decoder"]:
            bar = "─" * (left_width - len(left) + 2 + 2 * (len(rows) - 1 - level))
            line += f" {bar}▶ {row['decoder']}"
        lines.append(line)
    return "\n".join(lines)


def _chains(plan: Plan) -> dict[int, dict[str, str]]:
    steps: dict[int, dict[str, list[str]]] = {}
    spatial: dict[int, str] = {}
    for node in plan.nodes:
        match = _LEVEL.match(node.scope)
        if match is None:
            continue
        side, level, inner = match[1], int(match[2]), match[3] or ""
        chain = steps.setdefault(level, {"encoder": [], "decoder": []})[side]
        if side == "encoder":
            spatial[level] = sizes(node.spec.spatial)
        chain += _step(plan, node, inner)
    head = plan.by_name[plan.outputs[0]].spec.channels
    steps.setdefault(0, {"encoder": [], "decoder": []})["decoder"].append(str(head))
    steps[0]["encoder"].insert(0, str(plan.input.spec.channels))
    return {
        level: {"size": spatial.get(level, ""), **{side: " → ".join(chain) for side, chain in sides.items()}}
        for level, sides in steps.items()
    }


def _step(plan: Plan, node: Node, inner: str) -> list[str]:
    if inner == "skip" and isinstance(node.op, Concat | Add):
        sign = "+" if isinstance(node.op, Concat) else "⊕"
        return [sign.join(str(spec.channels) for spec in plan.input_specs(node))]
    if isinstance(node.op, Conv) and re.fullmatch(r"conv\d+", inner):
        return [str(node.spec.channels)]
    return []


def _layers(description: Mapping[str, Any]) -> str:
    rows = [
        [
            layer["name"],
            layer["op"],
            sizes(layer["output_shape"]),
            f"{layer['params']:,}" if layer["params"] else "",
            short(layer["macs"]) if layer["macs"] else "",
        ]
        for layer in description["layers"]
    ]
    return table(["layer", "op", "output", "params", "MACs"], rows, right={2, 3, 4})


def _totals(description: Mapping[str, Any]) -> str:
    params, needs = description["params"], description["memory"]
    fixed = f", {params['non_trainable']:,} not trainable" if params["non_trainable"] else ""
    rows = [
        ["parameters", f"{params['total']:,}{fixed} ({bytes_text(needs['weights_bytes'])})"],
        ["MACs", f"{short(description['macs'])} for one sample"],
        [
            "memory",
            f"{bytes_text(needs['inference_bytes'])} inference, {bytes_text(needs['train_bytes'])} training, "
            f"predicted for batch {needs['batch']}",
        ],
        ["receptive field", sizes(description["receptive_field"])],
        ["size multiple", sizes(description["size_multiple"])],
        ["fingerprint", description["fingerprint"]],
        ["digest", description["digest"]],
    ]
    return "\n".join(f"{name:<15}  {value}" for name, value in rows)
