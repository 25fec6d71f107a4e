from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.sweep.sweeps import COST, failed, grid, made_up, ok, sweep_of
from unetgen.errors import UnetgenError
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.history import PointNotRun, Runs
from unetgen.sweep.results.table import Table


def cells(table: Table, name: str) -> list[object]:
    return list(table.cells(table.column(name)))


def test_a_row_a_point_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = made_up(tmp_path, *(ok() for _ in range(12)))
    assert [point.path.name for point in folder.points()] != [row.digest for row in Table.of(folder).rows]
    assert [row.number for row in Table.of(folder).rows] == list(range(12))
    assert cells(Table.of(folder), "n") == list(range(12))


def test_columns_stand_in_the_order_of_where_they_come_from(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(dice=0.5, train_seconds=3.0)))
    assert [(column.name, column.kind) for column in table.columns] == [
        ("n", "override"),
        ("name", "identity"),
        ("digest", "identity"),
        ("fingerprint", "identity"),
        ("status", "status"),
        *((name, "cost") for name in COST),
        ("dice", "value"),
        ("train_seconds", "measured"),
        ("error", "error"),
        ("seconds", "measured"),
    ]


def test_the_rows_of_a_sweep_say_what_show_says(tmp_path: Path) -> None:
    from unetgen.analysis.summary import Summary
    from unetgen.config.loader import load_design

    points = grid(depth=[2, 3], skip=["concat", "add"])
    table = Table.of(sweep_of(tmp_path, points))
    for overrides, row in zip(points, table.rows, strict=True):
        shown = Summary(load_design("quickstart2d", overrides)).as_json()
        assert row.cells["params"] == shown["params"]["total"]
        assert row.cells["macs"] == shown["macs"]
        assert row.cells["train_bytes"] == shown["memory"]["train_bytes"]
        assert (row.cells["digest"], row.cells["fingerprint"]) == (shown["digest"], shown["fingerprint"])
        assert f"depth={row.cells['depth']}" in overrides


@pytest.mark.parametrize(
    ("texts", "values", "kind"),
    [
        (["2", "3"], [2, 3], "integer"),
        (["2", "2.5"], [2.0, 2.5], "number"),
        (["1e-5", "-.5"], [1e-5, -0.5], "number"),
        (["true", "False"], [True, False], "boolean"),
        (["concat", "add"], ["concat", "add"], "text"),
        (["2", "auto"], ["2", "auto"], "text"),
        (["[1,2]", "null"], ["[1,2]", None], "text"),
        (["64", "null"], [64, None], "integer"),
        (["010", "11"], ["010", "11"], "text"),
        (["1_000", "2"], [1000, 2], "integer"),
        (["true", "1"], ["true", "1"], "text"),
        (["a=b", ""], ["a=b", ""], "text"),
    ],
)
def test_an_override_is_a_number_or_a_boolean_where_all_its_values_are(
    texts: list[str], values: list[object], kind: str, tmp_path: Path
) -> None:
    table = Table.of(made_up(tmp_path, ok(), ok(), overrides=[(f"x.y={text}",) for text in texts]))
    assert (cells(table, "x.y"), table.column("x.y").type) == (values, kind)


def test_an_override_that_a_point_lacks_is_empty(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(), ok(), overrides=[("a=1",), ("a=1", "++b=2")]))
    assert (cells(table, "a"), cells(table, "b")) == ([1, 1], [None, 2])
    assert [column.name for column in table.varying if column.kind == "override"] == ["b"]


def test_a_value_with_the_name_of_a_cost_is_that_column(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(params=11, dice=0.5), None))
    assert [column.name for column in table.columns].count("params") == 1
    assert cells(table, "params") == [11, 10]
    assert table.column("params").kind == "cost"


def test_a_value_with_the_name_of_another_column_keeps_apart(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(2.0, n=7, error=0.1, seconds=9.0, status="fine", digest="x")))
    assert (cells(table, "n"), cells(table, "value.n")) == ([0], [7])
    assert (cells(table, "error"), cells(table, "value.error")) == ([None], [0.1])
    assert (cells(table, "seconds"), cells(table, "value.seconds")) == ([2.0], [9.0])
    assert (cells(table, "status"), cells(table, "value.status")) == (["ok"], ["fine"])
    assert cells(table, "digest") == [table.rows[0].digest]


def test_a_cost_with_the_name_of_another_column_keeps_apart(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(n=8), cost={"n": 7, "seconds": 3}))
    assert (cells(table, "n"), cells(table, "cost.n")) == ([0], [8])
    assert (cells(table, "seconds"), cells(table, "cost.seconds")) == ([1.0], [3])


def test_mappings_in_values_have_dotted_names(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(dice={"mean": 0.5, "of": {"liver": 0.4}}, none={})))  # type: ignore[arg-type]
    assert (cells(table, "dice.mean"), cells(table, "dice.of.liver")) == ([0.5], [0.4])
    assert "none" not in {column.name for column in table.columns}


def test_points_that_failed_or_did_not_run_have_no_values(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(dice=0.5), failed("no\nluck"), None))
    assert cells(table, "status") == ["ok", "failed", "missing"]
    assert cells(table, "dice") == [0.5, None, None]
    assert cells(table, "error") == [None, "ValueError: no", None]
    assert cells(table, "params") == [10, 10, 10]


def test_what_is_not_finite_stays_a_number(tmp_path: Path) -> None:
    loss = cells(Table.of(made_up(tmp_path, ok(loss=math.nan), ok(loss=-math.inf), ok(loss=1))), "loss")
    assert math.isnan(loss[0])  # type: ignore[arg-type]
    assert loss[1:] == [-math.inf, 1.0]


def test_columns_that_tell_points_apart(tmp_path: Path) -> None:
    table = Table.of(
        made_up(tmp_path, ok(same=1, nan=math.nan, other=2), ok(same=1, nan=math.nan, other=3), failed())
    )
    names = {column.name for column in table.varying}
    assert {"n", "other", "status", "digest"} <= names
    assert not names & {"same", "nan", "params", "name", "input_shape"}


def test_only_some_points(tmp_path: Path) -> None:
    folder = made_up(tmp_path, *(ok(dice=number / 10) for number in range(4)))
    wanted = {row.digest for row in Table.of(folder).rows if row.number in (1, 3)}
    assert cells(Table.of(folder, wanted), "dice") == [0.1, 0.3]
    assert Table.of(folder, ()).rows == ()


def test_two_sweeps_that_differ_in_times_alone_give_equal_tables(tmp_path: Path) -> None:
    tables = [
        Table.of(
            made_up(tmp_path / str(seconds), ok(seconds, dice=0.5, step_seconds=seconds, peak=seconds), None)
        )
        for seconds in (1.0, 2.0)
    ]
    assert tables[0] != tables[1]
    without = [table.without_measured() for table in tables]
    assert without[0].columns == without[1].columns
    for column in without[0].columns:
        assert list(without[0].cells(column)) == list(without[1].cells(column))
    assert "seconds" not in {column.name for column in without[0].columns}


def test_rows_are_sorted_as_numbers_and_missing_ones_are_last(tmp_path: Path) -> None:
    results = [ok(dice=10.0), None, ok(dice=9.0), ok(dice=math.nan), ok(dice=-1), ok(dice=9.0)]
    table = Table.of(made_up(tmp_path, *results))
    assert cells(table.sorted_by("dice"), "n") == [4, 2, 5, 0, 1, 3]
    assert cells(table.sorted_by("dice", reverse=True), "n") == [0, 2, 5, 4, 1, 3]
    assert cells(table.sorted_by("status"), "status") == ["missing", *["ok"] * 5]


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    table = Table.of(made_up(tmp_path, ok(val_dice=0.5)))
    with pytest.raises(UnetgenError, match=r"the table has no column 'valdice'; did you mean `val_dice`\?"):
        table.column("valdice")
    with pytest.raises(UnetgenError, match="the column 'name' holds no numbers; those that do: n, params"):
        table.column("name", numeric=True)
    with pytest.raises(UnetgenError):
        table.sorted_by("no")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    folder = made_up(tmp_path, ok())
    (point,) = folder.points()
    (point.path / "result.json").write_text("{")
    (row,) = Table.of(folder).rows
    assert row.status == "failed"
    assert f"{point.path / 'result.json'}:1:2: is not JSON" in str(row.cells["error"])


def test_what_was_left_out_and_ran_later_is_not_left_out(tmp_path: Path) -> None:
    folder = made_up(tmp_path, ok())
    left_out = [
        {"overrides": ["n=0"], "reason": "over budget"},
        {"overrides": ["n=9"], "reason": "invalid: n"},
    ]
    runs = [
        {"config": "a", "left_out": left_out},
        {"config": "b", "left_out": []},
        {"config": "a", "left_out": []},
    ]
    folder.write_about({"task": {"name": "cost", "options": {}}, "runs": runs})
    assert Runs.of(folder) == Runs("cost", ("a", "b"), (PointNotRun(("n=9",), "invalid: n"),))
    folder.write_about({"task": "cost"})
    with pytest.raises(UnetgenError, match="task: must be an object"):
        Runs.of(folder)
    assert Runs.of(SweepFolder(tmp_path / "none")) == Runs()
