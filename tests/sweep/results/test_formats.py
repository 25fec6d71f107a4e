from __future__ import annotations

import csv
import io
import json
import math
import sys
from pathlib import Path

import pytest

from tests.sweep.sweeps import COST, Overrides, failed, made_up, ok
from unetgen.errors import UnetgenError
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.history import PointNotRun, Runs
from unetgen.sweep.folder.records import Result
from unetgen.sweep.results.formats import SUFFIXES, written
from unetgen.sweep.results.formats.terminal import short_digests, terminal
from unetgen.sweep.results.table import Table

HOSTILE = 'a,"b";\n<script>alert(1)</script> \x1b[2J é ×'
POINTS: list[Overrides] = [
    ("depth=2", "lr=1e-3", "fast=true", "skip=concat"),
    ("depth=3", "lr=1", "fast=false", "skip=null"),
]
RESULTS: list[Result | None] = [
    ok(
        1.5,
        loss=math.nan,
        step_seconds=0.25,
        note=HOSTILE,
        epochs=3,
        done=True,
        of=[0.5, 1],
        odd=[[1], "a"],
        none=[],
    ),
    ok(2.0, loss=0.1, step_seconds=2, note=None, epochs=4, done=False, of=[0.25, math.inf], odd=[1], none=[]),
]


def table_of(folder: Path) -> Table:
    return Table.of(made_up(folder, *RESULTS, failed(HOSTILE), overrides=[*POINTS, ("depth=4", "lr=.1")]))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return table_of(tmp_path / "sweep")


def strict(text: str) -> dict[str, object]:
    """JSON as other programs read it: no NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return dict(json.loads(text, parse_constant=refuse))


def test_csv_read_by_another_program_has_every_cell(table: Table) -> None:
    data = written(table, Runs(), ".csv")
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    assert header == [column.name for column in table.columns]
    assert header[:4] == ["depth", "lr", "fast", "skip"]
    assert b"\r" not in data
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert [cell["depth"] for cell in cells] == ["2", "3", "4"]
    assert [cell["lr"] for cell in cells] == ["0.001", "1.0", "0.1"]
    assert [cell["fast"] for cell in cells] == ["true", "false", ""]
    assert [cell["loss"] for cell in cells] == ["nan", "0.1", ""]
    assert [cell["note"] for cell in cells] == [HOSTILE, "", ""]
    assert [json.loads(cell["input_shape"]) for cell in cells] == [COST["input_shape"]] * 3


FORMULAS = [
    "=HYPERLINK(1)",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\uff1d1",
    "-",
    "+a",
    "--1",
]
NO_FORMULAS = ["-1", "+1.5", "-1e-5", ".5", "-inf", "nan", "a=b", "concat", "1-2", "", "é", "-.5"]


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers(tmp_path: Path) -> None:
    texts = [*FORMULAS, *NO_FORMULAS]
    results = [ok(note=text, loss=-float(place)) for place, text in enumerate(texts)]
    table = Table.of(made_up(tmp_path, *results, ok(**{"=cmd": 1})))
    header, *rows = csv.reader(io.StringIO(written(table, Runs(), ".csv").decode(), newline=""))
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert [cell["note"] for cell in cells[: len(FORMULAS)]] == [f"'{text}" for text in FORMULAS]
    assert [cell["note"] for cell in cells[len(FORMULAS) : -1]] == NO_FORMULAS
    assert [float(cell["loss"]) for cell in cells[:-1]] == [-float(place) for place in range(len(texts))]
    assert "'=cmd" in header
    assert not [cell for row in (header, *rows) for cell in row if cell[:1] in "=@\t\r\n" and cell]


def test_csv_has_types_that_arrow_finds_again(table: Table) -> None:
    pyarrow = pytest.importorskip("pyarrow.csv", reason="PyArrow is not installed: no second reader of CSV")
    options = pyarrow.ParseOptions(newlines_in_values=True)
    read = pyarrow.read_csv(io.BytesIO(written(table, Runs(), ".csv")), parse_options=options)
    types = {field.name: str(field.type) for field in read.schema}
    assert {name: types[name] for name in ("depth", "lr", "fast", "loss", "params", "skip")} == {
        "depth": "int64", "lr": "double", "fast": "bool", "loss": "double", "params": "int64",
        "skip": "string",
    }  # fmt: skip


def test_json_is_json_and_says_its_types(table: Table) -> None:
    runs = Runs("train:run", ("made_up",), (PointNotRun(("depth=9",), "invalid: depth"),))
    data = strict(written(table, runs, ".json").decode())
    assert (data["schema_version"], data["task"]) == (1, "train:run")
    assert data["left_out"] == [{"overrides": ["depth=9"], "reason": "invalid: depth"}]
    columns, rows = data["columns"], data["rows"]
    assert isinstance(columns, list)
    assert isinstance(rows, list)
    assert columns[:2] == [
        {"name": "depth", "kind": "override", "type": "integer"},
        {"name": "lr", "kind": "override", "type": "number"},
    ]
    assert all(list(row) == [column["name"] for column in columns] for row in rows)
    assert [row["loss"] for row in rows] == [None, 0.1, None]
    assert [row["of"] for row in rows] == [[0.5, 1], [0.25, None], None]
    assert [row["fast"] for row in rows] == [True, False, None]
    assert rows[0]["note"] == HOSTILE


def test_parquet_has_typed_columns(table: Table) -> None:
    pytest.importorskip("pyarrow", reason="PyArrow is not installed: Parquet was not written")
    import pyarrow.parquet

    read = pyarrow.parquet.read_table(io.BytesIO(written(table, Runs(), ".parquet")))
    assert read.column_names == [column.name for column in table.columns]
    types = {field.name: str(field.type) for field in read.schema}
    expected = {
        "depth": "int64", "lr": "double", "fast": "bool", "skip": "string", "params": "int64",
        "loss": "double", "note": "string", "seconds": "double",
    }  # fmt: skip
    assert {name: types[name] for name in expected} == expected
    assert types["input_shape"].startswith("list<")
    assert types["of"].endswith("double>")
    assert (types["odd"], types["none"]) == ("string", "string")  # lists of unlike things, and of nothing
    rows = read.to_pylist()
    assert math.isnan(rows[0]["loss"])
    assert (rows[1]["of"], rows[2]["of"]) == ([0.25, math.inf], None)
    assert json.loads(rows[0]["odd"]) == [[1], "a"]
    assert rows[0]["note"] == HOSTILE


def test_numbers_too_long_for_64_bits(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="PyArrow is not installed: Parquet was not written")
    table = Table.of(made_up(tmp_path, ok(huge=2**70, of=[2**70]), ok(huge=1, of=[1])))
    assert table.column("huge").type == "number"
    assert written(table, Runs(), ".parquet")


def test_parquet_without_arrow_says_what_to_install(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnetgenError, match=r"pip install 'unetgen\[parquet\]'"):
        written(table, Runs(), ".parquet")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_equal_sweeps_give_equal_bytes(suffix: str, tmp_path: Path) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="PyArrow is not installed: Parquet was not written")
    first, second = (table_of(tmp_path / name) for name in ("a", "b"))
    assert written(first, Runs(), suffix) == written(second, Runs(), suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_table_can_be_written(suffix: str, table: Table) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="PyArrow is not installed: Parquet was not written")
    assert written(table.keeping(lambda row: False), Runs(), suffix)


# --- for people ---


def shown(folder: SweepFolder, width: int = 100, runs: Runs = Runs()) -> str:  # noqa: B008
    return terminal(Table.of(folder), runs, width)


def test_the_terminal_shows_what_varies_and_says_what_does_not(tmp_path: Path) -> None:
    points: list[Overrides] = [("depth=2", "skip=add"), ("depth=3", "skip=add")]
    text = shown(made_up(tmp_path, ok(dice=0.5), ok(dice=0.25), overrides=points))
    header, _, first, second, *rest = text.splitlines()
    assert header.split() == ["digest", "depth", "dice"]
    assert (first.split()[1:], second.split()[1:]) == (["2", "0.5"], ["3", "0.25"])
    assert "the same in all points: skip add, name made_up, params 10, macs 20" in "\n".join(rest)
    assert text.endswith("\n\n2 points: 2 ok")


def test_lines_fit_the_terminal_and_what_does_not_is_named(tmp_path: Path) -> None:
    values = {f"a_long_name_{place}": 0.5 for place in range(9)}
    results = [ok(1.0, **values), ok(2.0, **dict.fromkeys(values, 1.5))]
    folder = made_up(tmp_path, *results)
    for width in (60, 80, 140):
        lines = shown(folder, width).splitlines()
        assert max(map(len, lines)) <= width
        note = " ".join(lines)
        assert all(name in note for name in values)
    assert "no room here for" not in shown(folder, 300)


def test_failures_and_points_left_out_are_told_with_reasons(tmp_path: Path) -> None:
    folder = made_up(tmp_path, ok(), failed("no luck\nmore"), None)
    left_out = tuple(PointNotRun((f"n={n}",), "over budget: params") for n in range(20, 35))
    text = shown(folder, runs=Runs(left_out=left_out))
    digest = short_digests(Table.of(folder))[1]
    assert "3 points: 1 ok, 1 failed, 1 missing\n" in text
    assert f"\n  {digest} n=1: ValueError: no luck\n" in text
    assert "15 left out before launch\n  n=20: over budget: params\n" in text
    assert text.endswith("\n  and 5 more")


def test_of_many_points_the_terminal_has_the_first_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetgen.sweep.results.formats.terminal.MOST_ROWS", 3)
    results = [failed(f"error {number}") if number < 4 else ok() for number in range(6)]
    folder = made_up(tmp_path, *results)
    lines = terminal(Table.of(folder), Runs(), 100).splitlines()
    listed = [row.digest[:8] for row in Table.of(folder).rows[:3]]
    assert [line.split()[0] for line in lines[2:5]] == listed
    said = "the first 3 of 6 points; `unetgen collect --sort` orders them, --out table.csv has all"
    assert lines[5:7] == ["", said]
    assert lines[-5] == "6 points: 2 ok, 4 failed"
    assert [line.rsplit(": ", 1)[-1] for line in lines[-4:]] == [
        "error 0",
        "error 1",
        "error 2",
        "  and 1 more",
    ]
    sorted_lines = terminal(Table.of(folder).sorted_by("n", reverse=True), Runs(), 100).splitlines()
    assert sorted_lines[2].split()[:2] == [Table.of(folder).rows[5].digest[:8], "5"]


def test_nothing_moves_the_terminal_s_cursor(table: Table) -> None:
    text = terminal(table, Runs(left_out=(PointNotRun(("a=\x1b[1m",), "\x07"),)), 200)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_digests_are_as_short_as_they_can_be(table: Table) -> None:
    from dataclasses import replace

    rows = tuple(replace(table.rows[0], digest=digest) for digest in ("a" * 64, "a" * 10 + "b" * 54))
    assert short_digests(table) == [row.digest[:8] for row in table.rows]
    assert short_digests(replace(table, rows=rows)) == ["a" * 11, "a" * 10 + "b"]
