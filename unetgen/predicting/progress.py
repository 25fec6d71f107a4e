"""What is shown while files are predicted: a bar of tiles on a terminal, a line for each file elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, Self

from unetgen.data.case import Case
from unetgen.visible import visible


class FilesProgress:
    """A bar on standard error where that is a terminal; without one, a line for each file as it ends."""

    def __init__(self, total: int, show: bool = True) -> None:
        self.total = total
        self._show = show
        self._ended = 0
        self._bar: Any = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        if self._show and sys.stderr.isatty():
            self._bar = _bar()
            self._bar.add_task("", total=None, count="")
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def over(self, cases: Iterable[Case]) -> Iterator[Case]:
        """The cases as they come, each shown as it begins and told when the next one is asked for."""
        for case in cases:
            self.begin(case.name)
            yield case
            self.end(case.name)

    def begin(self, name: str) -> None:
        """An image is about to be predicted."""
        self._began = time.monotonic()
        if self._bar is not None:
            (task,) = self._bar.task_ids
            count = f"{self._ended + 1}/{self.total}"
            self._bar.reset(task, total=None, description=visible(name), count=count)

    def tiles(self, done: int, total: int) -> None:
        """So many of its tiles are predicted."""
        if self._bar is not None:
            (task,) = self._bar.task_ids
            self._bar.update(task, completed=done, total=total)

    def end(self, what: str) -> None:
        """It is done, or has failed; `what` is said of it where no bar shows it."""
        self._ended += 1
        if self._show and self._bar is None:
            seconds = time.monotonic() - self._began
            line = visible(f"{self._ended}/{self.total} {what}, {seconds:.1f} s")
            print(line, file=sys.stderr, flush=True)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.fields[count]}"),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
