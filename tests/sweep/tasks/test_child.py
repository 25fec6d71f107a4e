"""A child process gives its answer or its reasons, and ends with its parent."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unetgen.sweep.tasks.child import how_it_ended, in_child
from unetgen.sweep.tasks.errors import TaskError

SERVE = "from unetgen.sweep.tasks.child import serve\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module that only `sys.path` leads to, and returns its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(text: str) -> str:
        (tmp_path / "work.py").write_text(SERVE + text)
        return "work"

    return write


def error_of(module: str) -> str:
    with pytest.raises(TaskError) as caught:
        in_child(module, {}, "train")
    return str(caught.value)


def test_an_answer_is_what_the_work_returned_and_prints_go_to_the_log(
    module: Callable[[str], str], capfd: pytest.CaptureFixture[str]
) -> None:
    name = module(
        "import math, os\n"
        "def work(job):\n"
        "    print('printed'); os.system('echo by a shell')\n"
        "    return {'double': [2 * x for x in job['values']], 'nan': math.nan, 'text': job['text']}\n"
        "serve(work)"
    )
    found = in_child(name, {"values": list(range(50_000)), "text": "Größe"}, "train")
    assert found["double"] == list(range(0, 100_000, 2))
    assert math.isnan(found["nan"])
    assert found["text"] == "Größe"
    shown = capfd.readouterr()
    assert shown.out == ""
    assert sorted(shown.err.splitlines()) == ["by a shell", "printed"]


def test_an_error_comes_back_with_the_last_lines(
    module: Callable[[str], str], capfd: pytest.CaptureFixture[str]
) -> None:
    message = error_of(
        module(
            "def work(job):\n"
            "    for line in range(100): print('line', line)\n"
            "    raise MemoryError('no more')\n"
            "serve(work)"
        )
    )
    first, second, *lines = message.splitlines()
    assert first == "train: MemoryError: no more"
    assert second == "Its last lines:"
    assert len(lines) == 15
    assert "line 99" in message
    assert lines[-1] == "  MemoryError: no more"
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import os, signal\nserve(lambda job: os.kill(os.getpid(), signal.SIGKILL))",
            "train: its process was ended by SIGKILL, as the system does where memory runs out",
        ),
        (
            "import ctypes\nserve(lambda job: ctypes.string_at(0))",
            "train: its process was ended by SIGSEGV",
        ),
        (
            "import sys\nserve(lambda job: sys.exit(3))",
            "train: its process ended with exit code 3 and no result",
        ),
        (
            "import os\nserve(lambda job: os._exit(0))",
            "train: its process ended with exit code 0 and no result",
        ),
        ("import unheard_of", "train: its process ended with exit code 1 and no result\nIts last lines:\n"),
    ],
)
def test_an_end_without_an_answer_is_told(module: Callable[[str], str], text: str, message: str) -> None:
    found = error_of(module(text))
    assert found == message or (message.endswith("\n") and found.startswith(message))


def test_signals_without_a_name_have_a_number() -> None:
    assert how_it_ended(-40) == "its process was ended by signal 40"


def gone(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return "State:\tZ" in status


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_ends_when_its_parent_is_killed(module: Callable[[str], str], tmp_path: Path) -> None:
    note = tmp_path / "pid"
    module(
        "import os, pathlib, time\n"
        "def work(job):\n"
        f"    pathlib.Path({str(note) + '.part'!r}).write_text(str(os.getpid()))\n"
        f"    os.rename({str(note) + '.part'!r}, {str(note)!r})\n"
        "    time.sleep(60)\n"
        "serve(work)"
    )
    code = "from unetgen.sweep.tasks.child import in_child\nin_child('work', {}, 'train')"
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not note.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    pid = int(note.read_text())
    assert not gone(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert gone(pid)
