from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hostile.conftest import GOOD, Unetgen
from unetgen.config import bundled

if TYPE_CHECKING:
    import pytest


def test_every_bundled_config_is_listed(unetgen: Unetgen) -> None:
    rows = json.loads(unetgen("list", "--json").out)["configs"]
    assert [row["name"] for row in rows] == list(bundled.bundled_configs())
    assert all(row.keys() == {"name", "dimensions", "params", "input_shape", "source"} for row in rows)
    (article,) = (row for row in rows if row["name"] == "unet3d_depth2")
    assert (article["dimensions"], article["params"]) == (3, 833507)
    lines = unetgen("list").out.splitlines()
    assert len(lines) == len(rows) + 2
    assert any(line.startswith("unet3d_depth2 ") and "833,507" in line for line in lines)


def test_a_folder_of_ones_own_with_a_broken_config(
    tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    (folder / "zoo").mkdir(parents=True)
    (folder / "a.yaml").write_text(GOOD)
    (folder / "b.yaml").write_text("depth: 1\n")
    (folder / "zoo" / "c.yaml").write_text(GOOD)
    (folder / "norm").mkdir()
    (folder / "norm" / "batch.yaml").write_text("kind: batch\n")
    monkeypatch.setenv(bundled.VARIABLE, str(folder))
    outcome = unetgen("list", "--json")
    assert [row["name"] for row in json.loads(outcome.out)["configs"]] == ["a", "c"]
    assert outcome.code == 2
    assert "b.yaml:1:8: depth: must be at least 2 (got 1)" in outcome.err.splitlines()


def test_it_is_quick() -> None:
    """Under a second on a quiet machine; here the processor's time of the whole process counts."""
    before = os.times()
    subprocess.run([sys.executable, "-m", "unetgen", "list"], capture_output=True, check=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < 1.5
