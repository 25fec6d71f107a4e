"""`unetgen migrate`: rewrites whole files or none, shows what it would do, and checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from unetgen.cli import main

REST = "input: {shape: [32, 32]}\ndepth: 2\nbase_filters: 4\nnum_classes: 2\n"
OLD = f"{REST}compile: {{optimizer: {{name: sgd}}}}  # kept\n"
NEW = f"schema_version: 1\n{REST}compile: {{optimizer: {{kind: sgd}}}}  # kept\n"
SAID = "old.yaml: says `schema_version: 1`\nold.yaml:5:23: compile.optimizer.name: now `kind`\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "old.yaml").write_text(OLD)
    (tmp_path / "new.yaml").write_text(NEW)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_check_and_a_diff_write_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "old.yaml", "new.yaml", "--check"]) == 1
    assert capsys.readouterr().out == f"{SAID}new.yaml: nothing to change\n"
    assert main(["migrate", "new.yaml", "--check"]) == 0
    assert main(["migrate", "old.yaml", "--diff"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "+schema_version: 1" in lines and "-compile: {optimizer: {name: sgd}}  # kept" in lines
    assert (folder / "old.yaml").read_text() == OLD


def test_files_are_rewritten_and_then_there_is_nothing_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "old.yaml"]) == 0
    assert capsys.readouterr().out == SAID
    assert (folder / "old.yaml").read_text() == NEW
    assert main(["migrate", "old.yaml", "--check"]) == 0
    assert main(["validate", "old.yaml"]) == 0
    assert "name" not in capsys.readouterr().err


def test_one_bad_file_leaves_all_as_they_are_and_every_problem_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.yaml").write_text("seed: 010\n")
    assert main(["migrate", "old.yaml", "bad.yaml", "none.yaml"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in errors] == ["bad.yaml", "none.yaml"]
    assert (folder / "old.yaml").read_text() == OLD
