"""A folder holds either the old set of files or the new one, whatever interrupts the writing."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unetgen.errors import UnetgenError
from unetgen.files import READY, STAGING, publishing, publishing_folder, recover

NAMES = ("a.txt", "b.txt", "c.txt", "d.txt")


def write(folder: Path, text: str) -> None:
    with publishing(folder) as staging:
        for name in NAMES:
            (staging / name).write_text(text)


def content(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in sorted(folder.iterdir())}


def of(text: str) -> dict[str, str]:
    return dict.fromkeys(NAMES, text)


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=300)


def test_new_files_replace_old_ones_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "folder").mkdir()
    for text in ("old", "new"):
        write(tmp_path, text)
    (tmp_path / "folder").rmdir()
    assert content(tmp_path) == {**of("new"), "mine.txt": "mine"}


def test_missing_parents_are_made(tmp_path: Path) -> None:
    write(tmp_path / "x" / "y", "new")
    assert content(tmp_path / "x" / "y") == of("new")


@pytest.mark.parametrize("error", [OSError(28, "No space"), ValueError("mine"), KeyboardInterrupt()])
def test_an_interrupted_set_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    write(tmp_path / "old", "old")
    for folder in (tmp_path / "old", tmp_path / "new" / "deep"):
        with pytest.raises((UnetgenError, type(error))), publishing(folder) as staging:
            (staging / "a.txt").write_text("new")
            raise error
    assert content(tmp_path / "old") == of("old")
    assert not (tmp_path / "new").exists()


def test_a_folder_in_the_place_of_a_file_is_refused_beforehand(tmp_path: Path) -> None:
    write(tmp_path, "old")
    (tmp_path / "c.txt").unlink()
    (tmp_path / "c.txt").mkdir()
    with pytest.raises(UnetgenError) as caught:
        write(tmp_path, "new")
    assert str(caught.value) == f"{tmp_path / 'c.txt'}: is a folder, not a file; nothing was changed"
    (tmp_path / "c.txt").rmdir()
    assert content(tmp_path) == {name: "old" for name in NAMES if name != "c.txt"}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UnetgenError) as caught:
        write(tmp_path / "file", "new")
    assert str(caught.value) == f"{tmp_path / 'file'}: is a file, not a folder; nothing was changed"
    with pytest.raises(UnetgenError, match="cannot be written: Not a directory; nothing was changed"):
        write(tmp_path / "file" / "below", "new")
    assert content(tmp_path) == {"file": "mine"}


def test_an_unwritable_folder_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _refuses(Path(folder))


def _refuses(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write(tmp_path, "old")
    done = python(
        """
        import fcntl, os, sys  # all before the privileges go
        from pathlib import Path
        from unetgen.errors import UnetgenError
        from unetgen.files import publishing
        folder = Path(sys.argv[1])
        if os.getuid() == 0:
            os.setuid(65534)
        else:
            folder.chmod(0o555)
        for place in (folder, folder / "below" / "it"):
            try:
                with publishing(place): raise AssertionError("was writable")
            except UnetgenError as error:
                print(str(error).removeprefix(str(place)))
        """,
        tmp_path,
    )
    tmp_path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [": cannot be written: Permission denied; nothing was changed"] * 2
    assert content(tmp_path) == of("old")


KILLS = """
import json, os, shutil, sys
from pathlib import Path
from tests.killed import killed_at_every_step
from tests.test_files import content, of, write
from unetgen.files import READY, publishing, recover

os.fsync = lambda handle: None
top = Path(sys.argv[1])
folder, copy = top / "out" / "deep", top / "copy"
first_time = sys.argv[2] == "first"
before = {} if first_time else of("old")

def prepare():
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir()
    if not first_time:
        write(folder, "old")
        (folder / "mine.txt").write_text("mine")

def files(place):
    listed = sorted(place.iterdir()) if place.exists() else []
    return {file.name: file.read_text() for file in listed if file.is_file() and file.name != "mine.txt"}

seen = {"old": 0, "new": 0, "rescued": 0, "steps": 0}
for step in killed_at_every_step(lambda: write(folder, "new"), prepare):
    seen["steps"] += 1
    assert set(files(folder).values()) <= {"old", "new"}, (step, files(folder))  # every file is whole
    if (folder / READY).exists():
        def again():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
        for inner in killed_at_every_step(lambda: recover(copy), again):
            seen["rescued"] += 1
            recover(copy)
            assert files(copy) == of("new"), (step, inner)
    recover(folder)
    assert files(folder) in (before, of("new")), (step, files(folder))
    seen["new" if files(folder) == of("new") else "old"] += 1
    write(folder, "next")
    assert content(folder) == of("next") | ({} if first_time else {"mine.txt": "mine"})  # nothing is left
print(json.dumps(seen))
"""


@pytest.mark.parametrize("state", ["first", "over an older set"])
def test_a_kill_at_any_step_leaves_the_old_set_or_the_new_one(tmp_path: Path, state: str) -> None:
    done = python(KILLS, tmp_path / "kills", state)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert min(seen.values()) >= 3, seen
    assert seen["steps"] > 25, seen


def test_recover_does_nothing_without_a_finished_set(tmp_path: Path) -> None:
    recover(tmp_path / "missing")
    (tmp_path / f"{STAGING}x").mkdir()
    recover(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [f"{STAGING}x"]


def test_files_that_cannot_be_moved_into_place_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "old")

    def refuse(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(UnetgenError) as caught:
            write(tmp_path, "new")
    assert str(caught.value) == (
        f"{tmp_path}: cannot be written: Input/output error; the new files are whole in {READY}, the next "
        "build or check moves them into place"
    )
    recover(tmp_path)
    assert content(tmp_path) == of("new")


def test_writers_of_one_folder_wait_for_each_other(tmp_path: Path) -> None:
    inside: list[int] = []
    most = []

    def work(index: int) -> None:
        with publishing(tmp_path) as staging:
            inside.append(index)
            most.append(len(inside))
            for name in NAMES:
                (staging / name).write_text(str(index))
                time.sleep(0.005)
            inside.remove(index)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6
    found = content(tmp_path)
    assert found == of(found["a.txt"])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB, or a skip where the system grants none."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("cannot mount a small file system here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_changes_nothing(small_disk: Path) -> None:
    folder = small_disk / "out"
    write(folder, "old")
    with pytest.raises(UnetgenError) as caught:
        write(folder, "new" * 20_000)
    assert str(caught.value) == f"{folder}: cannot be written: No space left on device; nothing was changed"
    assert content(folder) == of("old")


def test_a_file_size_limit_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "old")
    done = python(
        """
        import resource, sys
        from pathlib import Path
        from tests.test_files import write
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        write(Path(sys.argv[1]), "new" * 2000)
        """,
        tmp_path,
    )
    assert done.stderr.splitlines()[-1].endswith(": cannot be written: File too large; nothing was changed")
    assert content(tmp_path) == of("old")
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


def _hdf5_error() -> Exception:
    return RuntimeError("Can't write data (file write failed: errno = 28, error message = 'No space')")


def _in_cleaning_up() -> Exception:
    try:
        try:
            raise OSError(28, "No space left on device")
        finally:
            raise ValueError("Can't close the ZIP file while there is an open writing handle on it")
    except ValueError as error:
        return error


@pytest.mark.parametrize("make", [_hdf5_error, _in_cleaning_up])
def test_errors_of_libraries_on_a_full_disk_are_known(tmp_path: Path, make: Callable[..., Any]) -> None:
    with (
        pytest.raises(UnetgenError, match="No space left on device; nothing was changed"),
        publishing(tmp_path),
    ):
        raise make()


def test_an_error_of_another_sort_is_not_blamed_on_the_disk(tmp_path: Path) -> None:
    with pytest.raises(KeyError), publishing(tmp_path):
        try:
            (tmp_path / "nothing").stat()
        except OSError:
            raise KeyError("bug") from None
    assert not list(tmp_path.iterdir())


# --- what killed processes leave ---


def test_what_a_killed_build_leaves_goes_with_the_next_one(tmp_path: Path) -> None:
    """The build is killed by the fact that its staging folder is there, not by a clock."""
    code = """
        import os, signal, sys
        from pathlib import Path
        from unetgen.files import publishing
        with publishing(Path(sys.argv[1])) as staging:
            (staging / "half").write_text("x")
            os.kill(os.getpid(), signal.SIGKILL)
        """
    assert python(code, tmp_path / "out").returncode == -9
    assert [file.name.startswith(STAGING) for file in (tmp_path / "out").iterdir()] == [True]
    write(tmp_path / "out", "new")
    assert content(tmp_path / "out") == of("new")
    assert python(code, tmp_path / "out").returncode == -9
    with publishing_folder(tmp_path / "out" / "model") as staging:
        (staging / "a").write_text("x")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [*NAMES, "model"]


def test_without_locks_only_what_surely_is_of_a_dead_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems have no locks: another machine may be writing here just now."""
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with publishing(tmp_path) as live:
        host = live.name.removeprefix(STAGING).split("-")[0]
        names = {
            "dead": f"{STAGING}{host}-{dead.pid}-x",
            "alive": f"{STAGING}{host}-{os.getpid()}-y",
            "elsewhere": f"{STAGING}other-{dead.pid}-x",
            "older": f"{STAGING}abcdef",
        }
        for name in names.values():
            (tmp_path / name).mkdir()
        with publishing(tmp_path):
            left = {path.name for path in tmp_path.iterdir()}
            assert names["dead"] not in left
            assert {live.name, names["alive"], names["elsewhere"], names["older"]} <= left
    monkeypatch.undo()
    write(tmp_path, "new")
    assert content(tmp_path) == of("new")
