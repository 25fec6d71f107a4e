"""The report of a sweep that is too large to be shown whole: what is shown, and what is said of the rest."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, chromium, needs_browser
from tests.sweep.report.test_report import SCRIPT, digests, drawn, header, opened, parcels
from tests.sweep.sweeps import failed, made_up, ok, sweep_of
from unetgen.sweep.folder.files import WORKDIR, SweepFolder
from unetgen.sweep.folder.history import PointNotRun, Runs
from unetgen.sweep.report import curves, data, page
from unetgen.sweep.report.foremost import foremost
from unetgen.sweep.report.page import report
from unetgen.sweep.results.table import Table

DICE = (0.3, 0.9, 0.5, 0.9, 0.1)
"""By depth and filters: of the cheapest to the dearest."""
HEADERS = "document.querySelectorAll('#table thead button')"
FILTERS = [(f"base_filters={4 * (number + 1)}",) for number in range(5)]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    """Five architectures; those on the front of dice over parameters are the first two."""
    folder = tmp_path_factory.mktemp("sweep")
    return sweep_of(folder, FILTERS, lambda number, _: ok(dice=DICE[number]))


def written(table: Table, folder: SweepFolder, file: Path, most_figures: int = 0) -> Path:
    file.write_bytes(report(table, Runs.of(folder), folder, most_figures=most_figures))
    return file


def scattered(path: Path, count: int) -> SweepFolder:
    """Points of three kinds all over a plot, many of them close to each other or equal."""
    chance = random.Random(3)
    places = [(chance.gauss(0, 1), chance.choice([chance.gauss(0, 1), 0.5])) for _ in range(count)]
    overrides = [(f"n={number}", f"kind={'abc'[number % 3]}") for number in range(count)]
    return made_up(path, *(ok(dice=dice, loss=loss) for dice, loss in places), overrides=overrides)


# --- which points come first ---


def test_the_front_comes_first_then_the_best_then_the_others(swept: SweepFolder) -> None:
    table = Table.of(swept)
    assert [row.number for row in foremost(table)] == [0, 1, 3, 2, 4]
    assert [row.number for row in foremost(table.sorted_by("dice"))] == [0, 1, 3, 2, 4]


def test_points_that_are_not_ok_come_last(tmp_path: Path) -> None:
    folder = made_up(tmp_path, failed(), None, ok(dice=0.4), ok(dice=0.2))
    assert [row.number for row in foremost(Table.of(folder))] == [2, 3, 0, 1]
    only_failed = made_up(tmp_path / "failed", failed(), failed())
    assert [row.number for row in foremost(Table.of(only_failed))] == [0, 1]


# --- figures ---


def test_of_many_architectures_the_foremost_are_drawn(swept: SweepFolder) -> None:
    table = Table.of(swept)
    html = report(table, Runs(), swept, most_figures=3).decode()
    assert len(parcels(html, "figures")) == 3
    said = json.loads(html.split('id="data">')[1].split("</script>")[0])
    assert [bool(point["figure"]) for point in said["points"]] == [True, True, False, True, False]
    assert said["shares"] == {"figures": {"part": 3, "whole": 5, "by": "dice"}}
    for most, count in ((5, 5), (9, 5), (0, 0)):
        html = report(table, Runs(), swept, most_figures=most).decode()
        assert len(parcels(html, "figures")) == count
        assert '"shares":{}' in html


@needs_browser
def test_a_point_without_a_figure_says_why_and_what_draws_it(
    swept: SweepFolder, tmp_path: Path, chrome: Browser
) -> None:
    table = Table.of(swept)
    file = written(table, swept, tmp_path / "report.html", most_figures=1)
    first, other = table.rows[0], table.rows[2]
    chrome.open(file, at=f"#{other.digest}")
    text = opened(chrome, other.digest)
    assert "figures of 1 of 5 architectures: those on the front and the best by dice" in text
    assert f"unetgen diagram {other.digest}/config.resolved.yaml --out {other.digest[:8]}.svg" in text
    assert chrome.ask("document.querySelectorAll('#content .sheet svg').length") == 0
    chrome.open(file, at=f"#{first.digest}")
    assert "architectures" not in opened(chrome, first.digest)
    assert chrome.ask("document.querySelectorAll('#content .sheet svg').length") == 1
    assert chrome.complaints == []


# --- the table ---


@needs_browser
def test_one_point_is_shown_with_all_that_is_known_of_it(tmp_path: Path, chrome: Browser) -> None:
    """And the page stays as wide as a phone, whatever names it shows."""
    name = "a_value_whose_name_nobody_shortened" * 3
    folder = made_up(tmp_path, ok(**{name: 0.5}), overrides=[(f"{name}2={'v' * 70}",)])
    file = written(Table.of(folder), folder, tmp_path / "report.html")
    chrome.open(file, width=390, height=844)
    drawn(chrome)
    assert chrome.texts("#count") == ["1 point"]
    assert "1 of 1 finished point is on the front" in chrome.texts("#told")[0]
    assert {name, f"{name}2", "status"} <= set(chrome.ask(f"[...{HEADERS}].map(e => e.dataset.column)"))
    assert chrome.ask("document.documentElement.scrollWidth") <= 390


@needs_browser
def test_rows_are_listed_in_parts_and_sorted_and_filtered_as_a_whole(
    swept: SweepFolder, tmp_path: Path, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "MOST_ROWS", 2)
    table = Table.of(swept)
    order = [row.digest for row in table.rows]
    chrome.open(written(table, swept, tmp_path / "report.html"))
    drawn(chrome)
    assert digests(chrome) == order[:2]
    assert chrome.texts("#count") == ["5 points"]
    assert chrome.texts("#listed") == [
        "The first 2 of 5 points are listed. Sorting and the filter go by all of them."
    ]
    for count, button in ((4, "List 2 more"), (5, "List 1 more")):
        assert chrome.texts("#list-more") == [button]
        chrome.click("#list-more")
        assert digests(chrome) == order[:count]
    assert not chrome.ask("document.getElementById('further').checkVisibility()")
    chrome.click(header("params"))
    chrome.click(header("params"))
    assert digests(chrome) == order[:2:-1], "the dearest of all, not of those that were listed"
    chrome.click("#filter")
    chrome.type("base_filters<9")
    assert digests(chrome) == order[1::-1]
    assert not chrome.ask("document.getElementById('further').checkVisibility()")
    assert chrome.complaints == []


@needs_browser
def test_rows_that_are_listed_later_are_marked_too(
    swept: SweepFolder, tmp_path: Path, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "MOST_ROWS", 1)
    table = Table.of(swept)
    chrome.open(written(table, swept, tmp_path / "report.html"))
    drawn(chrome)
    assert chrome.ask("document.querySelectorAll('#table tr.best').length") == 0
    chrome.click("#list-more")
    marked = "[...document.querySelectorAll('#table tr.front')].map(e => e.dataset.digest)"
    assert chrome.ask(marked) == [row.digest for row in table.rows[:2]]
    assert chrome.ask("document.querySelector('#table tr.best').dataset.digest") == table.rows[1].digest


# --- the plot ---

MARKS = (
    "[...document.querySelectorAll('#plot [data-digest]')].map(e => [e.dataset.digest,"
    "e.transform.baseVal[0].matrix.e, e.transform.baseVal[0].matrix.f,"
    "e.firstChild.outerHTML, 'best' in e.dataset])"
)


@needs_browser
def test_marks_are_left_out_only_where_one_that_looks_the_same_would_hide_them(
    tmp_path: Path, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scattered(tmp_path / "sweep", 600)
    table = Table.of(folder)

    def marks(most: int) -> dict[str, tuple[float, float, str, bool]]:
        monkeypatch.setattr(data, "MOST_MARKS", most)
        chrome.open(written(table, folder, tmp_path / "report.html"))
        drawn(chrome)
        chrome.choose("#x", "loss")
        chrome.choose("#x-scale", "")
        assert chrome.ask("document.getElementById('group').value") == "kind"
        return {digest: rest for digest, *rest in chrome.ask(MARKS)}

    everything = marks(600)
    assert len(everything) == 600 and "marks are drawn" not in chrome.texts("#told")[0]
    some = marks(400)
    said = chrome.texts("#told")[0]
    within = int(said.split("within ")[1].split(" px")[0])
    assert f" {len(some)} of 600 marks are drawn: each other one would lie within {within} px" in said
    assert 100 < len(some) <= 400 and 0 < within <= 9
    assert said.split(" on the front")[0] == f"{said.split()[0]} of 600 finished points are"
    assert some == {digest: everything[digest] for digest in some}
    assert [digest for digest, (*_, best) in everything.items() if best] == [
        digest for digest, (*_, best) in some.items() if best
    ]
    for digest, (x, y, look, _) in everything.items():
        assert digest in some or any(
            abs(x - other_x) <= within + 0.01 and abs(y - other_y) <= within + 0.01 and look == other_look
            for other_x, other_y, other_look, _ in some.values()
        )
    hard = marks(1)
    assert len(hard) > 100, "marks that can be told apart are all drawn"
    assert "within 9 px" in chrome.texts("#told")[0]
    chrome.ask("document.querySelector('#plot [tabindex=\"0\"]').focus()")
    chrome.press("End")
    assert chrome.ask("document.activeElement.dataset.digest") in hard
    assert chrome.complaints == []


@needs_browser
def test_a_filter_brings_out_marks_that_were_left_out(
    tmp_path: Path, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "MOST_MARKS", 10)
    folder = made_up(tmp_path / "sweep", *(ok(dice=0.5) for _ in range(40)))
    chrome.open(written(Table.of(folder), folder, tmp_path / "report.html"))
    drawn(chrome)
    chrome.choose("#x", "params")
    chrome.choose("#y", "dice")
    assert chrome.ask("document.querySelectorAll('#plot [data-digest]').length") == 1
    assert " 1 of 40 marks are drawn" in chrome.texts("#told")[0]
    chrome.click("#filter")
    chrome.type("n<8")
    assert chrome.ask("document.querySelectorAll('#plot [data-digest]').length") == 8
    assert "marks are drawn" not in chrome.texts("#told")[0]


@needs_browser
@pytest.mark.parametrize("most", [3, 4, 5, 12])
@pytest.mark.parametrize("span", [(5e3, 2.3e7), (1.3e7, 2.6e9), (1, 40), (3, 5), (2.0, 2e8)])
def test_ticks_of_a_wide_logarithmic_axis_do_not_crowd(
    span: tuple[float, float], most: int, chrome: Browser
) -> None:
    scales = (SCRIPT / "scales.js").read_text()
    units = "const BYTES = ['B', 'KiB', 'MiB', 'GiB'], COUNTS = ['', 'k', 'M', 'G'];"
    call = f"axis({list(span)}, true, 0, 1000, {{type: 'integer'}}, {most})"
    places: list[Any] = chrome.ask(
        f"(() => {{ {units} {scales}; const {{at, ticks}} = {call}; return ticks.map(t => at(t.value)); }})()"
    )
    assert len(places) > 1
    assert (
        all(after - before > 100 for before, after in pairwise(places)) or span[1] < 50 * span[0] or most > 5
    )


# --- curves and lists ---


def test_of_many_curves_those_of_points_without_a_result_and_of_the_foremost_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made_up(tmp_path, failed(), ok(dice=0.9), ok(dice=0.5), None, None)
    table = Table.of(folder)
    for row in table.rows[:4]:
        workdir = folder.at(row.digest).path / WORKDIR
        workdir.mkdir()
        (workdir / curves.HISTORY).write_text("epoch,loss\n1,0.5\n2,0.25\n")
    monkeypatch.setattr(curves, "MOST_CURVES", 2)
    monkeypatch.setattr(page, "MOST_CURVES", 2)
    html = report(table, Runs(), folder).decode()
    (found,) = parcels(html, "curves")
    assert set(found) == {table.rows[3].digest, table.rows[1].digest}
    assert '"curves":{"part":2,"whole":4,"by":"dice"}' in html


@needs_browser
def test_the_page_says_which_curves_it_has(
    tmp_path: Path, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_of_many_curves_those_of_points_without_a_result_and_of_the_foremost_are_kept(
        tmp_path / "sweep", monkeypatch
    )
    folder = SweepFolder(tmp_path / "sweep")
    chrome.open(written(Table.of(folder), folder, tmp_path / "report.html"))
    chrome.until("document.querySelector('#curves-told').textContent")
    assert chrome.texts("#curves-told") == [
        "2 of 5 points have loss by epoch. Of 4 points with curves the page has 2: "
        "those without a result, then those on the front and the best by dice."
    ]


def test_long_lists_are_cut_and_say_where_the_rest_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_LISTED", 15)
    folder = made_up(tmp_path, *(failed(f"number {number}.") for number in range(20)))
    left_out = tuple(PointNotRun((f"m={number}",), f"reason {number}.") for number in range(16))
    html = report(Table.of(folder), Runs(left_out=left_out), folder).decode()
    assert "The first 15 of 20; the table has all of them" in html
    assert "The first 15 of 16; <code>unetgen collect --json</code> has all" in html
    assert html.count("<li>") == 30
    assert "<p>ValueError: number 14.</p>" in html and "<p>ValueError: number 15.</p>" not in html
    monkeypatch.setattr(page, "MOST_LISTED", 20)
    html = report(Table.of(folder), Runs(left_out=left_out), folder).decode()
    assert "<summary>All 20</summary>" in html and "The first 1" not in html
