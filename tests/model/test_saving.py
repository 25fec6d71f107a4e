"""`unetgen build` writes four files together, equal for equal configs, with nothing of the machine."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

import unetgen
from unetgen.config.loader import load_design
from unetgen.config.lowering import lower
from unetgen.errors import UnetgenError
from unetgen.files import STAGING, recover
from unetgen.model import saving as writing
from unetgen.model.building import arrays_of, build_model
from unetgen.model.running import give_random_weights
from unetgen.model.saving import write_build, write_model

ROOT = Path(__file__).parents[1]
TINY = ("input.shape=[16,16]", "depth=2", "base_filters=2")
Mount = Callable[[int], Path]
NAMES = {"model.keras", "config.resolved.yaml", "unetgen.lock.json", "summary.txt"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "unetgen", *map(str, arguments)]


def build(folder: Path, *overrides: str, **options: Any) -> subprocess.CompletedProcess[str]:
    arguments = command("build", "quickstart2d", *TINY, *overrides, "--out", folder)
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300, **options)


def assert_refused(done: subprocess.CompletedProcess[str], message: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == message
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr


def assert_whole(folder: Path) -> dict[str, Any]:
    """The files are those of one build; returns their lock."""
    lock: dict[str, Any] = json.loads((folder / "unetgen.lock.json").read_text())
    for name, expected in lock["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name
    assert lock["files"].keys() | {"unetgen.lock.json"} == NAMES
    return lock


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One config, built by two processes that hash differently, in different places and at other times."""
    top = tmp_path_factory.mktemp("builds")
    folders = [top / "a", top / "other" / "b"]
    for index, folder in enumerate(folders):
        (top / f"from{index}").mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": str(index + 1), "TZ": f"UTC{index}"}
        done = build(folder, cwd=top / f"from{index}", env=environment)
        assert done.returncode == 0, done.stderr
        assert [line.strip() for line in done.stdout.splitlines()[1:]] == [
            str(folder / name)
            for name in ("model.keras", "config.resolved.yaml", "unetgen.lock.json", "summary.txt")
        ]
        time.sleep(1.1 * (1 - index))  # archives and locks count seconds
    return folders


@pytest.fixture(scope="session")
def saved_model(builds: list[Path]) -> Path:
    """What Keras alone has saved."""
    file = builds[0].parent / "saved.keras"
    with zipfile.ZipFile(builds[0] / "model.keras") as source, zipfile.ZipFile(file, "w") as target:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            target.writestr(name, source.read(name))
    return file


class Saved:
    """Stands in for a model that is quick to save."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def save(self, file: Path) -> None:
        shutil.copy(self.file, file)


def test_equal_configs_give_equal_files(builds: list[Path]) -> None:
    first, second = builds
    for folder in builds:
        assert {file.name for file in folder.iterdir()} == NAMES
        assert_whole(folder)
    for name in ("config.resolved.yaml", "summary.txt", "model.keras"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    locks = [json.loads((folder / "unetgen.lock.json").read_text()) for folder in builds]
    volatile = [lock.pop("volatile") for lock in locks]
    assert locks[0] == locks[1]
    assert volatile[0]["created"] != volatile[1]["created"]


def test_no_file_names_a_place_on_this_machine(builds: list[Path]) -> None:
    places = {str(place) for place in (builds[0].parent, Path.home(), ROOT, sys.prefix, "/tmp")}
    for file in builds[1].iterdir():
        contents = {file.name: file.read_bytes()}
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                contents |= {name: archive.read(name) for name in archive.namelist()}
        for name, content in contents.items():
            assert not [place for place in places if place.encode() in content], name


def test_the_config_travels_inside_the_model(builds: list[Path]) -> None:
    with zipfile.ZipFile(builds[0] / "model.keras") as archive:
        assert archive.testzip() is None
        assert archive.read("config.resolved.yaml") == (builds[0] / "config.resolved.yaml").read_bytes()
        assert json.loads(archive.read("metadata.json")).keys() == {"keras_version", "date_saved"}


def test_the_saved_model_is_the_one_that_was_built(builds: list[Path]) -> None:
    import keras

    loaded = keras.saving.load_model(builds[0] / "model.keras")
    model = unetgen.build(unetgen.load("quickstart2d", TINY))
    assert loaded.to_json() == model.to_json()
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert ours.tobytes() == theirs.tobytes()


def test_the_resolved_config_and_the_summary_are_of_that_build(builds: list[Path]) -> None:
    config = unetgen.load("quickstart2d", TINY)
    again = unetgen.load(builds[0] / "config.resolved.yaml")
    lock = assert_whole(builds[0])
    assert again == config
    assert lock["digest"] == again.digest == config.digest
    assert lock["fingerprint"] == unetgen.plan(again).fingerprint
    shown = subprocess.run(
        command("show", builds[0] / "config.resolved.yaml"), capture_output=True, text=True
    )
    assert shown.stdout == (builds[0] / "summary.txt").read_text()


# Interruptions

KILLS = """
import hashlib, json, os, shutil, sys
from pathlib import Path
import unetgen
from tests.killed import killed_at_every_step
from unetgen.model import saving as writing
from unetgen.model.building import arrays_of, build_model
from unetgen.model.running import give_random_weights
from unetgen.model.lock import _version
from unetgen.config.loader import load_design
from unetgen.files import recover

os.fsync = lambda handle: None
top, model = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
old, new, folder = top / "old", top / "new", top / "out"

class Saved:
    def save(self, file):
        with open(file, "wb") as stream:
            stream.write(model[:1000])
            stream.flush()
            os.stat(file), os.listdir(file.parent)
            stream.write(model[1000:])

writing.built_with_optimizer = lambda design: Saved()
configs = {f: load_design("quickstart2d", ["depth=2", "base_filters=%d" % f]) for f in (2, 3)}

def write(filters, place):
    writing.write_build(configs[filters], ["base_filters=%d" % filters], place)

write(2, old)
write(3, new)

def prepare():
    _version.cache_clear()  # each child stands for a process of its own, which reads the versions first
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(old, folder)

def lock():
    found = json.loads((folder / "unetgen.lock.json").read_text())
    for name, expected in found["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected, name
    return found["overrides"]

seen = []
for step in killed_at_every_step(lambda: write(3, folder), prepare):
    for name in ("model.keras", "summary.txt", "config.resolved.yaml"):
        assert (folder / name).read_bytes() in ((old / name).read_bytes(), (new / name).read_bytes()), name
    json.loads((folder / "unetgen.lock.json").read_text())
    recover(folder)
    seen += lock()
assert len(seen) == step
print(json.dumps({text: seen.count(text) for text in seen}))
"""


def test_a_kill_at_any_step_leaves_one_build_whole(saved_model: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLS, tmp_path, saved_model],
        capture_output=True, text=True, cwd=ROOT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["base_filters=2"] > 30
    assert counts["base_filters=3"] > 5


def test_a_real_build_killed_at_any_time_leaves_one_build_whole(builds: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(builds[0], folder)
    (folder / "mine.txt").write_text("mine")
    chance = random.Random(0)
    for _ in range(3):
        process = subprocess.Popen(
            command("build", "quickstart2d", *TINY, "seed=5", "--out", folder),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while process.poll() is None and not list(folder.glob(f"{STAGING}*")):
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        recover(folder)
        assert assert_whole(folder)["seed"] in (0, 5)
    assert build(folder, "seed=6").returncode == 0
    assert assert_whole(folder)["seed"] == 6
    assert {file.name for file in folder.iterdir()} == NAMES | {"mine.txt"}


# Refusals


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a file system of so many bytes; a skip where the system grants none."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(size: int) -> Path:
        subprocess.run(["umount", "-q", place], check=False)
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip("cannot mount a small file system here")
        return place

    yield mount
    subprocess.run(["umount", "-q", place], check=False)


def test_a_disk_that_is_full_at_any_point_changes_nothing(
    small_disk: Mount, builds: list[Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = unetgen.load("quickstart2d", TINY)
    model = unetgen.build(config)
    monkeypatch.setattr(writing, "built_with_optimizer", lambda *_: model)
    results = set()
    for size in range(160, 560, 24):
        folder = small_disk(size * 1024) / "out"
        shutil.copytree(builds[0], folder)
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        try:
            write_build(lower(config), ["again"], folder)
            results.add("built")
        except UnetgenError as error:
            results.add(str(error))
            assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
        assert_whole(folder)
    message = f"{folder}: cannot be written: No space left on device; nothing was changed"
    assert results == {"built", message}
    assert "ignored" not in capfd.readouterr().err


def test_the_command_on_a_full_disk(small_disk: Mount) -> None:
    folder = small_disk(100 * 1024) / "a" / "b"
    done = build(folder)
    message = f"{folder}: cannot be written: No space left on device; nothing was changed"
    assert_refused(done, message)
    assert not list(folder.parents[1].iterdir())


def test_the_command_with_a_limit_on_file_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "out"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = build(folder, preexec_fn=limit)
    assert_refused(done, f"{folder}: cannot be written: File too large; nothing was changed")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_refused_before_the_model_is_built(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    code = """
import sys
from unetgen.cli import main
ended = [main(["build", "quickstart2d", "--out", folder]) for folder in sys.argv[1:]]
print(ended, "tensorflow" in sys.modules)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "file"), "/proc/unetgen"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.stdout == "[2, 2] False\n"
    assert done.stderr.splitlines() == [
        f"{tmp_path / 'file'}: is a file, not a folder; nothing was changed",
        "/proc/unetgen: cannot be written: No such file or directory; nothing was changed",
    ]
    assert (tmp_path / "file").read_text() == "mine"


def test_two_builds_at_once_leave_one_of_them_whole(
    tmp_path: Path, saved_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    monkeypatch.setattr(writing, "built_with_optimizer", lambda *_: Saved(saved_model))
    config = unetgen.load("quickstart2d", TINY)
    threads = [
        threading.Thread(target=write_build, args=(lower(config), [f"seed={index}"], tmp_path))
        for index in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_whole(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == NAMES


def test_an_optimizer_that_copies_weights_copies_those_that_were_assigned(tmp_path: Path) -> None:

    optimizer = "compile.optimizer={kind: schedule_free_adamw}"
    design = load_design("quickstart2d", [optimizer, "base_filters=4", "input.shape=[16,16]"])
    source = build_model(design)
    give_random_weights(source)
    write_model(design, arrays_of(source), tmp_path / "a.keras")
    saved = keras.saving.load_model(tmp_path / "a.keras")
    kernel = saved.get_layer("encoder_level0_conv1").kernel
    copies = [v for v in saved.optimizer.variables if v.shape == kernel.shape]
    assert any(np.array_equal(np.asarray(each), np.asarray(kernel)) for each in copies)
