"""The same sweeps under every launcher, each the real one, Ray's with a real cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sweep.as_users import SMALL, Ended, sweep
from tests.tiers import sampled, thorough
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.results.table import Table

POINTS = ("depth=2,3", "skip=concat,add")
PACKAGES = {"joblib": "joblib", "submitit_local": "submitit", "ray": "ray"}

Settings = Callable[[str], tuple[str, ...]]


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> Settings:
    """What the command line says to have a launcher."""

    def of(launcher: str) -> tuple[str, ...]:
        if launcher == "basic":
            return ()
        pytest.importorskip(PACKAGES[launcher], reason=f"the extra for {launcher} is not installed")
        chosen = f"hydra/launcher={launcher}"
        if launcher == "joblib":
            return (chosen, "hydra.launcher.n_jobs=2")
        if launcher == "ray":
            address = request.getfixturevalue("ray_cluster")
            init = "hydra.launcher.ray.init"
            return (chosen, f"{init}.address='{address}'", f"+{init}._node_ip_address=127.0.0.1")
        return (chosen,)

    return of


def cells(folder: SweepFolder) -> list[dict[str, Any]]:
    """The rows of the table, times apart."""
    table = Table.of(folder).without_measured()
    return [{column.name: row.cells.get(column.name) for column in table.columns} for row in table.rows]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Four models built by Hydra's own launcher."""
    return sweep(tmp_path_factory.mktemp("basic"), *SMALL[:2], *POINTS, "--task", "build")


@thorough
def test_the_basic_launcher_builds_every_point(built: Ended) -> None:
    assert built.code == 0, built.err
    rows = cells(built.folder)
    assert len(rows) == 4
    assert all(row["status"] == "ok" and row["params_built"] == row["params"] for row in rows)
    assert len({row["weights_sha256"] for row in rows}) == 4


@thorough
@pytest.mark.parametrize("launcher", PACKAGES)
def test_every_launcher_gives_the_same_table_and_weights(
    launcher: str, settings: Settings, built: Ended, tmp_path: Path
) -> None:
    again = sweep(tmp_path, *SMALL[:2], *POINTS, "--task", "build", *settings(launcher))
    assert again.code == 0, again.err
    assert cells(again.folder) == cells(built.folder)


@pytest.mark.parametrize("launcher", sampled(["basic", *PACKAGES], {"basic"}))
def test_a_point_that_fails_costs_that_point_only(launcher: str, settings: Settings, tmp_path: Path) -> None:
    """Of 5 points one raises, one exits, one is killed; run again, and only these run."""
    run = (*SMALL, "seed=1,2,4,6,7", "--task", "functions:act", *settings(launcher))
    first = sweep(tmp_path, *run)
    assert first.code == 1, first.err
    results = {text.rpartition("=")[2]: result for text, result in first.results().items()}
    assert {seed for seed, result in results.items() if result["status"] == "ok"} == set("17")
    assert {seed: results[seed]["values"]["score"] for seed in "17"} == {
        seed: int(seed) * 2.5 for seed in "17"
    }
    assert results["2"]["error"]["kind"] == "ValueError"
    assert results["2"]["error"]["message"] == "bad luck\nand more of it"
    assert 'raise ValueError("bad luck' in results["2"]["error"]["traceback"]
    assert results["4"]["error"]["message"] == "the task called sys.exit(3)"
    assert results["6"]["error"]["message"].startswith("its process was ended by SIGKILL")
    for reason in ("ValueError: bad luck", "sys.exit(3)", "ended by SIGKILL"):
        assert reason in first.out
    (tmp_path / "out" / "mended").touch()
    second = sweep(tmp_path, *run)
    assert second.code == 0, second.err
    attempts = {text.rpartition("=")[2]: count for text, count in second.attempts().items()}
    assert attempts == {**dict.fromkeys("17", 1), **dict.fromkeys("246", 2)}
    assert all(result["status"] == "ok" for result in second.results().values())
    assert sorted(folder.point().number for folder in second.folder.points()) == list(range(5))


@thorough
@pytest.mark.parametrize("launcher", ["submitit_local", "ray"])
def test_a_job_that_is_killed_itself_costs_that_point_only(
    launcher: str, settings: Settings, tmp_path: Path
) -> None:
    """As a cluster that takes a node away: nobody is left to write a result, and the next run does."""
    run = (*SMALL, "seed=0,1,2", "--task", "functions:kill_the_job", *settings(launcher))
    first = sweep(tmp_path, *run)
    assert first.code == 1, first.err
    results = {text.rpartition("=")[2]: result for text, result in first.results().items()}
    assert (results["0"]["status"], results["1"], results["2"]["status"]) == ("ok", None, "ok")
    assert "missing" in first.out
    (tmp_path / "out" / "mended").touch()
    second = sweep(tmp_path, *run)
    assert second.code == 0, second.err
    assert all(result["status"] == "ok" for result in second.results().values())
