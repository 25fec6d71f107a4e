"""The report of `unetgen show`: the levels drawn as the U goes down and up, the layers, the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from unetgen.emit.text.levels import drawn
from unetgen.emit.text.tables import bytes_text, short, table
from unetgen.plan.graph import Plan
from unetgen.plan.place import Place
from unetgen.plan.tensor import sizes


def report(plan: Plan, description: Mapping[str, Any], layers: bool = True) -> str:
    """The whole report as text; `description` is what `unetgen show --json` prints of the same plan."""
    parts = [_title(description), drawn(plan)]
    optimized = description.get("optimized")
    if layers:
        parts.append(_layers(plan, (optimized or description)["layers"]))
    if optimized:
        parts.append(gains_text(optimized))
    parts.append(_totals(description))
    return "\n\n".join(filter(None, parts))


def gains_text(optimized: Mapping[str, Any]) -> str:
    """What each rewrite saved for one sample, and the totals before and after."""
    header = ["rewrite", "results equal", "times", "MACs saved", "values saved"]
    rows = [
        [
            rewrite["name"],
            GUARANTEES[rewrite["guarantee"]],
            str(rewrite["times"]),
            *map(_signed, (rewrite["macs_saved"], rewrite["elements_saved"])),
        ]
        for rewrite in optimized["rewrites"]
    ]
    before, after = optimized["before"], optimized["after"]
    totals = [
        [
            words.format(optimized["batch"]),
            text(before[key]),
            text(after[key]),
            _change(before[key], after[key]),
        ]
        for key, (words, text) in TOTALS.items()
        if key in before
    ]
    compared = table(["", "declared", f"for {optimized['for']}", ""], totals, right={1, 2, 3})
    taken = table(header, rows, right={2, 3, 4}) if rows else f"nothing to rewrite for {optimized['for']}"
    return f"{taken}\n\n{compared}"


GUARANTEES = {"bitwise": "bit for bit", "rounding": "to rounding"}
TOTALS: Mapping[str, tuple[str, Callable[[int], str]]] = {
    "layers": ("layers", str),
    "params": ("parameters", "{:,}".format),
    "macs": ("MACs", short),
    "inference_bytes": ("inference, batch of {}", bytes_text),
    "train_bytes": ("training, batch of {}", bytes_text),
}


def _signed(number: int) -> str:
    return f"-{short(-number)}" if number < 0 else short(number) if number else ""


def _change(before: int, after: int) -> str:
    return f"{after / before - 1:+.1%}" if before and before != after else ""


def _title(description: Mapping[str, Any]) -> str:
    shape = sizes(description["input_shape"])
    outputs = ", ".join(sizes(output) for output in description["output_shapes"])
    source = f"\n{description['source']}" if description["source"] else ""
    return f"{description['name']}: {shape} to {outputs}, {description['data_format']}{source}"


def _layers(plan: Plan, layers: Sequence[Mapping[str, Any]]) -> str:
    """Every layer, below its level; a level's own line has the sums."""
    rows: list[list[str]] = []
    # What rewrites make stands where something of the plan stood.
    headings = {node.scope: _heading(node.place) for node in plan.nodes}
    for (group, prefix), members in groupby(layers, key=lambda layer: headings[layer["scope"]]):
        inside = list(members)
        if group:
            sums = [sum(layer[key] for layer in inside) for key in ("params", "macs")]
            rows.append([group, "", "", *_counts(*sums)])
        for layer in inside:
            name = layer["name"].removeprefix(prefix).strip("_") or layer["name"]
            words = layer.get("operation") or plan.by_name[layer["name"]].op.words()
            counts = _counts(layer["params"], layer["macs"])
            rows.append([f"  {name}" if group else name, words, sizes(layer["output_shape"]), *counts])
    return table(["layer", "operation", "output", "parameters", "MACs"], rows, right={2, 3, 4})


def _heading(place: Place) -> tuple[str, str]:
    """``encoder level 1`` of all that stands there, and how the names of those begin; the input has none."""
    if place.task:
        return "tasks", "tasks"
    if place.level is not None:
        return f"{place.side} level {place.level}", f"{place.side}_level{place.level}"
    word = place.side or "".join(map(str, place.pieces[:1]))
    return word, word


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
    if "optimized" not in description:  # which has them, before and after
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
