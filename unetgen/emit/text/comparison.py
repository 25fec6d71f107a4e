"""What differs between two configs, as text: what `unetgen diff` prints."""

from __future__ import annotations

from unetgen.analysis.comparison import Comparison
from unetgen.analysis.summary import LayerRow, Summary
from unetgen.emit.text.tables import short, table
from unetgen.plan.tensor import sizes


def comparison_text(comparison: Comparison) -> str:
    """The differences as text."""
    a, b = comparison.a, comparison.b
    same_name = a.name == b.name
    names = [f"{name} ({side})" if same_name else name for name, side in ((a.name, "A"), (b.name, "B"))]
    parts = []
    if comparison.fields:
        rows = [[row.path, _value(row.a), _value(row.b)] for row in comparison.fields]
        parts.append(table(["field", *names], rows))
    if comparison.layers:
        rows = [[row.path, _layer(row.a), _layer(row.b)] for row in comparison.layers]
        parts.append(table(["layer", *names], rows))
    params_a, params_b, params_delta = a.params.total, b.params.total, comparison.params_delta
    params = [f"{params_a:,}", f"{params_b:,}", f"{params_delta:+,}", _relative(params_a, params_delta)]
    macs_delta = comparison.macs_delta
    macs = [short(a.macs), short(b.macs), _signed(macs_delta), _relative(a.macs, macs_delta)]
    totals = [["parameters", *params], *_trainable(a, b), ["MACs", *macs]]
    parts.append(table(["total", *names, "delta", ""], totals, right={1, 2, 3, 4}))
    parts.append(_verdict(comparison))
    return "\n\n".join(parts)


def _trainable(a: Summary, b: Summary) -> list[list[str]]:
    """What learns, where either config freezes something."""
    if not (a.design.frozen or b.design.frozen):
        return []
    delta = b.params.trainable - a.params.trainable
    counts = [f"{a.params.trainable:,}", f"{b.params.trainable:,}", f"{delta:+,}"]
    return [["trainable", *counts, _relative(a.params.trainable, delta)]]


def _verdict(comparison: Comparison) -> str:
    if not comparison.same_architecture:
        return "different architectures"
    if comparison.same_digest:
        return "the same: architecture, training, execution and seed"
    return "the same architecture, with other settings"


def _signed(number: int) -> str:
    return f"{'-' if number < 0 else '+'}{short(abs(number))}"


def _relative(before: int, delta: int) -> str:
    return f"{delta / before:+.1%}" if before else ""


def _value(value: object) -> str:
    if value is ...:
        return "-"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _layer(layer: object) -> str:
    if not isinstance(layer, LayerRow):
        return "-"
    params = f", {short(layer.params)}" if layer.params else ""
    return f"{layer.op} {sizes(layer.output_shape)}{params}"
