"""Pictures of cases: what the best points make of their images, as their task has left it.

A file that is not as it should be has no pictures here. What its pictures claim to be is checked before a
browser unpacks them.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Sequence
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.importing.json_file import JsonValue
from unetgen.reading import read_json
from unetgen.sweep.case_format import NAMED, SCHEMA_VERSION, SIDE
from unetgen.sweep.folder.files import CASES, WORKDIR, SweepFolder
from unetgen.sweep.results.best import ranked
from unetgen.sweep.results.columns import direction_of
from unetgen.sweep.results.table import PointRow, Table

MOST_POINTS = 3
_MOST_CASES = 3
_LARGEST = 2**20
"""Bytes of a point's file."""
_PICTURES = ("image", "mask", "prediction")
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def best_rows(table: Table, name: str) -> list[PointRow]:
    """The best rows by the column `name`, the first one first; none where nothing says what is better."""
    columns = [column for column in table.columns if column.name == name and column.is_numeric]
    direction = direction_of(columns[0]) if columns else None
    if direction is None:
        return []
    rows = [row for row in table.rows if row.status == "ok"]
    places = ranked([(row.number_in(name), row.number) for row in rows], direction)
    return [rows[place] for place in places[:MOST_POINTS]]


def cases(folder: SweepFolder, rows: Sequence[PointRow]) -> dict[str, Any]:
    """The cases of those points that have left pictures, as data for JSON; empty where none has.

    Points often have images and masks in common: cases name their `pictures` by number.
    """
    found = [(row.digest, _cases(folder, row.digest)) for row in rows]
    points = [{"digest": digest, **known} for digest, known in found if known]
    pictures: dict[str, int] = {}
    for case in (case for point in points for case in point["cases"]):
        case |= {name: pictures.setdefault(case[name], len(pictures)) for name in _PICTURES}
    return {"points": points, "pictures": list(pictures)} if points else {}


def _cases(folder: SweepFolder, digest: str) -> dict[str, Any]:
    file = folder.at(digest).path / WORKDIR / CASES
    try:
        whole = JsonValue(str(file), read_json(file, _LARGEST))
        if whole.at("schema_version").value != SCHEMA_VERSION:
            return {}
        classes = [[each.text() for each in pair.items()] for pair in whole.at("classes").items()[:NAMED]]
        known = [_case(each) for each in whole.at("cases").items()[:_MOST_CASES]]
    except UnetgenError:
        return {}
    are_named = all(len(pair) == 2 and re.fullmatch("#[0-9A-F]{6}", pair[1]) for pair in classes)
    return {"classes": classes, "cases": known} if are_named and known else {}


def _case(place: JsonValue) -> dict[str, Any]:
    texts = {name: place.at(name).text() for name in ("rank", "name", "slice")}
    pictures = {name: place.at(name).text() for name in _PICTURES}
    for name in _PICTURES:
        if not is_small(pictures[name]):
            place.at(name).refuse(f"must be a PNG of at most {SIDE} pixels on a side")
    return {**texts, "dice": place.at("dice").number(), **pictures}


def is_small(picture: str) -> bool:
    """Whether `picture`, in base64, begins as a PNG of at most `SIDE` pixels on a side does."""
    try:
        raw = base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(raw) < len(_PNG) + 8 or not raw.startswith(_PNG):
        return False
    return all(0 < side <= SIDE for side in struct.unpack(">II", raw[len(_PNG) : len(_PNG) + 8]))
