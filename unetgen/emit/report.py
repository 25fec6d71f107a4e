"""The report of `unetgen show`: the levels drawn as the U goes down and up, the layers, the totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from unetgen.emit.drawing import drawn
from unetgen.emit.op_words import op_words
from unetgen.emit.tables import bytes_text, short, sizes, table
from unetgen.plan.graph import Plan


def report(plan: Plan, description: Mapping[str, Any], layers: bool = True) -> str:
    """The whole report as text; `description` is what `unetgen show --json` prints of the same plan."""
    parts = [_title(description), drawn(plan)]
    if layers:
        parts.append(_layers(plan, description))
    parts.append(_totals(description))
    return "\n\n".join(filter(None, parts))


def _title(description: Mapping[str, Any]) -> str:
    shape = sizes(description["input_shape"])
    outputs = ", ".join(sizes(output) for output in description["output_shapes"])
    source = f"\n{description['source']}" if description["source"] else ""
    return f"{description['name']}: {shape} to {outputs}, {description['data_format']}{source}"


def _layers(plan: Plan, description: Mapping[str, Any]) -> str:
    """Every layer, below its level; a level's own line has the sums."""
    rows: list[list[str]] = []
    pairs = zip(plan.nodes, description["layers"], strict=True)
    for group, members in groupby(pairs, key=lambda pair: _group(pair[0].scope)):
        inside = list(members)
        if group:
            sums = [sum(layer[key] for _, layer in inside) for key in ("params", "macs")]
            rows.append([group.replace("/level", " level "), "", "", *_counts(*sums)])
        for node, layer in inside:
            name = node.name.removeprefix(group.replace("/", "_")).strip("_") or node.name
            shape = sizes(layer["output_shape"])
            counts = _counts(layer["params"], layer["macs"])
            rows.append([f"  {name}" if group else name, op_words(node.op), shape, *counts])
    return table(["layer", "operation", "output", "parameters", "MACs"], rows, right={2, 3, 4})


def _group(scope: str) -> str:
    """``encoder/level1`` of ``encoder/level1/conv2``; the input's is empty."""
    parts = scope.split("/")
    return "/".join(parts[:2]) if len(parts) > 1 and parts[1].startswith("level") else parts[0]


def _counts(params: int, macs: int) -> list[str]:
    return [f"{params:,}" if params else "", short(macs) if macs else ""]


def _totals(description: Mapping[str, Any]) -> str:
    rows = dict(_facts(description))
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def _facts(description: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    params, needs = description["params"], description["memory"]
    fixed = f", {params['non_trainable']:,} of them not trainable" if params["non_trainable"] else ""
    yield "parameters", f"{params['total']:,} ({bytes_text(needs['weights_bytes'])}){fixed}"
    yield "MACs", f"{short(description['macs'])} for one sample"
    inference, training = bytes_text(needs["inference_bytes"]), bytes_text(needs["train_bytes"])
    yield "memory", f"{inference} inference, {training} training (predicted, batch of {needs['batch']})"
    field = description["receptive_field"]
    yield "receptive field", sizes(field) if field else "not computed, its period is too long"
    multiple = description["size_multiple"]
    any_size = all(step == 1 for step in multiple)
    yield "input sizes", "any" if any_size else f"in steps of {sizes(multiple)}"
    yield "fingerprint", description["fingerprint"]
    yield "digest", description["digest"]
