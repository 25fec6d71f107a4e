"""A lock says whether the file that it came from still gives the same network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.hostile.conftest import Unetgen
from unetgen.config.bundled import config_dir
from unetgen.model.against import source_of

TINY = """\
input: {shape: [16, 16], channels: 1}
depth: 2
base_filters: 2
num_classes: 2
"""
LOCK = "unetgen.lock.json"


@pytest.fixture
def my(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "my.yaml"
    file.write_text(TINY)
    return file


def lock_of(unetgen: Unetgen, folder: str, *overrides: str, config: str = "my.yaml") -> str:
    """The lock of a point, which a sweep writes without building a model."""
    assert unetgen("sweep", config, *overrides, "--out", folder).code == 0
    (lock,) = Path(folder).rglob(LOCK)
    return str(lock)


def test_an_edited_file_does_not_reproduce(my: Path, unetgen: Unetgen) -> None:
    lock = lock_of(unetgen, "out/a", "seed=3")
    check = ("check", lock, "--plan-only")
    assert unetgen(*check).out == f"{lock}: reproduces\n"
    my.write_text(TINY + "# a comment\nseed: 5\n")
    assert unetgen(*check).out == f"{lock}: reproduces\n", "the override of the build still counts"
    my.write_text(TINY.replace("base_filters: 2", "base_filters: 3"))
    edited = unetgen(*check)
    assert (edited.code, edited.out) == (1, f"{lock}: does not reproduce\n")
    assert edited.err == "  my.yaml: base_filters: the lock has 2, it has 3\n"
    my.write_text(TINY.replace("base_filters: 2", "base_filter: 2"))
    invalid = unetgen(*check)
    assert invalid.code == 1 and "my.yaml:3:1: base_filter: unknown key" in invalid.err


def test_edited_overrides_are_seen_by_the_file(my: Path, unetgen: Unetgen) -> None:
    lock = lock_of(unetgen, "out", "seed=3")
    data = json.loads(Path(lock).read_text())
    data["overrides"], data["schema_version"] = ["seed=4"], 1
    Path(lock).write_text(json.dumps(data))
    assert unetgen("check", lock, "--plan-only").err == "  my.yaml: seed: the lock has 3, it has 4\n"


def test_against_names_another_file(my: Path, unetgen: Unetgen) -> None:
    lock = lock_of(unetgen, "out")
    Path("other.yaml").write_text(TINY.replace("depth: 2", "depth: 3"))
    for name in ("other.yaml", "quickstart2d"):
        other = unetgen("check", lock, "--plan-only", "--against", name)
        assert other.code == 1
        assert f"  {name}: depth: the lock has 2, it has {3 if name == 'other.yaml' else 4}\n" in other.err
    assert unetgen("check", lock, "--plan-only", "--against", "my.yaml").code == 0
    for missing in ("gone.yaml", "quickstart3d"):
        refused = unetgen("check", lock, "--against", missing)
        assert (refused.code, refused.out) == (2, "") and missing in refused.err


def test_a_file_that_is_not_there_is_a_note(my: Path, unetgen: Unetgen, tmp_path: Path) -> None:
    lock = lock_of(unetgen, "out")
    my.unlink()
    alone = unetgen("check", lock, "--plan-only")
    assert (alone.code, alone.err) == (0, "")
    note = "  note: my.yaml: is not there to be compared; --against names it elsewhere"
    assert alone.out.splitlines() == [f"{lock}: reproduces", note]


def test_a_clone_without_models_and_in_another_place_is_compared(my: Path, unetgen: Unetgen) -> None:
    assert unetgen("build", "my.yaml", "--out", "out").code == 0
    Path("clone/out").mkdir(parents=True)
    for name in (LOCK, "config.resolved.yaml", "summary.txt"):
        shutil.copy(f"out/{name}", f"clone/out/{name}")
    shutil.copy(my, "clone/my.yaml")
    lock = f"clone/out/{LOCK}"
    for options in ([], ["--plan-only"]):
        cloned = unetgen("check", lock, *options)
        assert (cloned.code, cloned.err) == (0, "")
        note = "  note: model.keras: is not here, so that its weights were not compared"
        assert cloned.out.splitlines() == [f"{lock}: reproduces", note]
    Path("clone/my.yaml").write_text(TINY + "seed: 1\n")
    assert unetgen("check", lock, "--plan-only").code == 1


def test_a_bundled_config_that_has_changed_is_a_note(
    my: Path, unetgen: Unetgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(config_dir(), tmp_path / "configs")
    monkeypatch.setenv("UNETGEN_CONFIG_DIR", str(tmp_path / "configs"))
    lock = lock_of(unetgen, "out", "depth=2", config="quickstart2d")
    assert unetgen("check", lock, "--plan-only").out == f"{lock}: reproduces\n"
    bundled = tmp_path / "configs" / "quickstart2d.yaml"
    bundled.write_text(bundled.read_text() + "seed: 9\n")
    changed = unetgen("check", lock, "--plan-only")
    assert changed.code == 0
    assert changed.out == f"{lock}: reproduces\n  note: quickstart2d: seed: the lock has 0, it has 9\n"


@pytest.mark.parametrize(
    ("config", "folder", "named"),
    [
        ("my.yaml", ".", "my.yaml"),
        ("my.yaml", "out/deep", "../../my.yaml"),
        ("out/my.yaml", ".", "out/my.yaml"),
        ("configs/my.yaml", "out", "my.yaml"),
    ],
)
def test_the_lock_names_no_folder_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, folder: str, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert source_of(Path(config), Path(folder)) == {"file": named}
    assert source_of(tmp_path / config, tmp_path / folder) == {"file": named}


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd.yaml",
        "../x/../../y.yaml",
        "a//b.yaml",
        "x.txt",
        "..",
        "",
        "a\x1b.yaml",
        3,
        None,
        "C:\\a.yaml",
    ],
)
def test_a_source_that_no_build_wrote_is_left_alone(my: Path, unetgen: Unetgen, source: object) -> None:
    lock = lock_of(unetgen, "out")
    data = json.loads(Path(lock).read_text())
    data["volatile"]["source"] = {"file": source}
    Path(lock).write_text(json.dumps(data))
    assert unetgen("check", lock, "--plan-only").out == f"{lock}: reproduces\n"


def test_what_is_not_a_lock_is_told_what_to_name(my: Path, unetgen: Unetgen) -> None:
    assert unetgen("build", "my.yaml", "--out", "out").code == 0
    said = {
        "my.yaml": "my.yaml: is a config, not a lock; name the unetgen.lock.json of its build (`unetgen "
        "build my.yaml --out DIR` makes one), and give the config as --against my.yaml",
        "out/config.resolved.yaml": f"out/config.resolved.yaml: is a config, not a lock; name out/{LOCK}",
        "out": f"out: is a folder, not a lock; name out/{LOCK}",
        "out/model.keras": f"out/model.keras: is not UTF-8; is it a text file?; name out/{LOCK}",
        "out/summary.txt": f"out/summary.txt:1:1: is not JSON: expecting value; name out/{LOCK}",
    }
    for name, line in said.items():
        refused = unetgen("check", name)
        assert (refused.code, refused.err) == (2, f"{line}\n")
    assert unetgen("check", f"out/{LOCK}", "--against", "my.yaml").code == 0
