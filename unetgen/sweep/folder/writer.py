"""What a point's folder holds before its task runs: the point, its resolved config, its lock."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from unetgen.config.loader import Reader
from unetgen.config.resolved import to_yaml
from unetgen.model.against import source_of
from unetgen.model.lock import Subject, git_state, lock_of
from unetgen.sweep.folder.files import CONFIG, LOCK, SweepFolder
from unetgen.sweep.folder.records import UNNUMBERED, Point, Result


class PointWriter:
    """Writes the points of one config into a sweep's folder, numbered on from those that are there."""

    def __init__(self, folder: SweepFolder, reader: Reader) -> None:
        self._folder = folder
        self._git = git_state(reader.file)
        self._source = source_of(reader.file, folder.at("any").path)  # points stand side by side
        self._next = 1 + max((point.point().number for point in folder.points()), default=UNNUMBERED)

    def write(self, point: Point, subject: Subject, result: Result | None = None) -> None:
        """Write `point`, unless it is there and can be read, with its `result` if it has one already.

        `subject` is what its lock is of.
        """
        folder = self._folder.at(point.digest)
        if folder.exists() and not folder.point().fault:
            if result is not None:
                folder.write_result(result)
            return
        text = to_yaml(subject.config)
        files = {CONFIG: hashlib.sha256(text.encode()).hexdigest()}
        lock = lock_of(subject, point.overrides, files, self._git, source=self._source)
        texts = {CONFIG: text, LOCK: json.dumps(lock, indent=2) + "\n"}
        folder.write_point(replace(point, number=self._next), texts, result)
        self._next += 1
