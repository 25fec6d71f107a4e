"""Points whose data or whose task's module has changed since: kept, and marked as stale.

Another point stands for what was asked for then. Where the contents come back, so does the older point: it
has the mark no more, and its result counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.identity import DATA
from unetgen.sweep.folder.records import Point


class Superseding:
    """The points of a folder by what was asked for, read once; of each no more is kept than is asked here."""

    def __init__(self, folder: SweepFolder) -> None:
        self._folder = folder
        self._points: dict[str, dict[str, Point]] = defaultdict(dict)
        self.last = -1
        """The greatest number of a point."""
        for each in folder.points():
            point = each.point()
            self.last = max(self.last, point.number)
            self._note(point)

    def _note(self, point: Point) -> None:
        if not point.fault:
            kept = replace(point, overrides=(), cost={}, also=())
            self._points[point.identity.subject][point.digest] = kept

    def outdated(self, points: Iterable[Point]) -> Mapping[str, tuple[str, ...]]:
        """By digest, the points in the folder that `points` take the place of, and what has changed."""
        return {
            known.digest: point.identity.changed_since(known.identity)
            for point in points
            for known in self._points.get(point.identity.subject, {}).values()
            if known.digest != point.digest
        }

    def settle(self, points: Sequence[Point]) -> Mapping[str, tuple[str, ...]]:
        """Mark those that `points` take the place of, and take the mark from those of `points` that have it.

        Gives those that are marked now and were not before.
        """
        news: dict[str, tuple[str, ...]] = {}
        marks = {**self.outdated(points), **{point.digest: () for point in points}}
        for known in [each for held in self._points.values() for each in held.values()]:
            mark = marks.get(known.digest, known.superseded)
            folder = self._folder.at(known.digest)
            if mark != known.superseded and not (point := folder.point()).fault:
                marked = replace(point, superseded=mark)
                folder.write_point(marked, {})
                self._note(marked)
                news |= {known.digest: mark} if mark else {}
        return news

    def add(self, point: Point) -> None:
        """Take note of a point that was written."""
        self._note(point)
        self.last = max(self.last, point.number)


def stale_line(outdated: Mapping[str, tuple[str, ...]]) -> str:
    """How many points are stale, and why.

    >>> stale_line({"a": ("data",), "b": ("data",)})
    '2 other points are stale, the data have changed since; they are kept, and do not count'
    """
    changed = dict.fromkeys(name for names in outdated.values() for name in names)
    are = "point is" if len(outdated) == 1 else "points are"
    return f"{len(outdated)} other {are} stale, {changed_text(changed)}; they are kept, and do not count"


def changed_text(names: Iterable[str]) -> str:
    """What has changed, in words.

    >>> changed_text(["module train", "module losses"])
    'module train, module losses have changed since'
    """
    names = list(names)
    said = ", ".join(f"the {name}" if name == DATA else name for name in names)
    return f"{said} {'have' if len(names) > 1 or DATA in names else 'has'} changed since"
