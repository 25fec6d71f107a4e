"""The folder of a sweep: one folder a point, named by its config's digest. The one home of its file names.

    DIR/sweep.json                    the task, and every command that ran here
    DIR/.prepared/                    images that the points of this sweep prepare alike; gone at its end
    DIR/<digest>/point.json           overrides, fingerprint and cost: written before the point is launched
    DIR/<digest>/config.resolved.yaml, unetgen.lock.json
    DIR/<digest>/run.resolved.yaml    where the point trains on the images of a run
    DIR/<digest>/job.log              what the job printed; who runs the point holds a lock on it
    DIR/<digest>/workdir/             the task's own files
    DIR/<digest>/result.json          ok with its values, or failed with its whole error

Every JSON file appears whole or not at all. A point without a result was never run, is running, or its
process was lost: run again, it is run again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.files import publishing, recover
from unetgen.reading import MAX_JSON_BYTES
from unetgen.sweep.folder.records import (
    SCHEMA_VERSION,
    UNNUMBERED,
    Point,
    Result,
    about_in,
    point_in,
    read_versioned,
    result_in,
)
from unetgen.sweep.process import Failure
from unetgen.sweep.values import to_json

SWEEP, POINT, RESULT = "sweep.json", "point.json", "result.json"
TRAINED = "model.keras"
"""What the task `train` leaves in a point's own folder."""
CONFIG, LOCK, LOG, WORKDIR = "config.resolved.yaml", "unetgen.lock.json", "job.log", "workdir"
RUN = "run.resolved.yaml"
CASES = "cases.json"
"""Pictures of some cases, which the task `train` leaves in a point's own folder."""
SHARED = ".prepared"
OWN_FILES = frozenset({SWEEP, "optuna.db", ".unetgen-sweep.lock", SHARED})
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PointFolder:
    """The folder of one point."""

    path: Path

    def model(self) -> Path | None:
        """The model of a point that was trained on images; None where there is none."""
        model = self.path / WORKDIR / TRAINED
        return model if (self.path / RUN).is_file() and model.is_file() else None

    @property
    def shared(self) -> Path:
        """The folder for what the points of a sweep have in common while it runs."""
        return self.path.parent / SHARED

    def exists(self) -> bool:
        """Whether the point was written."""
        return (self.path / POINT).is_file()

    def has_result(self) -> bool:
        """Whether the point came to an end, good or bad."""
        return (self.path / RESULT).is_file()

    def has_failed(self) -> bool:
        """Whether the point's result is a failure."""
        result = self.result()
        return result is not None and result.status == "failed"

    def is_finished(self) -> bool:
        """Whether the point has a good result, and its own file can be read."""
        result = self.result()
        return result is not None and result.status == "ok" and not self.point().fault

    def point(self) -> Point:
        """The point as it was written before launch; one with a `fault` where that cannot be read."""
        try:
            return point_in(read_versioned(self.path / POINT), self.path.name)
        except UnetgenError as error:
            return Point(self.path.name, "", "", (), {}, UNNUMBERED, fault=str(error))

    def result(self) -> Result | None:
        """The point's result, or None where there is none; a failure where the file cannot be read."""
        recover(self.path)
        if not self.has_result():
            return None
        try:
            return result_in(read_versioned(self.path / RESULT), self.path.name)
        except UnetgenError as error:
            message = f"{error}; the sweep's command given again runs the point anew"
            return Result("failed", failure=Failure("UnreadableResult", message))

    def write_point(self, point: Point, files: Mapping[str, str], result: Result | None = None) -> None:
        """Write the point with its other `files` by name and, if it is known already, its result."""
        data = {
            "schema_version": SCHEMA_VERSION,
            "digest": point.digest,
            "fingerprint": point.fingerprint,
            "name": point.name,
            "number": point.number,
            "overrides": point.overrides,
            "also": point.also,
            "cost": to_json(point.cost),
        }
        identity = point.identity
        if identity.digest != identity.asked or point.superseded:
            data |= {"asked": identity.asked, "contents": dict(identity.contents)}
            data |= {"parameters": to_json(identity.parameters), "superseded": point.superseded}
        texts = {**files, POINT: _text(data)}
        if result is not None:
            texts[RESULT] = _text(_result_data(point.digest, result))
        self._write(texts)

    def write_result(self, result: Result) -> None:
        """Write what came of the point, in one step."""
        text = _text(_result_data(self.path.name, result))
        if len(text.encode()) > MAX_JSON_BYTES:  # nobody could read it
            most = f"more than {MAX_JSON_BYTES // 2**20} MiB of values or of an error; keep them in files"
            result = Result("failed", failure=Failure("TooLarge", most), seconds=result.seconds)
            text = _text(_result_data(self.path.name, result))
        self._write({RESULT: text})

    def forget_result(self) -> None:
        """Take the result away: the point is run again."""
        (self.path / RESULT).unlink(missing_ok=True)

    def _write(self, texts: Mapping[str, str]) -> None:
        with publishing(self.path) as staging:
            for name, text in texts.items():
                (staging / name).write_text(text, encoding="utf-8", newline="\n")


@dataclass(frozen=True)
class SweepFolder:
    """The folder of a sweep."""

    path: Path

    def at(self, digest: str) -> PointFolder:
        """The folder of the point with this digest, there or not."""
        return PointFolder(self.path / digest)

    def points(self) -> Iterator[PointFolder]:
        """The folders of all points that were written, by name."""
        if self.path.is_dir():
            named = (entry for entry in sorted(self.path.iterdir()) if _DIGEST.fullmatch(entry.name))
            yield from (folder for folder in map(PointFolder, named) if folder.exists())

    def unfinished(self, digests: Iterable[str]) -> list[str]:
        """Those of `digests` whose points have no good result, or cannot be read."""
        return [digest for digest in digests if not self.at(digest).is_finished()]

    def about(self) -> dict[str, Any] | None:
        """The content of ``sweep.json``, or None where no sweep ran here.

        Raises `UnetgenError` where it does not say what it should.
        """
        if self.path.is_dir():
            recover(self.path)
        if not (self.path / SWEEP).is_file():
            return None
        try:
            return about_in(read_versioned(self.path / SWEEP))
        except UnetgenError as error:
            hint = "remove the file: the points keep their results, and a sweep here goes on with them"
            raise UnetgenError(f"{error}; {hint}") from None

    def owns(self, file: Path) -> bool:
        """Whether `file` is one of the sweep's own, or would stand among them."""
        place, here = file.absolute().parent.resolve() / file.name, self.path.resolve()
        if not place.is_relative_to(here):
            return False
        first, *below = place.relative_to(here).parts
        return _DIGEST.fullmatch(first) is not None if below else first.lower() in OWN_FILES

    def write_about(self, about: Mapping[str, object]) -> None:
        """Write ``sweep.json``."""
        with publishing(self.path) as staging:
            text = _text({"schema_version": SCHEMA_VERSION, **about})
            (staging / SWEEP).write_text(text, encoding="utf-8", newline="\n")


def _result_data(digest: str, result: Result) -> dict[str, Any]:
    data: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "digest": digest, "status": result.status}
    if result.status == "ok":
        data["values"] = to_json(result.values)
    if result.failure is not None:
        data["error"] = vars(result.failure)
    return {**data, "volatile": {"seconds": result.seconds}}


def _text(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
