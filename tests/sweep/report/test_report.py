from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import unetgen.sweep.report
from tests.browser import Browser, chromium, needs_browser
from tests.sweep.sweeps import Overrides, failed, grid, made_up, ok, sweep_of
from unetgen.sweep.folder.files import CONFIG, SweepFolder
from unetgen.sweep.folder.history import Runs
from unetgen.sweep.folder.records import Result
from unetgen.sweep.report.page import SCRIPTS, report
from unetgen.sweep.results.best import best as best_in
from unetgen.sweep.results.best import ranked
from unetgen.sweep.results.columns import Direction
from unetgen.sweep.results.pareto import front, front_of
from unetgen.sweep.results.table import Table

SCRIPT = Path(unetgen.sweep.report.__file__).parent / "script"
OWN = "document.title='owned'"
EVIL = f'</script><script>{OWN}</script><img src=x onerror="{OWN}"> & \'q\' "q"'
POINTS = grid(depth=[2, 3, 4], base_filters=[8, 16], skip=["concat", "add"])
LEFT_OUT = [{"overrides": [f"name='{EVIL}'"], "reason": f"invalid: {EVIL}"}]
FAILED, MISSING = 3, 7
OPENED = "document.documentElement.dataset.opened"


def outcome(number: int, overrides: Overrides) -> Result | None:
    if number == FAILED:
        return failed(f"{EVIL}\nsecond line", "OutOfLuck<b>", f"Traceback\n  {EVIL}")
    if number == MISSING:
        return None
    dice = 0.5 + math.sin(number) / 4
    loss = {5: math.nan, 6: math.inf}.get(number, number - 6.0)
    return ok(number / 2, val_dice=dice, loss=loss, note=EVIL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    return sweep_of(tmp_path_factory.mktemp("sweep"), POINTS, outcome, left_out=LEFT_OUT)


@pytest.fixture(scope="module")
def table(folder: SweepFolder) -> Table:
    return Table.of(folder)


@pytest.fixture(scope="module")
def html(folder: SweepFolder, table: Table) -> str:
    return report(table, Runs.of(folder), folder).decode()


@pytest.fixture(scope="module")
def file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(chrome: Browser, file: Path) -> Iterator[Browser]:
    """The page, opened; at the end nothing may have gone wrong, and nothing else been asked for."""
    chrome.open(file)
    drawn(chrome)
    yield chrome
    assert chrome.complaints == []
    assert [address for address in chrome.requests if not address.startswith("blob:")] == [file.as_uri()]


def drawn(browser: Browser) -> None:
    browser.until(
        "document.querySelector('#plot svg [data-digest]') && document.querySelector('#table tbody tr')"
    )


def column(browser: Browser, name: str) -> list[str]:
    """The cells of a column as the page shows them."""
    heads = [head.strip(" ▲▼△\n") for head in browser.texts("#table thead th")]
    return browser.texts(f"#table tbody tr > :nth-child({heads.index(name) + 1})")


def header(name: str) -> str:
    return f'#table thead button[data-column="{name}"]'


def shown_front(browser: Browser) -> set[str]:
    return set(browser.ask("[...document.querySelectorAll('#plot [data-front]')].map(e => e.dataset.digest)"))


def opened(browser: Browser, digest: str) -> str:
    browser.until(f"{OPENED} === '{digest}'")
    return " ".join(browser.texts("#content"))


# --- the file ---


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag == "script":
            self.scripts.append(dict(attrs).get("type"))


def test_nothing_is_loaded_and_only_our_script_runs(html: str) -> None:
    page = _Page()
    page.feed(html)
    assert not {name for name, _ in page.attributes} & {
        "src",
        "srcset",
        "action",
        "data",
        "style",
        "onclick",
        "onerror",
    }
    assert all(value and value.startswith("#") for name, value in page.attributes if name == "href")
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|innerHTML|document\.write|eval\(", html)
    assert page.scripts.count("module") == 1
    assert set(page.scripts) == {"module", "application/json", "text/plain"}
    assert "default-src 'none'" in html
    for what, pattern in (
        ("style", r"<style>(.*?)</style>"),
        ("script", r'<script type="module">(.*?)</script>'),
    ):
        (text,) = re.findall(pattern, html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{what}-src 'sha256-{digest}'" in html


def test_every_part_of_the_script_is_in_the_page(html: str) -> None:
    assert sorted(file.stem for file in SCRIPT.iterdir()) == sorted(SCRIPTS)
    assert "</" not in "".join(file.read_text(encoding="utf-8") for file in SCRIPT.iterdir())
    assert "$" + "script" not in html


def test_no_text_of_a_sweep_is_markup(html: str) -> None:
    assert "<img" not in html
    assert html.count("</script>") == html.count("<script")
    assert "OutOfLuck&lt;b&gt;" in html


def parcels(html: str, name: str) -> list[Any]:
    packed = re.findall(rf'<script type="text/plain" id="{name}-\d+">(.*?)</script>', html)
    return [item for text in packed for item in json.loads(zlib.decompress(base64.b64decode(text)))]


def test_every_architecture_is_drawn_once(tmp_path: Path) -> None:
    folder = sweep_of(tmp_path, [(f"seed={seed}", f"depth={depth}") for seed in range(3) for depth in (2, 3)])
    html = report(Table.of(folder), Runs(), folder).decode()
    assert len(parcels(html, "details")) == 6
    figures = parcels(html, "figures")
    assert len(figures) == 2
    assert all(figure["svg"].startswith("<svg") for figure in figures)
    assert parcels(report(Table.of(folder), Runs(), folder, most_figures=0).decode(), "figures") == []


def test_a_figure_that_is_refused_says_why(tmp_path: Path) -> None:
    folder = sweep_of(tmp_path, [("depth=2",)])
    (point,) = folder.points()
    (point.path / CONFIG).write_text("depth: 0\n", encoding="utf-8")
    (figure,) = parcels(report(Table.of(folder), Runs(), folder).decode(), "figures")
    assert "depth" in figure["refused"]


def test_equal_folders_give_equal_bytes(tmp_path: Path) -> None:
    pages = []
    for name, seconds in (("a", 1.0), ("b", 2.0)):
        folder = sweep_of(tmp_path / name, POINTS[:3], lambda *_, s=seconds: ok(s, dice=0.5))
        pages.append(report(Table.of(folder).without_measured(), Runs.of(folder), folder))
    assert pages[0] == pages[1]


def test_a_hundred_points_take_little_room_beside_their_figures(tmp_path: Path) -> None:
    folder = made_up(tmp_path, *(ok(dice=number / 1000) for number in range(100)))
    assert len(report(Table.of(folder), Runs(), folder)) < 200_000


# --- opened in a browser ---


@needs_browser
def test_a_click_on_a_header_sorts_by_numbers(page: Browser, table: Table) -> None:
    assert column(page, "val_dice").count("–") == 2
    for name in ("val_dice", "params"):
        cells = {row.digest: row.number_in(name) for row in table.rows}
        expected = sorted(value for value in cells.values() if value is not None)
        page.click(header(name))
        assert page.ask(f"document.querySelector('{header(name)}').parentElement.ariaSort") == "ascending"
        assert [cells[digest] for digest in digests(page)][: len(expected)] == expected
        page.click(header(name))
        assert page.ask(f"document.querySelector('{header(name)}').parentElement.ariaSort") == "descending"
        assert [cells[digest] for digest in digests(page)][: len(expected)] == expected[::-1]
    page.click(header("val_dice"))
    assert column(page, "val_dice")[-2:] == ["–", "–"]


def digests(browser: Browser) -> list[str]:
    return list(browser.ask("[...document.querySelectorAll('#table tbody tr')].map(e => e.dataset.digest)"))


@needs_browser
def test_what_is_not_finite_is_shown_and_sorted(page: Browser) -> None:
    page.click(header("loss"))
    assert column(page, "loss")[-4:] == ["Infinity", "–", "NaN", "–"]
    page.click(header("loss"))
    assert column(page, "loss")[0] == "Infinity"
    assert column(page, "loss")[-3:] == ["–", "NaN", "–"]


@needs_browser
def test_keys_sort_too_and_the_header_keeps_the_focus(page: Browser) -> None:
    page.ask(f"document.querySelector('{header('params')}').focus()")
    page.press("Enter")
    page.press("Enter")
    assert page.ask("document.activeElement.closest('th').ariaSort") == "descending"
    params = [int(text.replace(",", "")) for text in column(page, "params")]
    assert params == sorted(params, reverse=True)


@needs_browser
@pytest.mark.parametrize("x", ["params", "base_filters", "loss"])
@pytest.mark.parametrize("y", ["val_dice", "train_bytes"])
def test_the_front_of_the_chosen_axes_is_python_s(x: str, y: str, page: Browser, table: Table) -> None:
    page.choose("#x", x)
    page.choose("#y", y)
    for best in (("min", "max"), ("max", "min"), ("min", "min")):
        page.choose("#x-best", best[0])
        page.choose("#y-best", best[1])
        expected = {row.digest for row in front(table, x, y, best)}
        assert shown_front(page) == expected
        marked = page.ask("[...document.querySelectorAll('#table tr.front')].map(e => e.dataset.digest)")
        assert set(marked) == expected
        assert page.texts("#told")[0].startswith(f"{len(expected)} of 10 finished points")


@needs_browser
def test_both_fronts_agree_on_any_data(chrome: Browser) -> None:
    chance = random.Random(4)
    numbers = [*range(-3, 4), 0.5, None, math.nan, math.inf, -math.inf]
    cases: list[tuple[list[Any], list[Direction]]] = [
        (
            [[chance.choice(numbers) for _ in "xy"] for _ in range(chance.randrange(30))],
            [chance.choice(("min", "max")) for _ in "xy"],
        )
        for _ in range(300)
    ]
    texts = json.dumps(cases)  # with NaN and Infinity, which JavaScript reads
    found = chrome.ask(
        f"{(SCRIPT / 'front.js').read_text()}; {texts}.map(([points, best]) => frontOf(points, best))"
    )
    both = [(best[0], best[1]) for _, best in cases]
    assert found == [
        list(front_of([(x, y) for x, y in points], best))
        for (points, _), best in zip(cases, both, strict=True)
    ]


@needs_browser
def test_both_name_the_same_best_of_any_data(chrome: Browser) -> None:
    chance = random.Random(5)
    numbers = [*range(-3, 4), 0.5, None, math.nan, math.inf, -math.inf]
    cases: list[tuple[list[Any], Direction]] = [
        (
            [[chance.choice(numbers), number] for number in chance.sample(range(30), chance.randrange(30))],
            "min" if case % 2 else "max",
        )
        for case in range(300)
    ]
    found = chrome.ask(
        f"{(SCRIPT / 'front.js').read_text()};"
        f"{json.dumps(cases)}.map(([points, direction]) => bestOf(points, direction))"
    )
    orders = [ranked([(value, number) for value, number in points], way) for points, way in cases]
    assert found == [order[0] if order else None for order in orders]


@needs_browser
def test_of_equal_points_the_page_marks_the_one_that_collect_names(chrome: Browser, tmp_path: Path) -> None:
    """The first one, although the last one is drawn over it, or costs less, and however rows are sorted."""
    equal = [ok(dice=0.5, loss=1.0), ok(dice=0.9, loss=3.0), ok(dice=0.9, loss=3.0), ok(dice=0.9, loss=2.0)]
    folder = made_up(tmp_path / "sweep", *equal)
    table = Table.of(folder)
    named = best_in(table, "dice")
    assert named is not None and named.row.number == 1
    file = tmp_path / "report.html"
    for each in (table, table.sorted_by("loss", reverse=True), table.sorted_by("loss")):
        file.write_bytes(report(each, Runs.of(folder), folder, most_figures=0))
        chrome.open(file)
        drawn(chrome)
        chrome.choose("#x", "loss")
        chrome.choose("#y", "dice")
        for place in ("#plot [data-best]", "#table tr.best"):
            ask = f"[...document.querySelectorAll('{place}')].map(e => e.dataset.digest)"
            assert chrome.ask(ask) == [named.row.digest]


@needs_browser
def test_the_axes_at_first_are_cost_and_value(page: Browser) -> None:
    chosen = page.ask("['x', 'x-best', 'y', 'y-best'].map(id => document.getElementById(id).value)")
    assert chosen == ["params", "min", "val_dice", "max"]
    offered = page.ask("[...document.getElementById('x').options].map(option => option.value)")
    assert {"params", "loss", "depth", "seconds"} <= set(offered)
    assert not {"skip", "name", "note", "input_shape"} & set(offered)


@needs_browser
def test_points_lie_where_their_numbers_say(page: Browser, table: Table) -> None:
    """Order and, on linear axes, distances are those of the numbers."""
    page.choose("#x", "params")
    page.choose("#x-scale", "")
    page.choose("#y-scale", "")
    places = page.ask(
        "[...document.querySelectorAll('#plot [data-digest]')].map(e => "
        "[e.dataset.digest, e.transform.baseVal[0].matrix.e, e.transform.baseVal[0].matrix.f])"
    )
    rows = {row.digest: row for row in table.rows}
    numbers = [
        (rows[digest].number_in("params"), rows[digest].number_in("val_dice"), x, y)
        for digest, x, y in places
    ]
    (p0, d0, x0, y0), (p1, d1, x1, y1) = numbers[0], numbers[-1]
    assert len(numbers) == 10
    assert None not in (p0, p1, d0, d1)
    for p, d, x, y in numbers:
        assert (x - x0) / (x1 - x0) == pytest.approx((p - p0) / (p1 - p0), abs=1e-3)  # type: ignore[operator]
        assert (y - y0) / (y1 - y0) == pytest.approx((d - d0) / (d1 - d0), abs=1e-3)  # type: ignore[operator]


@needs_browser
def test_a_logarithmic_axis_says_what_it_cannot_show(page: Browser) -> None:
    page.choose("#y", "loss")
    page.choose("#y-scale", "log")
    assert "not drawn: no number for both axes, or none that a logarithmic axis has" in page.texts("#told")[0]


@needs_browser
def test_a_click_on_a_point_of_the_plot_opens_it(page: Browser, table: Table) -> None:
    row = table.rows[0]
    page.click(f"#plot [data-digest='{row.digest}'] path")
    text = opened(page, row.digest)
    assert page.ask("location.hash") == f"#{row.digest}"
    assert all(override in text for override in row.overrides)
    assert f"{row.number_in('params'):,.0f}" in text
    assert "base_filters: 8" in text
    assert "unetgen build" in text
    assert page.ask("document.querySelector('#content .sheet svg title').textContent").startswith(
        "quickstart2d"
    )
    page.press("Escape")
    page.until(f"!{OPENED}")
    assert page.ask("location.hash") == ""


@needs_browser
def test_a_failure_has_its_message_and_traceback(page: Browser, table: Table) -> None:
    row = table.rows[FAILED]
    assert any("OutOfLuck<b>" in text for text in page.texts(".list li"))
    page.click(f"#table tr[data-digest='{row.digest}'] a")
    opened(page, row.digest)
    message, trace = page.ask("[...document.querySelectorAll('.failure pre')].map(e => e.textContent)")
    assert (message, trace) == (f"{EVIL}\nsecond line", f"Traceback\n  {EVIL}")
    page.click("#next")
    opened(page, table.rows[FAILED + 1].digest)
    assert page.ask("document.querySelectorAll('.failure').length") == 0
    assert page.ask("document.title") == "Sweep of quickstart2d"
    page.click("#close")
    page.until(f"!{OPENED}")


@needs_browser
def test_an_address_with_a_digest_opens_that_point(chrome: Browser, file: Path, table: Table) -> None:
    row = table.rows[MISSING]
    chrome.open(file, at=f"#{row.digest}")
    assert "This point has no result" in opened(chrome, row.digest)
    chrome.open(file, at=f"#{table.rows[0].digest[:10]}")
    opened(chrome, table.rows[0].digest)
    chrome.open(file, at="#nonsense'\"]")
    drawn(chrome)
    assert not chrome.ask("document.getElementById('point').open")
    assert chrome.complaints == []


@needs_browser
def test_the_plot_can_be_walked_by_keys(page: Browser, table: Table) -> None:
    by_params = sorted(
        (row for row in table.rows if row.status == "ok"), key=lambda row: row.number_in("params") or 0
    )
    assert page.ask("document.querySelectorAll('#plot [tabindex=\"0\"]').length") == 1
    page.ask("document.querySelector('#plot [tabindex=\"0\"]').focus()")
    assert page.ask("document.activeElement.dataset.digest") == by_params[0].digest
    page.press("ArrowRight")
    assert page.ask("document.activeElement.dataset.digest") == by_params[1].digest
    assert all(text in page.texts("#tip")[0] for text in (f"depth={by_params[1].cells['depth']}", "val_dice"))
    page.press("End")
    page.press("Enter")
    opened(page, by_params[-1].digest)
    page.press("Escape")


@needs_browser
@pytest.mark.parametrize(
    ("typed", "holds"),
    [
        ("skip=add", lambda row: row.cells["skip"] == "add"),
        ("depth>2 base_filters=16", lambda row: row.cells["depth"] > 2 and row.cells["base_filters"] == 16),
        ("params<20k", lambda row: row.cells["params"] < 20_000),
        ("val_dice>=0.6", lambda row: (row.cells.get("val_dice") or 0) >= 0.6),
        ("FAILED", lambda row: row.status == "failed"),
        ("nothing_has_this", lambda row: False),
    ],
)
def test_the_filter_is_for_table_and_plot(typed: str, holds: Any, page: Browser, table: Table) -> None:
    expected = {row.digest for row in table.rows if holds(row)}
    page.click("#filter")
    page.type(typed)
    assert set(digests(page)) == expected
    assert page.texts("#count") == [f"{len(expected)} of 12 points"]
    plotted = page.ask("[...document.querySelectorAll('#plot [data-digest]')].map(e => e.dataset.digest)")
    assert set(plotted) == {row.digest for row in table.rows if row.status == "ok" and row.digest in expected}


@needs_browser
def test_the_filter_changes_no_mark(page: Browser) -> None:
    """Neither shape nor colour, although the first groups are filtered out."""
    marks = (
        "Object.fromEntries([...document.querySelectorAll('#plot [data-digest]')].map(e => "
        "[e.dataset.digest, ['d', 'fill'].map(name => e.firstChild.getAttribute(name)).join(' ')]))"
    )
    page.choose("#group", "depth")
    before = page.ask(marks)
    page.click("#filter")
    page.type("depth>3")
    after = page.ask(marks)
    assert 0 < len(after) < len(before) and len(set(before.values())) == 3
    assert after == {digest: before[digest] for digest in after}


@needs_browser
def test_the_best_point_is_marked(page: Browser, table: Table) -> None:
    def marked() -> tuple[list[str], list[str], list[str]]:
        return (
            page.ask("[...document.querySelectorAll('#plot [data-best]')].map(e => e.dataset.digest)"),
            page.ask("[...document.querySelectorAll('#table tr.best')].map(e => e.dataset.digest)"),
            page.ask("[...document.querySelectorAll('#best a')].map(e => e.hash.slice(1))"),
        )

    dice = {row.digest: number for row in table.rows if (number := row.number_in("val_dice")) is not None}
    best = max(dice, key=lambda digest: dice[digest])
    assert marked() == ([best], [best], [best])
    assert page.texts("#best")[0].startswith(f"The best val_dice is {dice[best]:.4g}"[:24])
    page.choose("#y-best", "min")
    worst = min(dice, key=lambda digest: dice[digest])
    assert marked() == ([worst], [worst], [worst])
    page.click("#filter")
    page.type(f"val_dice>{dice[worst] + 1e-4:.6f}")
    others = {digest: value for digest, value in dice.items() if digest in digests(page)}
    least = min(others, key=lambda digest: others[digest])
    assert least != worst and marked() == ([least], [least], [least])


@needs_browser
@pytest.mark.parametrize("width", [390, 800, 1300])
def test_no_column_is_out_of_sight_without_a_word(width: int, chrome: Browser, file: Path) -> None:
    chrome.open(file, width=width)
    drawn(chrome)
    chrome.ask("[...document.querySelectorAll('#choices input:not(:checked)')].forEach(box => box.click())")
    edges = chrome.ask(
        "[...document.querySelectorAll('#table thead th')].map(e => e.getBoundingClientRect().right)"
    )
    right = chrome.ask("document.querySelector('.scroll').getBoundingClientRect().right")
    hidden = sum(edge > right + 1 for edge in edges)
    assert hidden and chrome.texts("#more") == [f"more columns: {hidden} →"]
    assert chrome.ask("document.querySelector('.edges').className") == "edges more-after"
    chrome.ask("document.querySelector('.scroll').scrollLeft = 1e6")
    chrome.until("document.querySelector('.edges').className === 'edges more-before'")
    assert chrome.texts("#more")[0].startswith("more columns: ← ")
    chrome.ask(
        "[...document.querySelectorAll('#choices input:checked')].slice(1).forEach(box => box.click())"
    )
    chrome.until("document.querySelector('.edges').className === 'edges'")
    assert chrome.texts("#more") == [""]


@needs_browser
def test_on_a_phone_the_objective_is_in_sight(chrome: Browser, file: Path) -> None:
    chrome.open(file, width=360)
    drawn(chrome)
    assert chrome.ask(f"document.querySelector('{header('val_dice')}').getBoundingClientRect().right") <= 360


@needs_browser
def test_columns_can_be_chosen(page: Browser) -> None:
    heads = page.texts("#table thead th")
    assert "note" not in heads  # the same everywhere
    page.click("#chooser > summary")
    page.ask(
        "[...document.querySelectorAll('#choices label')].find(e => e.textContent.startsWith('note')).click()"
    )
    page.ask(
        "[...document.querySelectorAll('#choices label')].find(e => e.textContent.startsWith('macs')).click()"
    )
    assert "note" in page.texts("#table thead th")
    assert "macs" not in page.texts("#table thead th")
    assert EVIL in column(page, "note")


@needs_browser
@pytest.mark.parametrize("width", [360, 1280, 1900])
def test_the_page_is_as_wide_as_the_window(width: int, chrome: Browser, file: Path, table: Table) -> None:
    chrome.open(file, width=width, at=f"#{table.rows[FAILED].digest}")
    opened(chrome, table.rows[FAILED].digest)
    for place in ("document.documentElement", "document.getElementById('content')"):
        assert chrome.ask(f"{place}.scrollWidth <= {place}.clientWidth")


@needs_browser
def test_dark_pages_have_dark_plots_and_figures(page: Browser, table: Table) -> None:
    def colours(selector: str) -> str:
        return str(page.ask(f"document.querySelector('{selector}').outerHTML"))

    assert "#0072B2" in colours("#plot svg")
    page.scheme("dark")
    page.until("document.querySelector('#plot svg').outerHTML.includes('#56B4E9')")
    page.click("#table tbody a")
    opened(page, table.rows[0].digest)
    assert "#1D3F57" in colours("#content .sheet svg")
    assert "#CFE3F1" not in colours("#content .sheet svg")
    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(12, 13, 14)"
    page.press("Escape")


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: str, page: Browser, table: Table) -> None:
    page.scheme(scheme)
    assert page.faint() == []
    page.click("#table tbody a")
    opened(page, table.rows[0].digest)
    assert page.faint() == []
    page.press("Escape")


@needs_browser
def test_the_saved_plot_is_a_picture_of_its_own(page: Browser) -> None:
    page.ask(
        "window.saved = new Promise(keep => { const make = URL.createObjectURL;"
        "URL.createObjectURL = blob => { keep(blob.text()); return make(blob); }; }), 0"
    )
    page.click("#save-plot")
    tree = ET.fromstring(page.ask("window.saved"))
    texts = ["".join(found.itertext()) for found in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "params (less is better)" in texts
    assert "val_dice (more is better)" in texts
    assert "Pareto front" in texts
    assert not [name for found in tree.iter() for name in found.attrib if name in ("class", "style")]


@needs_browser
def test_a_sweep_without_numbers_or_results_still_has_its_table(chrome: Browser, tmp_path: Path) -> None:
    folder = made_up(tmp_path / "sweep", None, None, cost={"input_shape": [1]})
    file = tmp_path / "report.html"
    file.write_bytes(report(Table.of(folder), Runs(), folder))
    chrome.open(file)
    chrome.until("document.querySelectorAll('#table tbody tr').length === 2")
    assert chrome.complaints == []
