"""What differs between two configs: fields, layers, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.emit.tables import short, sizes, table
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
    keys = [*a, *(key for key in b if key not in a)]
    return [
        {"path": key, "a": a.get(key), "b": b.get(key)} for key in keys if a.get(key, ...) != b.get(key, ...)
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
    parts = []
    if comparison["fields"]:
        rows = [[row["path"], _value(row["a"]), _value(row["b"])] for row in comparison["fields"]]
        parts.append(table(["field", a["name"], b["name"]], rows))
    if comparison["layers"]:
        rows = [[row["path"], _layer(row["a"]), _layer(row["b"])] for row in comparison["layers"]]
        parts.append(table(["layer", a["name"], b["name"]], rows))
    same = "same architecture" if comparison["same_architecture"] else "different architectures"
    totals = [
        [key, f"{a[key]:,}", f"{b[key]:,}", f"{b[key] - a[key]:+,}", _relative(a[key], b[key])]
        for key in ("params", "macs")
    ]
    parts.append(table([same, a["name"], b["name"], "delta", ""], totals, right={1, 2, 3, 4}))
    return "\n\n".join(parts)


def _relative(a: int, b: int) -> str:
    return f"{(b - a) / a:+.1%}" if a else ""


def _value(value: Any) -> str:
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _layer(layer: Mapping[str, Any] | None) -> str:
    if layer is None:
        return "-"
    params = f", {short(layer['params'])}" if layer["params"] else ""
    return f"{layer['op']} {sizes(layer['output_shape'])}{params}"
