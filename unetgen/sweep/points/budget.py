"""What a point may cost at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from unetgen.sweep.values import Value

_COLUMNS = {
    "max_params": "params",
    "max_macs": "macs",
    "max_inference_memory": "inference_bytes",
    "max_train_memory": "train_bytes",
}
"""The column of a point's cost that each limit is about."""


@dataclass(frozen=True)
class Budget:
    """Limits of parameters, multiply-accumulates and bytes; None sets none."""

    max_params: float | None = None
    max_macs: float | None = None
    max_inference_memory: float | None = None
    max_train_memory: float | None = None

    def can_judge(self, cost: Mapping[str, Value]) -> bool:
        """Whether `cost`, as some file has it, has a number for each limit."""
        numbers = (cost.get(column) for column in _COLUMNS.values())
        return all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)

    def exceeded(self, cost: Mapping[str, Value]) -> tuple[str, ...]:
        """Every limit that `cost` is over, in words.

        >>> Budget(max_params=1e6).exceeded({"params": 1_500_000})
        ('params 1,500,000 is over the limit of 1,000,000',)
        """
        over = []
        for limit in fields(self):
            most, column = getattr(self, limit.name), _COLUMNS[limit.name]
            value = cost[column] if most is not None else None
            if isinstance(value, int | float) and value > most:
                over.append(f"{column} {value:,} is over the limit of {most:,.0f}")
        return tuple(over)
