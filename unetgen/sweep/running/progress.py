"""What a sweep shows while it runs: points done, failed and running, and the time left."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from unetgen.sweep.folder.files import LOG, PointFolder
from unetgen.sweep.running.epochs import Epoch, epoch_in
from unetgen.sweep.running.time_left import TimeLeft

_EVERY_SECONDS = 0.5
_LINE_EVERY_SECONDS = 10.0
_MOST_EPOCHS = 4
"""Running points whose epochs are told."""


class Progress:
    """A bar on a terminal, a line now and then elsewhere, on standard error; `silent` shows nothing."""

    def __init__(self, total: int, what: str, show: bool = True) -> None:
        self.total, self.what = total, what
        self.ended = self.failed = self.running = 0
        self.epochs: tuple[Epoch, ...] = ()
        """Where running points are, as far as they say it."""
        self._left = TimeLeft()
        self._skipped: dict[PointFolder, float] = {}
        """The share of each point that was done before this sweep began."""
        self._said = time.monotonic()
        self._bar: Any = None
        self._show = show

    @classmethod
    def silent(cls) -> Progress:
        return cls(0, "", show=False)

    def __enter__(self) -> Progress:
        if self._show and sys.stderr.isatty():
            self._bar = _bar(self.what, self.total)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def advance(self, ended: int, failed: int) -> None:
        """Count `ended` more points, `failed` of which failed."""
        self.ended += ended
        self.failed += failed
        self.tell()

    def note(self, text: str) -> None:
        """Say something beside."""
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        elif self._show:
            print(text, file=sys.stderr, flush=True)

    def tell(self) -> None:
        """Show where things stand."""
        if self._bar is not None:
            (task,) = self._bar.task_ids
            failed = f"{self.failed} failed"
            self._bar.update(task, completed=self.ended, failed=failed, said=self._said_of_running())
        elif self._show and time.monotonic() - self._said > _LINE_EVERY_SECONDS:
            self._said = time.monotonic()
            print(self.line(), file=sys.stderr, flush=True)

    def line(self) -> str:
        """Where things stand, in one line."""
        parts = [f"{self.what}: {self.ended}/{self.total}"]
        parts += [f"{self.failed} failed"] if self.failed else []
        return ", ".join([*parts, *filter(None, [self._said_of_running()])])

    def _said_of_running(self) -> str:
        """What runs, where it is, and how long all will take."""
        parts = []
        if self.running:
            where = ", ".join(f"epoch {each.number}/{each.of}" for each in self.epochs[:_MOST_EPOCHS])
            parts.append(f"{self.running} running" + (f" ({where})" if where else ""))
        skipped = sum(self._skipped.values())
        done = self.ended + sum(each.share for each in self.epochs)
        left = self._left.seconds(done - skipped, self.total - skipped)
        return ", ".join([*parts, *([] if left is None else [f"{duration(left)} left"])])

    @contextmanager
    def watching(self, folders: Sequence[PointFolder]) -> Iterator[None]:
        """Count results in `folders` as they appear, from a thread of its own."""
        before = {folder: _log_size(folder) for folder in folders}
        waiting = set(folders)
        stop = threading.Event()

        def look() -> None:
            ended = [folder for folder in waiting if folder.has_result()]
            waiting.difference_update(ended)
            running = [
                folder for folder in folders if folder in waiting and _log_size(folder) != before[folder]
            ]
            self.running = len(running)
            at = {folder: epoch for folder in running if (epoch := epoch_in(folder.path / LOG))}
            for folder, epoch in at.items():
                self._skipped.setdefault(folder, (epoch.number - 1) / epoch.of)
            self.epochs = tuple(at.values())
            self.advance(len(ended), sum(1 for folder in ended if folder.has_failed()))

        def watch() -> None:
            while not stop.wait(_EVERY_SECONDS):
                look()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            look()
            self.running, self.epochs = 0, ()


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> duration(8.2), duration(192), duration(7260)
    ('8 s', '3 min 12 s', '2 h 1 min')
    """
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{whole} s"


def _log_size(folder: PointFolder) -> int:
    try:
        return (folder.path / LOG).stat().st_size
    except OSError:
        return -1


def _bar(what: str, total: int) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    counts = "{task.completed}/{task.total}"
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(counts),
        TextColumn("[red]{task.fields[failed]}[/red]"),
        TextColumn("{task.fields[said]}", markup=False),
        console=Console(stderr=True),
    )
    bar.add_task(what, total=total, failed="0 failed", said="")
    return bar
