"""The lock is plain data, equal but for `volatile`, and knows the repository of the config."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import unetgen
from unetgen.analysis.summary import Summary
from unetgen.config.lowering import lower
from unetgen.model.lock import SCHEMA_VERSION, Subject, git_state, lock_of, versions


@pytest.fixture(scope="module")
def lock() -> dict[str, Any]:
    config = unetgen.load("unet3d_depth2", ["seed=3"])
    subject = Subject.of(Summary(lower(config)))
    made = lock_of(subject, ["seed=3"], {"summary.txt": "00"}, {"commit": "c"})
    return json.loads(json.dumps(made))


def test_it_says_what_was_built(lock: dict[str, Any]) -> None:
    config = unetgen.load("unet3d_depth2", ["seed=3"])
    assert lock["schema_version"] == SCHEMA_VERSION == 2
    assert lock["name"] == "unet3d_depth2"
    assert lock["params"] == {"total": 833507, "trainable": 833507, "non_trainable": 0}
    assert lock["input_shape"] == [4, 160, 160, 16]
    assert lock["output_shapes"] == [[3, 160, 160, 16]]
    assert (lock["seed"], lock["overrides"], lock["files"]) == (3, ["seed=3"], {"summary.txt": "00"})
    assert lock["config"] == json.loads(json.dumps(config.to_dict()))
    assert lock["digest"] == config.digest
    assert lock["fingerprint"] == unetgen.plan(config).fingerprint


def test_only_the_volatile_part_knows_the_day_and_the_machine(lock: dict[str, Any]) -> None:
    assert lock["volatile"].keys() == {"created", "platform", "versions", "execution", "git", "source"}
    assert lock["volatile"]["git"] == {"commit": "c"}
    assert {"python", "unetgen", "keras", "tensorflow", "numpy"} <= lock["volatile"]["versions"].keys()
    assert lock["volatile"]["versions"] == versions()


def test_seed_and_training_count_in_the_digest_but_not_in_the_fingerprint(lock: dict[str, Any]) -> None:
    other = unetgen.load("unet3d_depth2", ["compile.loss=dice"])
    assert other.digest != lock["digest"]
    assert unetgen.plan(other).fingerprint == lock["fingerprint"]


# The repository


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "user.email", "a@b.c")
    git(tmp_path, "config", "user.name", "A")
    (tmp_path / "configs").mkdir()
    for name in ("configs/a.yaml", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / ".gitignore").write_text("ignored/\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_commit_is_that_of_the_configs_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git(repository, "rev-parse", "HEAD").strip()
    clean = {"commit": commit, "dirty": False}
    config = repository / "configs" / "a.yaml"
    assert git_state(config) == clean
    monkeypatch.chdir(repository / "configs")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert git_state(Path("a.yaml")) == clean
    (repository / "out").mkdir()
    (repository / "out" / "model.keras").write_text("x")
    assert git_state(config) == clean  # what a build writes makes no repository dirty


def test_changes_make_it_dirty(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD").strip()
    dirty = {"commit": commit, "dirty": True}
    for name in ("configs/new.yaml", "[a].yaml"):
        (repository / name).write_text("x")
        assert git_state(repository / name) == dirty
    config = repository / "configs" / "a.yaml"
    assert (git_state(config) or {})["dirty"] is False
    (repository / "notes.txt").write_text("y")
    assert git_state(config) == dirty
    git(repository, "commit", "-qam", "second")
    (repository / "configs" / "a.yaml").write_text("y")
    assert (git_state(config) or {})["dirty"] is True


def test_a_link_to_a_config_means_the_config(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "link.yaml"
    link.symlink_to(repository / "configs" / "a.yaml")
    assert git_state(link) == git_state(repository / "configs" / "a.yaml")


def test_there_is_none_outside_of_a_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path_factory.mktemp("plain") / "a.yaml").write_text("x")
    assert git_state(tmp_path_factory.mktemp("plain") / "a.yaml") is None
    (repository / "ignored").mkdir()
    (repository / "ignored" / "a.yaml").write_text("x")
    assert git_state(repository / "ignored" / "a.yaml") is None
    assert git_state(repository / "missing" / "a.yaml") is None
    monkeypatch.setenv("PATH", "")
    assert git_state(repository / "configs" / "a.yaml") is None


def test_an_empty_repository_has_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.yaml").write_text("x")
    assert git_state(tmp_path / "a.yaml") is None
