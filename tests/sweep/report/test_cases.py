"""Pictures of the best points' cases on the page of a sweep."""

from __future__ import annotations

import base64
import io
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser import chromium, needs_browser
from tests.sweep.sweeps import failed, made_up, ok
from unetgen.sweep.folder.files import CASES, WORKDIR, SweepFolder
from unetgen.sweep.folder.history import Runs
from unetgen.sweep.report.cases import best_rows, cases
from unetgen.sweep.report.page import report
from unetgen.sweep.results.table import Table

EVIL = '</script><img src=x onerror="document.title=1">'


def png(shade: int, size: tuple[int, int] = (12, 8)) -> str:
    stream = io.BytesIO()
    Image.new("L", size, shade).save(stream, format="PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def a_case(shade: int, rank: str = "best") -> dict[str, Any]:
    pictures = {"image": png(1), "mask": png(2), "prediction": png(shade)}
    return {"rank": rank, "name": f"disc {EVIL}", "slice": "slice 3", "dice": 0.91234567, **pictures}


def said(*shades: int) -> dict[str, Any]:
    ranks = ("best", "middle", "worst", "more")
    found = [a_case(shade, rank) for shade, rank in zip(shades, ranks, strict=False)]
    return {"schema_version": 1, "classes": [["cell", "#E69F00"], [EVIL, "#56B4E9"]], "cases": found}


def leave(folder: SweepFolder, digest: str, content: object) -> None:
    (folder.at(digest).path / WORKDIR).mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (folder.at(digest).path / WORKDIR / CASES).write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    """Five points that are ok, one that failed; the last has no pictures, and is never the best."""
    dices = (0.5, 0.9, 0.8, 0.9, 0.1)
    folder = made_up(tmp_path, *(ok(val_dice=dice) for dice in dices), failed())
    for number, row in enumerate(Table.of(folder).rows[:4]):
        leave(folder, row.digest, said(10 + number, 20 + number, 30 + number))
    return folder


def test_the_best_points_are_shown_the_first_of_equal_ones_first(folder: SweepFolder) -> None:
    table = Table.of(folder)
    assert [row.number for row in best_rows(table, "val_dice")] == [1, 3, 2]
    assert [row.number for row in best_rows(table.sorted_by("val_dice"), "val_dice")] == [1, 3, 2]
    assert best_rows(table, "number of nothing") == best_rows(table, "name") == []


def test_what_points_have_in_common_is_held_once(folder: SweepFolder) -> None:
    rows = best_rows(Table.of(folder), "val_dice")
    found = cases(folder, rows)
    assert [point["digest"] for point in found["points"]] == [row.digest for row in rows]
    assert len(found["pictures"]) == 2 + 3 * 3
    for point, row in zip(found["points"], rows, strict=True):
        predictions = [found["pictures"][case["prediction"]] for case in point["cases"]]
        assert predictions == [png(shade + row.number) for shade in (10, 20, 30)]


def _with(**changes: Any) -> dict[str, Any]:
    whole = said(10)
    whole["cases"][0] |= changes
    return whole


LARGE = base64.b64encode(
    base64.b64decode(png(3))[:16] + struct.pack(">II", 60000, 60000) + bytes(40)
).decode()


@pytest.mark.parametrize(
    "content",
    [
        "no JSON", [], {}, {**said(10), "schema_version": 2}, {**said(10), "classes": [["a", "red;}"]]},
        {**said(10), "classes": [["a"]]}, {**said(10), "cases": []}, _with(dice="0.5"), _with(name=3),
        _with(image="%%%"), _with(mask=base64.b64encode(b"<svg/>").decode()), _with(image=LARGE),
        _with(image=png(1, (129, 4))), _with(prediction=""), json.dumps(said(10)) + " " * 2**20,
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_it_should_be_has_no_pictures(content: object, tmp_path: Path) -> None:
    folder = made_up(tmp_path, ok(val_dice=0.5))
    table = Table.of(folder)
    leave(folder, table.rows[0].digest, said(10))
    assert cases(folder, table.rows)
    leave(folder, table.rows[0].digest, content)
    assert cases(folder, table.rows) == {}
    html = report(table, Runs.of(folder), folder, most_figures=0).decode()
    assert '"cases":null' in html and "cases-0" not in html


def test_no_more_cases_than_the_task_leaves_are_shown(tmp_path: Path) -> None:
    folder = made_up(tmp_path, ok(val_dice=0.5))
    (row,) = Table.of(folder).rows
    leave(folder, row.digest, said(1, 2, 3, 4))
    assert len(cases(folder, [row])["points"][0]["cases"]) == 3


@needs_browser
def test_the_page_shows_them_light_and_dark_and_follows_the_filter(
    folder: SweepFolder, tmp_path: Path
) -> None:
    table, file = Table.of(folder), tmp_path / "report.html"
    file.write_bytes(report(table, Runs.of(folder), folder, most_figures=0))
    numbered = {row.number: row.digest for row in table.rows}
    shown = "[...document.querySelectorAll('.card:not([hidden]) h3 a')].map(link => link.hash.slice(1))"
    with chromium() as page:
        for dark in (False, True):
            page.open(file, dark=dark)
            page.until(f"{shown}.length === 3")
            assert page.ask(shown) == [numbered[1], numbered[3], numbered[2]]
            page.until("[...document.querySelectorAll('.stack img')].every(img => img.naturalWidth === 12)")
            labels = page.ask(
                "[...document.querySelectorAll('.stack')].map(e => e.getAttribute('aria-label'))"
            )
            texts = ("image", "image with its mask", "image with the prediction")
            assert labels == [f"disc {EVIL}: {text}" for text in texts] * 9
            assert page.ask("document.querySelectorAll('.stack img').length") == 9 * 5
            assert page.texts("#classes > span") == ["cell", EVIL]
            assert "Dice 0.9123, slice 3" in page.texts(".case")[0]
            assert [address.partition(":")[0] for address in page.requests[:2]] == ["file", "blob"]
            assert {address.partition(":")[0] for address in page.requests} == {"file", "blob"}
            assert page.complaints == [] and page.ask("document.title") != "1"
        page.click("#filter")
        page.type("val_dice<0.85")
        page.until(f"{shown}.length === 1")
        assert page.ask(shown) == [numbered[2]]
        page.type(" val_dice<0.7")
        page.until("document.getElementById('cases').hidden")
