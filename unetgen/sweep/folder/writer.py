"""What a point's folder holds before its task runs: the point, its resolved config, its lock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from unetgen.config.resolved import to_yaml
from unetgen.model.against import source_of
from unetgen.model.lock import Subject, git_state, lock_of
from unetgen.sweep.folder.files import CONFIG, LOCK, RUN, SweepFolder
from unetgen.sweep.folder.identity import is_parameter
from unetgen.sweep.folder.records import Point, Result
from unetgen.sweep.folder.superseding import Superseding


class PointWriter:
    """Writes the points of one file into a sweep's folder, numbered on from those that are there."""

    def __init__(self, folder: SweepFolder, file: Path) -> None:
        self.known = Superseding(folder)
        self._folder = folder
        self._git = git_state(file)
        self._source = source_of(file, folder.at("any").path)  # points stand side by side

    def write(
        self,
        point: Point,
        subject: Subject,
        result: Result | None = None,
        files: Mapping[str, str] | None = None,
    ) -> None:
        """Write `point`, unless it is there and can be read, with its `result` if it has one already.

        `subject` is what its lock is of; `files` are the texts of what lies beside it.
        """
        folder = self._folder.at(point.digest)
        if folder.exists() and not folder.point().fault:
            if result is not None:
                folder.write_result(result)
            return
        texts = {**(files or {}), CONFIG: to_yaml(subject.config)}
        digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        contents = {f"{name}_digest": digest for name, digest in point.contents.items()}
        of_run = {"digest": point.asked, **contents} if RUN in texts else None
        # Those of a run or of a task are not a config's.
        overrides = [] if of_run else [each for each in point.overrides if not is_parameter(each)]
        source = None if of_run else self._source
        lock = lock_of(subject, overrides, digests, self._git, source=source, run=of_run)
        numbered = replace(point, number=self.known.last + 1)
        folder.write_point(numbered, {**texts, LOCK: json.dumps(lock, indent=2) + "\n"}, result)
        self.known.add(numbered)
