"""The report of `unetgen show`: the levels drawn as the U goes down and up, the layers, the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from unetgen.analysis.rewriting import Gains
from unetgen.analysis.summary import LayerRow, Summary
from unetgen.config.design import Design
from unetgen.emit.text.levels import drawn
from unetgen.emit.text.tables import bytes_text, short, table
from unetgen.plan.place import Place
from unetgen.plan.tensor import sizes


def report(summary: Summary, layers: bool = True) -> str:
    """The whole report as text."""
    parts = [_title(summary), drawn(summary.design.plan)]
    if layers:
        parts.append(_layers(summary.computed_layers))
    if summary.gains is not None:
        parts.append(gains_text(summary.gains))
    parts.append(_totals(summary))
    return "\n\n".join(filter(None, parts))


def gains_text(gains: Gains) -> str:
    """What each rewrite saved for one sample, and the totals before and after."""
    header = ["rewrite", "results equal", "times", "MACs saved", "values saved"]
    rows = [
        [
            rewrite.name,
            GUARANTEES[rewrite.guarantee],
            str(rewrite.times),
            *map(_signed, (rewrite.macs_saved, rewrite.elements_saved)),
        ]
        for rewrite in gains.rewrites
    ]
    before, after = gains.before.as_json(), gains.after.as_json()
    totals = [
        [
            words.format(gains.batch),
            text(before[key]),
            text(after[key]),
            _change(before[key], after[key]),
        ]
        for key, (words, text) in TOTALS.items()
        if key in before
    ]
    compared = table(["", "declared", f"for {gains.purpose}", ""], totals, right={1, 2, 3})
    taken = table(header, rows, right={2, 3, 4}) if rows else f"nothing to rewrite for {gains.purpose}"
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


def _title(summary: Summary) -> str:
    shape = sizes(summary.input_shape)
    told = f", here at {sizes(summary.reference)}" if summary.reference else ""
    outputs = ", ".join(sizes(output) for output in summary.output_shapes)
    source = f"\n{summary.source}" if summary.source else ""
    return f"{summary.name}: {shape} to {outputs}{told}, {summary.data_format}{source}"


def _layers(layers: Sequence[LayerRow]) -> str:
    """Every layer, below its level; a level's own line has the sums."""
    rows: list[list[str]] = []
    for (group, prefix), members in groupby(layers, key=lambda layer: _heading(layer.place)):
        inside = list(members)
        if group:
            sums = _counts(sum(layer.params for layer in inside), sum(layer.macs for layer in inside))
            rows.append([group, "", "", *sums])
        for layer in inside:
            name = layer.name.removeprefix(prefix).strip("_") or layer.name
            counts = _counts(layer.params, layer.macs)
            shape = sizes(layer.output_shape)
            rows.append([f"  {name}" if group else name, layer.operation, shape, *counts])
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


def _totals(summary: Summary) -> str:
    rows = dict(_facts(summary))
    width = max(map(len, rows))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows.items())


def legal_text(summary: Summary) -> str:
    """The sizes that the input can have, or could where it is built for one alone."""
    free = summary.free_sizes
    if free is None:
        multiple = summary.size_multiple
        return "any" if all(step == 1 for step in multiple) else f"in steps of {sizes(multiple)}"
    texts = [
        str(size if legal is None else legal) for size, legal in zip(summary.input_sizes, free, strict=True)
    ]
    return texts[0] if len(set(texts)) == 1 else "; ".join(texts)


def frozen_text(design: Design) -> str:
    """What of a network does not learn, whose config freezes something."""
    encoder = design.config.encoder
    if encoder is None or encoder.frozen is None:
        return "nothing"
    of_encoder = f"of the encoder, {encoder.kind}"
    if encoder.frozen is True:
        return f"all weights and statistics {of_encoder}"
    level = "level" if len(encoder.frozen) == 1 else "levels"
    return f"{level} {', '.join(map(str, sorted(encoder.frozen)))} {of_encoder}"


def _facts(summary: Summary) -> Iterator[tuple[str, str]]:
    params, needs = summary.params, summary.memory
    fixed = f", {params.non_trainable:,} of them not trainable" if params.non_trainable else ""
    yield "parameters", f"{params.total:,} ({bytes_text(needs.weights_bytes)}){fixed}"
    if summary.design.frozen:
        yield "frozen", frozen_text(summary.design)
    if summary.gains is None:  # which has them, before and after
        yield "MACs", f"{short(summary.macs)} for one sample"
        inference, training = bytes_text(needs.inference_bytes), bytes_text(needs.train_bytes)
        yield "memory", f"{inference} inference, {training} training (predicted, batch of {summary.batch})"
    field = summary.receptive_field
    yield "receptive field", sizes(field) if field else "not computed, its period is too long"
    yield "input sizes", legal_text(summary)
    yield "fingerprint", summary.fingerprint
    yield "digest", summary.digest
