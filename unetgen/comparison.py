"""What differs between two configs: fields, layers, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.emit.text.tables import short, sizes, table
from unetgen.plan.graph import Plan


def compare(a: tuple[UNetConfig, Plan], b: tuple[UNetConfig, Plan]) -> dict[str, Any]:
    """The differences as plain data: what `unetgen diff --json` prints. Names and sources do not count."""
    fields_a, fields_b = _flat(a[0]), _flat(b[0])
    rows_a, rows_b = _layers(*a), _layers(*b)
    return {
        "a": _totals(*a),
        "b": _totals(*b),
        "same_architecture": a[1].fingerprint == b[1].fingerprint,
        "same_digest": a[0].digest == b[0].digest,
        "fields": _differences(fields_a, fields_b),
        "layers": _differences(rows_a, rows_b),
        "delta": {
            key: value - _totals(*a)[key] for key, value in _totals(*b).items() if isinstance(value, int)
        },
    }


def _totals(config: UNetConfig, plan: Plan) -> dict[str, Any]:
    return {
        "name": config.name,
        "fingerprint": plan.fingerprint,
        "digest": config.digest,
        "params": plan.params,
        "macs": plan.macs,
    }


def _differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What one side lacks altogether is left out of its row; null is a value."""
    keys = [*a, *(key for key in b if key not in a)]
    return [
        {"path": key} | {side: values[key] for side, values in (("a", a), ("b", b)) if key in values}
        for key in keys
        if a.get(key, ...) != b.get(key, ...)
    ]


def _flat(config: UNetConfig) -> dict[str, Any]:
    def walk(value: Any, path: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return {k: v for key, item in value.items() for k, v in walk(item, f"{path}.{key}").items()}
        return {path.removeprefix("."): value}

    data = {key: value for key, value in config.to_dict().items() if key not in ("name", "source")}
    return walk(data, "")


def _layers(config: UNetConfig, plan: Plan) -> dict[str, Any]:
    return {
        node.name: {
            "op": type(node.op).__name__,
            "output_shape": node.spec.shape(config.input.data_format),
            "params": sum(weight.size for weight in plan.weights(node)),
        }
        for node in plan.nodes
    }


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
