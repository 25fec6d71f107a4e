"""Learning curves of all points: read from what each left, drawn on the page."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser import chromium, needs_browser
from tests.sweep.sweeps import grid, ok, sweep_of
from unetgen.sweep.folder.files import WORKDIR, SweepFolder
from unetgen.sweep.folder.history import Runs
from unetgen.sweep.report.curves import columns_of, curves
from unetgen.sweep.report.page import report
from unetgen.sweep.results.table import Table
from unetgen.training.history import History

LINE = "document.querySelectorAll('#curve-plot [data-curve]')"


def write_history(folder: SweepFolder, digest: str, text: str) -> None:
    (folder.at(digest).path / WORKDIR).mkdir()
    (folder.at(digest).path / WORKDIR / "history.csv").write_text(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SweepFolder:
    """Three points that have trained, the last of them stale, and one that has left nothing."""
    points = grid(depth=[2, 3], base_filters=[8, 16])
    folder = sweep_of(tmp_path_factory.mktemp("sweep"), points, lambda *_: ok(val_dice=0.5, loss=0.1))
    for number, row in enumerate(Table.of(folder).rows[:3]):
        history = History()
        for epoch in range(1, 6):
            loss = math.exp(-epoch * (number + 1) / 4)
            dice = {"val_dice": 1 - loss} if epoch % 2 else {}
            history = history.with_row({"epoch": epoch, "loss": loss, **dice, "seconds": 1.0})
        write_history(folder, row.digest, history.to_csv())
    last = folder.at(row.digest)
    last.write_point(replace(last.point(), superseded=("data",)), {})
    return folder


def test_a_curve_has_every_value_by_its_epoch_and_no_times(folder: SweepFolder) -> None:
    rows = Table.of(folder).rows
    found, _ = curves(folder, rows)
    assert list(found) == [row.digest for row in rows[:3]]
    assert columns_of(found) == ["loss", "val_dice"]
    first = found[rows[0].digest]
    assert first["epoch"] == [1, 2, 3, 4, 5]
    assert first["loss"] == pytest.approx([math.exp(-n / 4) for n in range(1, 6)], rel=1e-5)
    assert [value is None for value in first["val_dice"]] == [False, True, False, True, False]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("epoch,accuracy,loss\n0,0.5,nan\n1,0.75,inf\n", {"epoch": [0, 1], "accuracy": [0.5, 0.75]}),
        ("loss\n1\n", None),
        ("epoch,loss\n", None),
        ("epoch,loss\n1,none\n", None),
        ("\x00\x01", None),
        ("", None),
    ],
    ids=["of Keras", "no epoch", "no line", "no number", "not text", "empty"],
)
def test_what_others_write_is_read_as_far_as_it_is_a_history(
    text: str, kept: dict[str, list[float]] | None, tmp_path: Path
) -> None:
    folder = sweep_of(tmp_path, [("depth=2",)])
    (row,) = Table.of(folder).rows
    write_history(folder, row.digest, text)
    assert curves(folder, [row])[0].get(row.digest) == kept


def test_of_very_many_epochs_some_are_drawn_the_last_one_among_them(tmp_path: Path) -> None:
    folder = sweep_of(tmp_path, [("depth=2",)])
    (row,) = Table.of(folder).rows
    write_history(folder, row.digest, "epoch,loss\n" + "".join(f"{n},{n}\n" for n in range(1, 5001)))
    epochs = curves(folder, [row])[0][row.digest]["epoch"]
    assert len(epochs) <= 401 and (epochs[0], epochs[-1]) == (1, 5000)


def test_a_page_without_curves_has_no_word_of_them(tmp_path: Path) -> None:
    folder = sweep_of(tmp_path, [("depth=2",)])
    html = report(Table.of(folder), Runs.of(folder), folder, most_figures=0).decode()
    assert '"curves":null' in html and "curves-0" not in html


@needs_browser
def test_the_page_draws_them_and_follows_filter_choice_and_pointer(
    folder: SweepFolder, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    table = Table.of(folder)
    file.write_bytes(report(table, Runs.of(folder), folder, most_figures=0))
    digests = [row.digest for row in table.rows]
    with chromium() as page:
        page.open(file)
        page.until(f"{LINE}.length === 3")
        drawn = page.ask(f"[...{LINE}].map(line => line.dataset.curve)")
        assert set(drawn) == set(digests[:3])
        assert page.texts("#curve option") == ["loss", "val_dice"]
        assert page.ask("document.getElementById('curve').value") == "val_dice"
        assert page.texts("#curves-told") == ["3 of 4 points have val_dice by epoch. Dashed: stale."]
        dashed = page.ask(f"[...{LINE}].map(line => Boolean(line.querySelector('[stroke-dasharray]')))")
        assert sorted(dashed) == [False, False, True]
        page.choose("#curve", "loss")
        page.until("document.querySelector('#curves-told').textContent.includes('loss')")
        ends = f"[...{LINE}].map(line => line.querySelector('path').getAttribute('d').split(/[ML ]/).at(-1))"
        heights = [float(each) for each in page.ask(ends)]
        assert heights == sorted(heights) and len(set(heights)) == 3, "less loss is further down"
        page.click("#filter")
        page.type("depth=2")
        page.until(f"{LINE}.length === 2")
        mark = f'#curve-plot [data-curve="{digests[0]}"] g'
        page.point_at(mark)
        page.until("!document.getElementById('curve-tip').hidden")
        assert "epoch 5" in " ".join(page.texts("#curve-tip"))
        page.click(mark)
        page.until(f"document.documentElement.dataset.opened === '{digests[0]}'")
        assert page.complaints == []
