"""What a point's folder holds before its task runs: the point, its resolved config, its lock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from unetgen.config.resolved import to_yaml
from unetgen.model.against import source_of
from unetgen.model.lock import Subject, git_state, lock_of
from unetgen.sweep.folder.files import CONFIG, LOCK, RUN, SweepFolder
from unetgen.sweep.folder.identity import is_choice, is_parameter
from unetgen.sweep.folder.records import Point, Result
from unetgen.sweep.folder.superseding import Superseding


class PointWriter:
    """Writes points into a sweep's folder, numbered on from those that are there.

    `file_of` says which file a point's overrides are for.
    """

    def __init__(self, folder: SweepFolder, file_of: Callable[[tuple[str, ...]], Path]) -> None:
        self.known = Superseding(folder)
        self._folder = folder
        self._file_of = file_of
        self._git = cache(git_state)
        self._source = cache(lambda file: source_of(file, folder.at("any").path))  # points stand side by side

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
        of_config = [each for each in point.overrides if not (is_parameter(each) or is_choice(each))]
        file = self._file_of(point.overrides)
        overrides, source = ([], None) if of_run else (of_config, self._source(file))
        lock = lock_of(subject, overrides, digests, self._git(file), source=source, run=of_run)
        numbered = replace(point, number=self.known.last + 1)
        folder.write_point(numbered, {**texts, LOCK: json.dumps(lock, indent=2) + "\n"}, result)
        self.known.add(numbered)
