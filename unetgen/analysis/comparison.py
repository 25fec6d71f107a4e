"""What differs between two designs: fields, layers, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from unetgen.analysis.summary import LayerRow, Summary
from unetgen.config.model import ABOUT, UNetConfig


@dataclass(frozen=True)
class Difference:
    """A field or a layer that differs. ``...`` where one side lacks it altogether; None is a value."""

    path: str
    a: Any
    b: Any

    def as_json(self, plain: Callable[[Any], object]) -> dict[str, Any]:
        """As ``--json`` prints it: what one side lacks is left out."""
        sides = {"a": self.a, "b": self.b}
        return {"path": self.path} | {side: plain(value) for side, value in sides.items() if value is not ...}


@dataclass(frozen=True)
class Comparison:
    """The differences of two designs. Names, sources and versions of the language do not count."""

    a: Summary
    b: Summary
    fields: tuple[Difference, ...]
    layers: tuple[Difference, ...]
    """Of each layer's op, shape and parameters: a `LayerRow`."""

    @property
    def same_architecture(self) -> bool:
        return self.a.fingerprint == self.b.fingerprint

    @property
    def same_digest(self) -> bool:
        return self.a.digest == self.b.digest

    @property
    def params_delta(self) -> int:
        return self.b.params.total - self.a.params.total

    @property
    def macs_delta(self) -> int:
        return self.b.macs - self.a.macs

    def as_json(self) -> dict[str, Any]:
        """What ``unetgen diff --json`` prints."""
        return {
            "a": _totals(self.a),
            "b": _totals(self.b),
            "same_architecture": self.same_architecture,
            "same_digest": self.same_digest,
            "fields": [each.as_json(lambda value: value) for each in self.fields],
            "layers": [each.as_json(_layer) for each in self.layers],
            "delta": {"params": self.params_delta, "macs": self.macs_delta},
        }


def compare(a: Summary, b: Summary) -> Comparison:
    """Everything in which two designs differ."""
    fields = _differences(_flat(a.design.config), _flat(b.design.config), lambda value: value)
    rows_a, rows_b = ({row.name: row for row in each.layers} for each in (a, b))
    return Comparison(a, b, fields, _differences(rows_a, rows_b, _layer))


def _differences(
    a: Mapping[str, Any], b: Mapping[str, Any], compared: Callable[[Any], object]
) -> tuple[Difference, ...]:
    """Those of two mappings in what `compared` makes of their values."""

    def differ(key: str) -> bool:
        return (key in a) != (key in b) or compared(a[key]) != compared(b[key])

    keys = [*a, *(key for key in b if key not in a)]
    return tuple(Difference(key, a.get(key, ...), b.get(key, ...)) for key in keys if differ(key))


def _flat(config: UNetConfig) -> dict[str, Any]:
    def walk(value: Any, path: str) -> dict[str, Any]:
        items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            items = enumerate(value)
        if items:
            return {k: v for key, item in items for k, v in walk(item, f"{path}.{key}").items()}
        return {path.removeprefix("."): value}

    data = {key: value for key, value in config.to_dict().items() if key not in ABOUT}
    return walk(data, "")


def _totals(summary: Summary) -> dict[str, Any]:
    said = summary.as_json("name", "fingerprint", "digest")
    return {**said, "params": summary.params.total, "macs": summary.macs}


def _layer(row: LayerRow) -> dict[str, Any]:
    return {"op": row.op, "output_shape": row.output_shape, "params": row.params}
