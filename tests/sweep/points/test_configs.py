"""Whole configs as an axis of a sweep, from the command line to the tables."""

from __future__ import annotations

import csv
import json
import textwrap
from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, refused
from tests.training.conftest import RUN, write_discs
from unetgen.sweep.points.configs import axis_of, configs_in

SHALLOW = GOOD.replace("depth: 3", "depth: 2")


@pytest.fixture
def configs(tmp_path: Path) -> str:
    """Two configs, the second one in a folder of its own with an option of its own."""
    (tmp_path / "far").mkdir()
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "far" / "a.yaml").write_text(SHALLOW)
    return "a.yaml,far/a.yaml"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open() as stream:
        return list(csv.DictReader(stream))


def test_each_config_is_a_value_of_an_axis(configs: str, tmp_path: Path, unetgen: Unetgen) -> None:
    swept = unetgen("sweep", f"{configs},quickstart2d", "base_filters=4,8", "skip=add", "--out", "out")
    assert swept.code == 0, swept.err
    assert unetgen("collect", "out", "--out", "t.csv").code == 0
    table = rows(tmp_path / "t.csv")
    assert [(row["config"], row["base_filters"]) for row in table] == [
        ("a.yaml", "4"), ("a.yaml", "8"), ("far/a.yaml", "4"), ("far/a.yaml", "8"),
        ("quickstart2d", "4"), ("quickstart2d", "8"),
    ]  # fmt: skip
    for row in table:
        asked = (row["config"], f"base_filters={row['base_filters']}", "skip=add")
        assert json.loads(unetgen("show", *asked, "--json").out)["digest"] == row["digest"]
        lock = json.loads((tmp_path / "out" / row["digest"] / "unetgen.lock.json").read_text())
        assert lock["overrides"] == list(asked[1:])
        source = lock["volatile"]["source"]
        named = source.get("bundled") or source["file"]
        assert named == {"a.yaml": "../../a.yaml", "far/a.yaml": "a.yaml"}.get(row["config"], "quickstart2d")


def test_what_is_finished_is_left_alone_when_a_config_is_added(
    configs: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    assert unetgen("sweep", "a.yaml", "depth=2,4", "--out", "out").code == 0
    before = {file: file.stat().st_mtime_ns for file in tmp_path.glob("out/*/result.json")}
    more = unetgen("sweep", f"{configs},quickstart2d", "depth=2,4", "--dry-run", "--out", "out")
    assert "2 more give the same config as another" in more.out
    assert "2 would run, 2 are finished" in more.out
    assert unetgen("sweep", f"{configs},quickstart2d", "depth=2,4", "--out", "out").code == 0
    assert len(list(tmp_path.glob("out/*/result.json"))) == 4
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_a_problem_of_one_config_names_it(configs: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "far" / "a.yaml").write_text(SHALLOW.replace("base_filters: 8", "base_filters: x"))
    outcome = unetgen("sweep", configs, "depth=2,3", "--out", "out")
    refused(
        outcome,
        "config=far/a.yaml depth=2, config=far/a.yaml depth=3: invalid",
        "  far/a.yaml:3:15: base_filters: must be a whole number (got 'x')",
        "2 of 4 points are invalid, none was run; --on-invalid skip leaves such points out",
    )
    assert unetgen("sweep", configs, "depth=2,3", "--on-invalid", "skip", "--out", "out").code == 0
    assert len(list(tmp_path.glob("out/*/result.json"))) == 2


def test_all_wrong_names_are_told(configs: str, unetgen: Unetgen) -> None:
    outcome = unetgen("sweep", "a.yaml,nothing,quickstart2", "--out", "out")
    assert outcome.code == 2
    assert [line.partition(";")[0] for line in outcome.err.splitlines()] == [
        "no such file and no such bundled config (got 'nothing')",
        "no such file and no such bundled config (got 'quickstart2')",
    ]
    refused(
        unetgen("sweep", "a.yaml,", "--out", "out"),
        "'a.yaml,': names no config before or behind a comma; write a.yaml,b.yaml",
    )


@pytest.mark.parametrize("more", [["far/a.yaml"], ["depth=2", "quickstart2d"]], ids=" ".join)
def test_configs_with_spaces_between_them_are_told_the_comma(
    more: list[str], configs: str, unetgen: Unetgen
) -> None:
    refused(
        unetgen("sweep", "a.yaml", *more, "--out", "out"),
        f"several configs have commas between them: a.yaml,{more[-1]}",
    )


def test_a_config_that_is_named_twice_is_one(configs: str, tmp_path: Path, unetgen: Unetgen) -> None:
    name = configs.split(",")[0]
    for given in (f"{name},{name}", f"{name}, {name}"):
        twice = unetgen("sweep", given, "depth=2,3", "--out", "out", "--dry-run")
        assert (twice.code, twice.err) == (0, "")
        assert twice.out == unetgen("sweep", name, "depth=2,3", "--out", "out", "--dry-run").out


def test_a_config_among_the_overrides_is_told_its_place(configs: str, unetgen: Unetgen) -> None:
    refused(
        unetgen("sweep", "a.yaml", "config=far/a.yaml", "--out", "out"),
        "write whole configs before the overrides: unetgen sweep a.yaml,b.yaml ...",
    )


def test_run_files_are_no_axis_but_their_networks_are(configs: str, unetgen: Unetgen) -> None:
    refused(
        unetgen("sweep", configs, "--task", "train", "--out", "out"),
        "a.yaml,far/a.yaml: --task train takes one run file; "
        "write its networks as an axis: run.yaml model=a.yaml,b.yaml",
    )


def test_a_glob_matches_what_every_config_has(configs: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "far" / "up").mkdir()
    (tmp_path / "far" / "up" / "zero.yaml").write_text("kind: nearest\n")
    outcome = unetgen("sweep", configs, "up=glob(z*)", "--out", "out")
    assert outcome.code == 2 and "matches no option of the group `up`" in outcome.err
    assert "matches no option" not in unetgen("sweep", "far/a.yaml", "up=glob(z*)", "--out", "out").err


def test_experiments_are_added_to_a_config_that_composes(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "experiment").mkdir()
    for name, depth in (("small", 2), ("big", 4)):
        (tmp_path / "experiment" / f"{name}.yaml").write_text(f"# @package _global_\ndepth: {depth}\n")
    (tmp_path / "a.yaml").write_text(GOOD)
    command = ("sweep", "a.yaml", "+experiment=small,big", "--out", "out")
    told = "experiment`, and a.yaml has no `defaults` list; write `defaults: [_self_]` in it"
    assert unetgen(*command).err.count(told) == 2
    (tmp_path / "a.yaml").write_text(f"defaults: [_self_]\n{GOOD}")
    assert unetgen(*command).code == 0
    assert unetgen("collect", "out", "--out", "t.csv").code == 0
    assert [row["experiment"] for row in rows(tmp_path / "t.csv")] == ["small", "big"]


def test_a_file_with_a_comma_in_its_name_is_one_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b.yaml").write_text(GOOD)
    assert configs_in("a,b.yaml") == ("a,b.yaml",)
    assert configs_in("a, b.yaml") == ("a", "b.yaml")


def test_names_that_the_grammar_would_read_otherwise_are_quoted() -> None:
    assert (
        axis_of(["a,b.yaml", "x y", "null", "12", "d/3d.yaml"])
        == "config='a,b.yaml','x y','null','12',d/3d.yaml"
    )


@pytest.mark.parametrize("model", ["b.yaml", ""], ids=["a name", "a network"])
def test_the_networks_of_a_run_file_are_an_axis(model: str, tmp_path: Path, unetgen: Unetgen) -> None:
    write_discs(tmp_path)
    network = textwrap.dedent(RUN[RUN.index("  input") : RUN.index("data:")])
    (tmp_path / "a.yaml").write_text(network)
    (tmp_path / "b.yaml").write_text(network.replace("depth: 2", "depth: 3"))
    run = f"model: {model}\n{RUN[RUN.index('data:') :]}" if model else RUN
    (tmp_path / "run.yaml").write_text(run)
    command = ("sweep", "run.yaml", "model=a.yaml,b.yaml", "--task", "train", "--dry-run", "--json")
    outcome = unetgen(*command, "--out", "out")
    assert outcome.code == 0, outcome.err
    table = json.loads(outcome.out)["rows"]
    assert [(row["model"], row["name"]) for row in table] == [("a.yaml", "a"), ("b.yaml", "b")]
