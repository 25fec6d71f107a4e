"""The best point, told: to people with what to do next, to programs as plain data."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetgen.shell import command_line
from unetgen.sweep.folder.files import CONFIG, PointFolder
from unetgen.sweep.results.best import Best, Limit
from unetgen.sweep.results.columns import MAIN_COSTS
from unetgen.sweep.results.formats.words import writer_of
from unetgen.sweep.results.table import Table
from unetgen.visible import visible


@dataclass(frozen=True)
class Answer:
    """The best point of `table`, whose rows are within `limits` and whose points lie in `folder`."""

    best: Best
    table: Table
    limits: Sequence[Limit]
    folder: Path

    def text(self) -> str:
        """For people, in lines."""
        best, row = self.best, self.best.row
        lines = {
            "digest": row.digest,
            "overrides": shlex.join(row.overrides) or "none",
            **self._cells(),
            "folder": str(self.folder / row.digest),
            "build it": self._build(),
            **({"predict": predict} if (predict := self._predict()) else {}),
        }
        width = max(map(len, lines))
        direction = "least" if best.direction == "min" else "most"
        of = f"of {best.candidates} point{'' if best.candidates == 1 else 's'}{limits_text(self.limits)}"
        guess = ", as its name says; --mode says otherwise" if best.by_name else ""
        title = f"{best.metric}: the {direction} {of} ({best.direction}{guess})"
        return visible("\n".join([title, *(f"  {name:<{width}}  {text}" for name, text in lines.items())]))

    def data(self) -> dict[str, Any]:
        """For programs, as plain data."""
        return {
            "metric": self.best.metric,
            "mode": self.best.direction,
            "value": self.best.value,
            "digest": self.best.row.digest,
            "overrides": list(self.best.row.overrides),
            "folder": str(self.folder / self.best.row.digest),
            "build": self._build(),
            "predict": self._predict(),
        }

    def _cells(self) -> dict[str, str]:
        """What was asked for, and what people ask next."""
        names = dict.fromkeys([self.best.metric, *(limit.column for limit in self.limits), *MAIN_COSTS])
        columns = [column for column in self.table.columns if column.name in names]
        columns.sort(key=lambda column: list(names).index(column.name))
        values = {column: self.best.row.cells.get(column.name) for column in columns}
        return {column.name: writer_of(column, [value])(value) for column, value in values.items()}

    def _predict(self) -> str | None:
        """The command that uses its trained model, if it has one."""
        model = PointFolder(self.folder / self.best.row.digest).model()
        return command_line("unetgen", "predict", model, "IMAGES", "--out", "DIR") if model else None

    def _build(self) -> str:
        config = self.folder / self.best.row.digest / CONFIG
        return command_line("unetgen", "build", config, "--out", "model")


def limits_text(limits: Sequence[Limit]) -> str:
    """The limits as the end of a sentence."""
    return f" with {' and '.join(map(str, limits))}" if limits else ""
