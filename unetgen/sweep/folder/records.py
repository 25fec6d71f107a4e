"""What the files of a sweep say, as values of types of their own: a file is checked whole, or refused.

A folder of a sweep may come from anywhere, and may have been edited. What is read here has the types that it
is said to have; a point and a result are of the point whose folder they lie in.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from unetgen.importing.json_file import JsonValue
from unetgen.reading import read_json
from unetgen.sweep.folder.identity import Identity
from unetgen.sweep.process import Failure
from unetgen.sweep.values import Parameters, Value, fault_in, from_json

SCHEMA_VERSION = 1
UNNUMBERED = -1
"""The number of a point whose file cannot be read."""

Status = Literal["ok", "failed", "missing", "stale"]
"""What a point has come to; one that is stale was made of other data, or by another module."""
STATUSES: tuple[Status, ...] = get_args(Status)


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
    fault: str = ""
    """Why its file cannot be read; all but the digest is unknown then."""
    asked: str = ""
    """The digest of its config or its run, where it is not the point's own."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """See `Identity`."""
    parameters: Parameters = field(default_factory=dict)
    superseded: tuple[str, ...] = ()
    """Which of `contents` have changed since: another point stands for what was asked then."""

    @property
    def identity(self) -> Identity:
        """What its digest covers."""
        return Identity(self.asked or self.digest, self.contents, self.parameters)


def read_versioned(file: Path) -> JsonValue:
    """The object in one of the sweep's files; raises `UnetgenError` where it is of another version."""
    whole = JsonValue(str(file), read_json(file))
    version = whole.at("schema_version")
    if version.value != SCHEMA_VERSION or isinstance(version.value, bool):
        version.refuse(f"is not the version that this unetgen reads, {SCHEMA_VERSION}", got=version.value)
    return whole


def point_in(whole: JsonValue, digest: str) -> Point:
    """What ``point.json`` of the folder called `digest` says; raises `ConfigError`."""
    _require_digest(whole, digest)
    number = whole.at("number").whole(0)
    return Point(
        digest=digest,
        fingerprint=whole.at("fingerprint").text(),
        name=whole.at("name").text(),
        overrides=_texts(whole.at("overrides")),
        # Thousands of points have the same names of costs.
        cost={sys.intern(name): value for name, value in _values(whole.at("cost")).items()},
        number=number,
        also=tuple(_texts(each) for each in whole.at("also").items()),
        **_identity_in(whole, digest),
    )


def _identity_in(whole: JsonValue, digest: str) -> dict[str, Any]:
    """What only points have that read more than their config."""
    if not whole.has("asked"):
        return {}
    asked, contents = whole.at("asked"), whole.at("contents")
    known = {name: contents.at(name).text() for name in contents.mapping()}
    parameters = _values(whole.at("parameters"))
    if Identity(asked.text(), known, parameters).digest != digest:
        asked.refuse("does not give the point's digest with its contents and parameters", got=asked.value)
    superseded = _texts(whole.at("superseded"))
    return {"asked": asked.value, "contents": known, "parameters": parameters, "superseded": superseded}


def result_in(whole: JsonValue, digest: str) -> Result:
    """What ``result.json`` of the folder called `digest` says; raises `ConfigError`."""
    _require_digest(whole, digest)
    seconds = whole.at("volatile").at("seconds")
    if seconds.number() < 0:
        seconds.refuse("must not be negative", got=seconds.value)
    status = whole.at("status")
    if status.text() == "ok":
        return Result("ok", _values(whole.at("values")), None, float(seconds.value))
    if status.value != "failed":
        status.refuse("must be ok or failed", got=status.value)
    error = whole.at("error")
    failure = Failure(*(error.at(key).text() for key in ("kind", "message", "traceback")))
    return Result("failed", {}, failure, float(seconds.value))


def about_in(whole: JsonValue) -> dict[str, Any]:
    """What ``sweep.json`` says, checked; raises `ConfigError`."""
    task = whole.at("task")
    task.at("name").text()
    for option in task.at("options").mapping():
        task.at("options").at(option).whole(0)
    for run in whole.at("runs").items():
        run.at("config").text()
        for left_out in run.at("left_out").items():
            _texts(left_out.at("overrides"))
            left_out.at("reason").text()
    return cast("dict[str, Any]", whole.value)


def _require_digest(whole: JsonValue, digest: str) -> None:
    said = whole.at("digest")
    if said.text() != digest:
        said.refuse("is that of another point than its folder's", got=said.value)


def _texts(place: JsonValue) -> tuple[str, ...]:
    return tuple(item.text() for item in place.items())


def _values(place: JsonValue) -> Mapping[str, Value]:
    place.mapping()
    if fault := fault_in(place.value):
        path, message = fault
        JsonValue(place.file, None, (*place.path, *path)).refuse(message)
    return cast("Mapping[str, Value]", from_json(place.value))
