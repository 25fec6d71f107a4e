"""What differs between two configs: fields, layers, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unetgen.config.design import Design
from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan


def compare(first: Design, second: Design) -> dict[str, Any]:
    """The differences as plain data: what `unetgen diff --json` prints. Names and sources do not count."""
    a, b = (first.config, first.plan), (second.config, second.plan)
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
