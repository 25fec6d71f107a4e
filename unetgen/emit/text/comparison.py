"""What differs between two configs, as text: what `unetgen diff` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unetgen.emit.text.tables import short, table
from unetgen.plan.tensor import sizes


def comparison_text(comparison: Mapping[str, Any]) -> str:
    """The differences as text."""
    a, b = comparison["a"], comparison["b"]
    same_name = a["name"] == b["name"]
    names = [f"{name} ({side})" if same_name else name for name, side in ((a["name"], "A"), (b["name"], "B"))]
    parts = []
    if comparison["fields"]:
        rows = [[row["path"], *(_value(row.get(side, ...)) for side in "ab")] for row in comparison["fields"]]
        parts.append(table(["field", *names], rows))
    if comparison["layers"]:
        rows = [[row["path"], *(_layer(row.get(side)) for side in "ab")] for row in comparison["layers"]]
        parts.append(table(["layer", *names], rows))
    totals = [
        ["parameters", f"{a['params']:,}", f"{b['params']:,}", f"{b['params'] - a['params']:+,}"],
        ["MACs", short(a["macs"]), short(b["macs"]), _signed(b["macs"] - a["macs"])],
    ]
    for row, key in zip(totals, ("params", "macs"), strict=True):
        row.append(_relative(a[key], b[key]))
    parts.append(table(["total", *names, "delta", ""], totals, right={1, 2, 3, 4}))
    parts.append(_verdict(comparison))
    return "\n\n".join(parts)


def _verdict(comparison: Mapping[str, Any]) -> str:
    if not comparison["same_architecture"]:
        return "different architectures"
    if comparison["same_digest"]:
        return "the same: architecture, training, execution and seed"
    return "the same architecture, with other settings"


def _signed(number: int) -> str:
    return f"{'-' if number < 0 else '+'}{short(abs(number))}"


def _relative(a: int, b: int) -> str:
    return f"{(b - a) / a:+.1%}" if a else ""


def _value(value: Any) -> str:
    if value is ...:
        return "-"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _layer(layer: Mapping[str, Any] | None) -> str:
    if layer is None:
        return "-"
    params = f", {short(layer['params'])}" if layer["params"] else ""
    return f"{layer['op']} {sizes(layer['output_shape'])}{params}"
