from __future__ import annotations

import json
import math
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.conftest import Outcome, Unetgen, refused
from tests.sweep.sweeps import failed, grid, made_up, ok, sweep_of
from unetgen.sweep.folder.files import SweepFolder

ALL = ("a.csv", "a.json", "a.parquet", "a.html")


def outs(*files: str) -> list[str]:
    return [word for file in files for word in ("--out", file)]


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "sweep")


@pytest.fixture
def sweep(tmp_path: Path) -> SweepFolder:
    results = [
        ok(1.0, val_dice=0.7, size_bytes=1, gamma=1),
        ok(1.5, val_dice=0.9, size_bytes=3 << 20, gamma=2),
        failed(),
        ok(2.0, val_dice=0.9, size_bytes=2 << 20, gamma=3),
        ok(2.5, val_dice=math.nan, gamma=4),
        None,
    ]
    return made_up(tmp_path / "sweep", *results)


def test_without_a_file_the_table_is_printed(sweep: SweepFolder, unetgen: Unetgen) -> None:
    outcome = unetgen("collect", "sweep")
    assert (outcome.code, outcome.err) == (0, "")  # although a point failed
    lines = outcome.out.splitlines()
    assert lines[0].split()[:4] == ["digest", "n", "status", "val_dice"]
    assert len([line for line in lines if " ok " in line]) == 4
    assert "6 points: 4 ok, 1 failed, 1 missing" in lines
    assert lines[-1].endswith("n=2: ValueError: no luck")


def test_it_fits_the_terminal(sweep: SweepFolder, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    assert max(map(len, unetgen("collect", "sweep").out.splitlines())) <= 50


def test_every_format_in_one_call(sweep: SweepFolder, tmp_path: Path, unetgen: Unetgen) -> None:
    pytest.importorskip("pyarrow", reason="PyArrow is not installed: Parquet was not written")
    outcome = unetgen("collect", "sweep", *outs(*ALL, "a.csv"))
    assert outcome == Outcome(0, "".join(f"{file}\n" for file in ALL), "")
    assert written(tmp_path) == sorted(ALL)
    begins = {file: (tmp_path / file).read_bytes()[:4] for file in ALL}
    assert begins == {"a.csv": b"n,na", "a.json": b'{\n "', "a.parquet": b"PAR1", "a.html": b"<!DO"}


def test_json_is_one_object(sweep: SweepFolder, unetgen: Unetgen) -> None:
    data = json.loads(unetgen("collect", "sweep", "--json").out)
    assert [row["status"] for row in data["rows"]] == ["ok", "ok", "failed", "ok", "ok", "missing"]
    assert "best" not in data
    assert data["columns"][0] == {"name": "n", "kind": "override", "type": "integer"}


def test_json_on_stdout_is_what_the_file_holds(sweep: SweepFolder, tmp_path: Path, unetgen: Unetgen) -> None:
    out = unetgen("collect", "sweep", "--json", *outs("a.json")).out
    assert json.loads(out) == json.loads((tmp_path / "a.json").read_text())


# --- the usual question ---


def test_the_best_within_limits(sweep: SweepFolder, unetgen: Unetgen) -> None:
    outcome = unetgen(
        "collect", "sweep", "--best", "val_dice", "--under", "size_bytes=2MiB", "--over", "gamma=1"
    )
    assert (outcome.code, outcome.err) == (0, "")
    title, *lines = outcome.out.splitlines()
    limits = "size_bytes <= 2,097,152 and gamma >= 1"
    assert (
        title
        == f"val_dice: the most of 2 points with {limits} (max, as its name says; --mode says otherwise)"
    )
    told = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if not line.startswith("  build it")}
    (digest,) = [found.path.name for found in sweep.points() if found.point().number == 3]
    assert (told["digest"], told["overrides"], told["val_dice"], told["size_bytes"]) == (
        digest,
        "n=3",
        "0.9",
        "2.00 MiB",
    )
    assert told["folder"] == f"sweep/{digest}"
    assert lines[-1].endswith(f"unetgen build sweep/{digest}/config.resolved.yaml --out model")


def test_the_best_for_a_program(sweep: SweepFolder, unetgen: Unetgen) -> None:
    data = json.loads(unetgen("collect", "sweep", "--best", "val_dice", "--mode", "min", "--json").out)
    best = data["best"]
    assert (best["metric"], best["mode"], best["value"], best["overrides"]) == (
        "val_dice",
        "min",
        0.7,
        ["n=0"],
    )


def test_the_command_that_the_best_point_shows_builds_it(tmp_path: Path, unetgen: Unetgen) -> None:
    folder = sweep_of(tmp_path / "a sweep", grid(depth=[2, 3]))
    best = json.loads(unetgen("collect", "a sweep", "--best", "params", "--json").out)["best"]
    program, command, config, *_ = shlex.split(best["build"])
    assert (program, command) == ("unetgen", "build")
    shown = json.loads(unetgen("show", config, "--json").out)
    assert shown["digest"] == best["digest"] == Path(best["folder"]).name
    assert shown["params"]["total"] == best["value"]
    assert (folder.path / best["digest"]).is_dir()


def test_no_point_can_be_the_best(sweep: SweepFolder, unetgen: Unetgen) -> None:
    outcome = unetgen("collect", "sweep", "--best", "val_dice", "--under", "size_bytes=0.5")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == "no point that is ok with size_bytes <= 0.5 has a number in 'val_dice'\n"
    outcome = unetgen("collect", "sweep", "--best", "val_dice", "--under", "size_bytes=0.5", "--json")
    assert (outcome.code, json.loads(outcome.out)["best"]) == (1, None)


# --- which rows and columns ---


def test_limits_without_best_keep_rows(sweep: SweepFolder, tmp_path: Path, unetgen: Unetgen) -> None:
    unetgen("collect", "sweep", "--under", "gamma=2", *outs("a.json"))
    assert [row["gamma"] for row in json.loads((tmp_path / "a.json").read_text())["rows"]] == [1, 2]
    out = unetgen("collect", "sweep", "--under", "gamma=2").out
    assert out.endswith("2 points: 2 ok\nshown are only points with gamma <= 2\n")


def test_rows_in_the_order_of_a_column(sweep: SweepFolder, unetgen: Unetgen) -> None:
    def order(*arguments: str) -> list[int]:
        return [row["n"] for row in json.loads(unetgen("collect", "sweep", "--json", *arguments).out)["rows"]]

    assert order("--sort", "val_dice") == [0, 1, 3, 2, 4, 5]
    assert order("--sort", "gamma", "--reverse") == [4, 3, 1, 0, 2, 5]


def test_equal_sweeps_give_equal_tables_without_times(tmp_path: Path, unetgen: Unetgen) -> None:
    for name, seconds in (("one", 1.0), ("two", 2.0)):
        made_up(tmp_path / name, ok(seconds, val_dice=0.5, step_seconds=seconds), failed())
        arguments = ["collect", name, "--no-times", *outs(*(f"{name}{Path(file).suffix}" for file in ALL))]
        assert unetgen(*arguments).code == 0
    for file in ALL:
        first, second = ((tmp_path / f"{name}{Path(file).suffix}").read_bytes() for name in ("one", "two"))
        assert first == second, file
    assert "seconds" not in (tmp_path / "one.csv").read_text()


def test_a_report_without_figures(tmp_path: Path, unetgen: Unetgen) -> None:
    sweep_of(tmp_path / "sweep", grid(depth=[2, 3]))
    unetgen("collect", "sweep", *outs("with.html"))
    unetgen("collect", "sweep", *outs("without.html"), "--no-figures")
    assert 'id="figures-0"' in (tmp_path / "with.html").read_text()
    assert 'id="figures-0"' not in (tmp_path / "without.html").read_text()


def test_a_report_with_figures_of_some_architectures(tmp_path: Path, unetgen: Unetgen) -> None:
    sweep_of(tmp_path / "sweep", grid(depth=[2, 3, 4]))
    assert unetgen("collect", "sweep", *outs("all.html")).code == 0
    assert unetgen("collect", "sweep", *outs("two.html"), "--figures", "2").code == 0
    assert '"part":2,"whole":3' in (tmp_path / "two.html").read_text()
    assert '"shares":{}' in (tmp_path / "all.html").read_text()
    assert unetgen("collect", "sweep", *outs("no.html"), "--figures", "2", "--no-figures").code == 2
    assert unetgen("collect", "sweep", *outs("no.html"), "--figures", "0").code == 2


# --- refused ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (outs("a.xlsx"), "a.xlsx: suffix '.xlsx' says no format; use one of .csv .json .parquet .html"),
        (outs("table"), "table: no suffix says no format; use one of .csv .json .parquet .html"),
        (outs("no/a.csv"), "no/a.csv: there is no folder no; make it first, or name another"),
        (["--best", "dice"], "the table has no column 'dice'; did you mean `val_dice`?"),
        (["--sort", "vall_dice"], "the table has no column 'vall_dice'; did you mean `val_dice`?"),
        (["--under", "param=5"], "the table has no column 'param'; did you mean `params`?"),
        (["--under", "params"], "--under takes COLUMN=NUMBER, such as params=5e6 (got 'params')"),
        (["--over", "params=big"], "'big' is not a number; write it as 5000000, 5e6, 5M or 16GiB"),
        (
            ["--best", "gamma"],
            "whether less or more of 'gamma' is better cannot be told from its name; "
            "say --mode min or --mode max",
        ),
        (["--reverse"], "--reverse goes with --sort COLUMN"),
    ],
)
def test_bad_requests(
    arguments: list[str], message: str, sweep: SweepFolder, tmp_path: Path, unetgen: Unetgen
) -> None:
    refused(unetgen("collect", "sweep", *outs("b.csv"), *arguments), message)
    assert written(tmp_path) == []


def test_everything_wrong_with_files_is_told_at_once(
    sweep: SweepFolder, tmp_path: Path, unetgen: Unetgen
) -> None:
    (tmp_path / "d.csv").mkdir()
    outcome = unetgen("collect", "sweep", *outs("a.doc", "d.csv", "no/b.csv", "c.csv"))
    assert [line.partition(":")[0] for line in outcome.err.splitlines()] == ["a.doc", "d.csv", "no/b.csv"]
    assert written(tmp_path) == ["d.csv"]


def test_a_folder_that_is_no_sweep(tmp_path: Path, unetgen: Unetgen) -> None:
    refused(unetgen("collect", "no"), "no: no such folder; name the one that `unetgen sweep` wrote")
    (tmp_path / "empty").mkdir()
    hint = "name the folder that `unetgen sweep --out` wrote"
    refused(unetgen("collect", "empty"), f"empty: holds no point of a sweep; {hint}")


def test_a_writer_that_fails_leaves_the_old_files(
    sweep: SweepFolder, tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("old")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused(
        unetgen("collect", "sweep", *outs("a.csv", "a.parquet")),
        "Parquet needs PyArrow: pip install 'unetgen[parquet]'",
    )
    assert (tmp_path / "a.csv").read_text() == "old"
    assert written(tmp_path) == ["a.csv"]


# --- what it needs ---


def test_a_table_needs_neither_keras_nor_hydra_nor_numpy(sweep: SweepFolder, tmp_path: Path) -> None:
    code = "import sys; from unetgen.cli import main; main(); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, "collect", "sweep", *outs("a.csv", "a.html")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert not loaded & {"keras", "tensorflow", "hydra", "omegaconf", "numpy", "pyarrow", "rich"}
