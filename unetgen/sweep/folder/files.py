"""The folder of a sweep: one folder a point, named by its config's digest. The one home of its file names.

    DIR/sweep.json                    the task, and every command that ran here
    DIR/<digest>/point.json           overrides, fingerprint and cost: written before the point is launched
    DIR/<digest>/config.resolved.yaml, unetgen.lock.json
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from unetgen.errors import UnetgenError
from unetgen.files import publishing, recover
from unetgen.sweep.process import Failure
from unetgen.sweep.values import Value, from_json, to_json

SCHEMA_VERSION = 1
SWEEP, POINT, RESULT = "sweep.json", "point.json", "result.json"
CONFIG, LOCK, LOG, WORKDIR = "config.resolved.yaml", "unetgen.lock.json", "job.log", "workdir"
_DIGEST = re.compile(r"[0-9a-f]{64}")

Status = Literal["ok", "failed", "missing"]


@dataclass(frozen=True)
class Result:
    """What came of a point; `seconds` is the wall time of its task."""

    status: Literal["ok", "failed"]
    values: Mapping[str, Value] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Point:
    """One config of a sweep, checked and costed. `also` are other overrides that give the same config."""

    digest: str
    fingerprint: str
    name: str
    overrides: tuple[str, ...]
    cost: Mapping[str, Value]
    number: int = 0
    also: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class PointFolder:
    """The folder of one point."""

    path: Path

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

    def point(self) -> Point:
        """The point as it was written before launch; raises `UnetgenError` where that cannot be read."""
        data = _read(self.path / POINT)
        try:
            return Point(
                digest=data["digest"],
                fingerprint=data["fingerprint"],
                name=data["name"],
                overrides=tuple(data["overrides"]),
                cost=from_json(data["cost"]),
                number=int(data["number"]),
                also=tuple(tuple(other) for other in data["also"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnetgenError(f"{self.path / POINT}: is not a point of a sweep: {error!r}") from None

    def result(self) -> Result | None:
        """The point's result, or None where there is none; raises `UnetgenError` where it cannot be read."""
        recover(self.path)
        if not self.has_result():
            return None
        data = _read(self.path / RESULT)
        try:
            failure = data.get("error")
            return Result(
                status=data["status"],
                values=from_json(data.get("values", {})),
                failure=Failure(**failure) if failure else None,
                seconds=float(data["volatile"]["seconds"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnetgenError(f"{self.path / RESULT}: is not a result of a point: {error!r}") from None

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
        texts = {**files, POINT: _text(data)}
        if result is not None:
            texts[RESULT] = _text(_result_data(point.digest, result))
        self._write(texts)

    def write_result(self, result: Result) -> None:
        """Write what came of the point, in one step."""
        self._write({RESULT: _text(_result_data(self.path.name, result))})

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
        """Those of `digests` whose points have no good result."""
        results = ((digest, self.at(digest).result()) for digest in digests)
        return [digest for digest, result in results if result is None or result.status != "ok"]

    def about(self) -> dict[str, Any] | None:
        """The content of ``sweep.json``, or None where no sweep ran here."""
        if self.path.is_dir():
            recover(self.path)
        return _read(self.path / SWEEP) if (self.path / SWEEP).is_file() else None

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


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnetgenError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UnetgenError(f"{file}: is no JSON: {error}") from None
    if not isinstance(data, dict) or data.get("schema_version") != SCHEMA_VERSION:
        raise UnetgenError(f"{file}: is not of a version that this unetgen reads ({SCHEMA_VERSION})")
    return data
