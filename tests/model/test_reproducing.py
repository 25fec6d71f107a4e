"""`unetgen check` says whether a lock still reproduces, and if not, what differs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen
from unetgen import cli
from unetgen.analysis.summary import Summary
from unetgen.config.loader import load_design
from unetgen.config.model import digest_of
from unetgen.errors import UnetgenError
from unetgen.files import READY
from unetgen.model import reproducing
from unetgen.model.reproducing import check_lock
from unetgen.model.saving import write_build

TINY = ("input.shape=[16,16]", "depth=2", "base_filters=2")
LOCK = "unetgen.lock.json"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    write_build(load_design("quickstart2d", TINY), TINY, folder)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A build of one's own to damage."""
    shutil.copytree(built, tmp_path / "out")
    return tmp_path / "out"


def change(folder: Path, edit: Callable[[dict[str, Any]], None], seal: bool = True) -> None:
    """Edit the lock; with `seal` as another version of unetgen would have written it, by hand without."""
    lock = json.loads((folder / LOCK).read_text())
    edit(lock)
    if seal:
        lock["checksum"] = sealed(lock)
    (folder / LOCK).write_text(json.dumps(lock))


def sealed(lock: dict[str, Any]) -> str:
    said = {key: lock[key] for key in lock.keys() - {"checksum", "volatile"}}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def problems(folder: Path, build: bool = False) -> list[str]:
    return list(check_lock(folder / LOCK, build).problems)


def test_a_lock_reproduces(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_lock(folder / LOCK) == reproducing.Reproduction(())
    assert cli.main(["check", str(folder / LOCK)]) == 0
    assert capsys.readouterr().out == f"{folder / LOCK}: reproduces\n"


def test_it_reproduces_from_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert not check_lock(Path(LOCK), build=False).problems


@pytest.mark.parametrize("key", ["fingerprint", "digest"])
def test_a_changed_hash(folder: Path, key: str) -> None:
    lock = json.loads((folder / LOCK).read_text())
    change(folder, lambda lock: lock.update({key: "0" * 64}))
    (found,) = problems(folder)
    if key == "fingerprint":
        assert found == f"fingerprint: the lock has {'0' * 64}, now it is {lock['fingerprint']}"
    else:
        assert found == (
            f"digest: the lock has '{'0' * 64}', but its config comes to {lock['digest']}: "
            "the lock was edited"
        )


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("params.total", 1, "params.total: the lock has 1, now it is 498"),
        ("macs", 2, "macs: the lock has 2, now it is 58368"),
        ("seed", 9, "seed: the lock has 9, now it is 0"),
        ("input_shape", [16], "input_shape: the lock has [16], now it is [16, 16, 1]"),
    ],
)
def test_a_changed_count(folder: Path, path: str, value: Any, line: str) -> None:
    def edit(lock: dict[str, Any]) -> None:
        *outer, last = path.split(".")
        for name in outer:
            lock = lock[name]
        lock[last] = value

    change(folder, edit)
    assert problems(folder) == [line]


def test_a_changed_config_value(folder: Path) -> None:
    change(folder, lambda lock: lock["config"].update(base_filters=3))
    found = problems(folder, build=True)
    assert found[0].startswith("digest: the lock has ")
    assert found[0].endswith(": the lock was edited")
    assert [line.partition(":")[0] for line in found[1:]] == [
        "fingerprint", "params.total", "params.trainable", "params.non_trainable", "macs", "model.keras",
    ]  # fmt: skip
    assert found[-1] == (
        "model.keras: the rebuilt model is another: "
        "layers.encoder_level0_conv1.config.filters is 2 in the file, 3 rebuilt"
    )


def test_a_changed_seed(folder: Path) -> None:
    def edit(lock: dict[str, Any]) -> None:
        lock["config"]["seed"] = lock["seed"] = 7
        lock["digest"] = digest_of(lock["config"])

    change(folder, edit)
    (found,) = problems(folder, build=True)
    start = (
        "model.keras: the rebuilt model is another: layers.encoder_level0_conv1.config.kernel_initializer."
    )
    assert found.startswith(start)


def test_initial_weights_that_are_drawn_differently(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = unetgen.build(unetgen.load("quickstart2d", TINY))
    kernel = model.get_layer("encoder_level0_conv2").kernel
    kernel.assign(kernel * (1 + 1e-6))
    monkeypatch.setattr(reproducing, "build_model", lambda *_: model)
    assert problems(folder, build=True) == [
        f"model.keras: 1 of {len(model.weights)} initial weights are rebuilt with other values, "
        "encoder_level0_conv2/kernel first"
    ]


def test_a_config_that_is_no_longer_valid(folder: Path) -> None:
    def edit(lock: dict[str, Any]) -> None:
        lock["config"].update(up={"kind": "magic"}, depth=0)
        lock["digest"] = digest_of(lock["config"])

    change(folder, edit)
    found = problems(folder)
    assert len(found) == 2
    assert all(line.startswith("config: no longer valid: config: ") for line in found)
    assert "depth: " in found[0] + found[1] and "magic" in found[0] + found[1]


def test_a_config_whose_parts_no_longer_fit(folder: Path) -> None:
    def edit(lock: dict[str, Any]) -> None:
        lock["config"]["input"]["shape"] = [17, 16]
        lock["digest"] = digest_of(lock["config"])

    change(folder, edit)
    (found,) = problems(folder)
    assert found.startswith("config: no longer valid: config: input.shape.0: does not fit")


@pytest.mark.parametrize("name", ["model.keras", "config.resolved.yaml", "summary.txt"])
def test_files_that_changed_or_are_gone(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as stream:
        stream.write(b" ")
    assert problems(folder) == [f"{name}: has changed since the build"]
    (folder / name).unlink()
    if name == "model.keras":
        note = "model.keras: is not here, so that its weights were not compared"
        assert check_lock(folder / LOCK) == reproducing.Reproduction((), (note,))
        assert check_lock(folder / LOCK, build=False) == reproducing.Reproduction((), (note,))
    else:
        assert problems(folder, build=True) == [f"{name}: is missing"]
    (folder / name).mkdir()
    assert problems(folder, build=True) == [f"{name}: is missing"]


def test_a_model_that_is_none_any_more(folder: Path) -> None:
    (folder / "model.keras").write_text("no archive")
    (found,) = problems(folder, build=True)
    assert found.startswith("model.keras: has changed since the build and cannot be loaded: ")


def test_a_trained_model_has_the_same_architecture(folder: Path) -> None:
    import keras

    model = keras.saving.load_model(folder / "model.keras")
    model.save(folder / "model.keras")
    prefix = "model.keras: has changed since the build: the same architecture with "
    assert problems(folder, build=True) == [f"{prefix}the same weights"]
    x = np.random.default_rng(0).normal(size=(2, 16, 16, 1)).astype("float32")
    model.fit(x, np.eye(2, dtype="float32")[(x[..., 0] > 0).astype(int)], verbose=0)
    model.save(folder / "model.keras")
    assert problems(folder, build=True) == [f"{prefix}other weights, as after training"]
    assert problems(folder) == ["model.keras: has changed since the build"]


def test_another_model_in_its_place(folder: Path) -> None:
    unetgen.build(unetgen.load("quickstart2d", [*TINY, "skip=add"])).save(folder / "model.keras")
    (found,) = problems(folder, build=True)
    assert found.startswith("model.keras: has changed since the build: another model: layers.")


@pytest.mark.parametrize(
    "edit",
    [
        lambda lock: lock.update(files={}),
        lambda lock: lock["files"].pop("summary.txt"),
        lambda lock: lock.update(overrides=[]),
        lambda lock: lock["overrides"].append("seed=0"),
        lambda lock: lock.update(name="other"),
        lambda lock: lock["config"].update(name="other"),
        lambda lock: lock.pop("checksum"),
        lambda lock: lock.update(checksum="0" * 64),
    ],
)
def test_a_lock_that_was_edited_by_hand(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    change(folder, edit, seal=False)
    assert any("edited" in line for line in problems(folder))


def test_a_lock_of_the_first_version_had_no_checksum(folder: Path) -> None:
    def edit(lock: dict[str, Any]) -> None:
        lock["schema_version"] = 1
        del lock["checksum"], lock["volatile"]["source"]

    change(folder, edit, seal=False)
    assert problems(folder) == []
    change(folder, lambda lock: lock.update(files={}), seal=False)
    assert problems(folder) == [
        "files: config.resolved.yaml is not among them, as in every build: the lock was edited"
    ]


def test_a_field_that_came_later_is_a_note(folder: Path) -> None:
    def edit(lock: dict[str, Any]) -> None:
        del lock["config"]["seed"], lock["config"]["compile"]["jit_compile"]
        lock["digest"] = digest_of(lock["config"])

    change(folder, edit)
    found = check_lock(folder / LOCK, build=False)
    assert found.problems == ()
    assert found.notes == (
        "config: compile.jit_compile is a new field, 'auto' by default",
        "config: seed is a new field, 0 by default",
    )


def test_other_versions_are_notes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def edit(lock: dict[str, Any]) -> None:
        lock["volatile"]["versions"].update(keras="3.1.0", torch="2.0")

    change(folder, edit)
    assert cli.main(["check", str(folder / LOCK), "--plan-only"]) == 0
    import keras

    assert capsys.readouterr().out.splitlines() == [
        f"{folder / LOCK}: reproduces",
        f"  note: keras: 3.1.0 then, {keras.__version__} now",
        "  note: torch: 2.0 then, nothing now",
    ]


NOT_A_LOCK = "{file}: is not a lock; name the unetgen.lock.json that `unetgen build` wrote"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "{file}:1:1: is not JSON: expecting value*"),
        (b"depth: 2", "{file}:1:1: is not JSON: expecting value*"),
        (b"[" * 100_000, "{file}: is not usable JSON: nested deeper than 64 levels*"),
        (b"\xff\xfe\xff", "{file}: is not UTF-8; is it a text file?*"),
        (b"[]", NOT_A_LOCK),
        (b'{"name": "x"}', NOT_A_LOCK),
        (b'{"schema_version": true}', NOT_A_LOCK),
        (b'{"schema_version": "1"}', NOT_A_LOCK),
        (b'{"schema_version": 0}', NOT_A_LOCK),
        (b'{"schema_version": 1, "config": [], "files": {}, "fingerprint": 1, "digest": 1, "params": 1}',
         NOT_A_LOCK),
        (b'{"schema_version": 1, "config": {}, "files": {"../x": 1}, "fingerprint": 1, "digest": 1, '
         b'"params": 1}', NOT_A_LOCK),
        (b'{"schema_version": 1, "config": {}, "files": {}, "fingerprint": 1, "digest": 1, "params": 1, '
         b'"overrides": [1]}', NOT_A_LOCK),
        (b'{"schema_version": 3}',
         "{file}: is a lock of a newer unetgen, with schema version 3; this one reads up to 2"),
    ],
)  # fmt: skip
def test_what_is_no_lock_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    file = tmp_path / LOCK
    file.write_bytes(content)
    assert cli.main(["check", str(file)]) == 2
    streams = capsys.readouterr()
    expected = message.format(file=file)
    assert streams.out == ""
    if expected.endswith("*"):
        assert streams.err.startswith(expected[:-1])
        assert streams.err.count("\n") == 1
    else:
        assert streams.err == f"{expected}\n"


def test_a_missing_lock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnetgenError) as caught:
        check_lock(tmp_path / "nowhere" / LOCK)
    assert str(caught.value) == f"{tmp_path / 'nowhere' / LOCK}: no such file"
    with pytest.raises(UnetgenError, match="is a folder, not a file; name a file"):
        check_lock(tmp_path)


def test_a_build_that_was_killed_at_the_end_is_finished_first(folder: Path) -> None:
    (folder / READY).mkdir()
    for name in (LOCK, "summary.txt"):
        (folder / name).rename(folder / READY / name)
    assert problems(folder) == []
    assert not (folder / READY).exists()


def test_several_locks_are_all_checked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, gone = tmp_path / "bad", tmp_path / "gone" / LOCK
    shutil.copytree(folder, bad)
    (bad / "summary.txt").unlink()
    paths = [str(gone), str(bad / LOCK), str(folder / LOCK)]
    assert cli.main(["check", "--plan-only", *paths[1:]]) == 1
    streams = capsys.readouterr()
    assert streams.out.splitlines() == [f"{paths[1]}: does not reproduce", f"{paths[2]}: reproduces"]
    assert streams.err == "  summary.txt: is missing\n"
    assert cli.main(["check", "--plan-only", "--json", *paths]) == 2
    streams = capsys.readouterr()
    assert json.loads(streams.out)["locks"] == {
        paths[1]: {"reproduces": False, "problems": ["summary.txt: is missing"], "notes": []},
        paths[2]: {"reproduces": True, "problems": [], "notes": []},
    }
    assert streams.err == f"{gone}: no such file\n"


def test_every_bundled_config_reproduces_by_its_plan(tmp_path: Path) -> None:
    from unetgen.config.bundled import bundled_configs
    from unetgen.model.lock import Subject, lock_of

    for name in bundled_configs():
        design = load_design(name)
        file = tmp_path / f"{name.replace('/', '_')}.json"
        file.write_text(json.dumps(lock_of(Subject.of(Summary(design)), (), {}, None)))
        assert check_lock(file, build=False).problems == (), name
