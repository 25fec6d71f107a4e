"""The one protocol of a sweep's processes, with real kills: an answer or a reason, and nobody left behind."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.facts import text_in, wait_for, wait_until_gone
from unetgen.sweep import process
from unetgen.sweep.process import Ending, how_it_ended, run_in_child

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and forks are for POSIX systems")
HANGS = """
import os, pathlib, time
def work(request):
    forked = os.fork()
    note = pathlib.Path(request["note"])
    if forked:
        note.with_suffix(".part").write_text(f"{os.getpid()} {forked}")
        note.with_suffix(".part").rename(note)
    time.sleep(3600)
"""
"""A work that notes its process and the one that it forks, and never ends."""

Work = Callable[..., Ending]


@pytest.fixture
def run(tmp_path: Path) -> Work:
    """Runs the function `work` of a module with this text."""

    def of(text: str, request: dict[str, Any] | None = None, **more: Any) -> Ending:
        (tmp_path / "work.py").write_text(text)
        return run_in_child("work:work", request or {}, path=[str(tmp_path)], **more)

    return of


def test_the_result_comes_back_and_what_is_printed_goes_to_the_log(
    run: Work, capfd: pytest.CaptureFixture[str]
) -> None:
    ending = run(
        "import math, os\n"
        "def work(request):\n"
        "    print('printed'); os.system('echo by a shell')\n"
        "    double = [2 * x for x in request['values']]\n"
        "    return {'double': double, 'nan': math.nan, 'text': request['text']}\n",
        {"values": list(range(50_000)), "text": "Größe"},
    )
    assert (ending.how, ending.failure) == ("result", None)
    assert ending.result["double"] == list(range(0, 100_000, 2))
    assert math.isnan(ending.result["nan"])
    assert ending.result["text"] == "Größe"
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == ["printed", "by a shell"]
    assert ending.last_lines == ("printed", "by a shell")


def test_the_log_may_be_a_file(run: Work, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "log").open("ab", buffering=0) as log:
        run("def work(request): print('half a line', end='')\n", log=log)
        run("def work(request): print(' and the rest')\n", log=log)
    assert (tmp_path / "log").read_text() == "half a line and the rest\n"
    assert capfd.readouterr().err == ""


def test_what_the_work_raises_comes_back_with_the_last_lines(run: Work) -> None:
    ending = run(
        "def work(request):\n"
        "    for line in range(100): print('line', line)\n"
        "    raise MemoryError('no more\\nand more of it')\n"
    )
    assert ending.how == "exception"
    assert ending.failure is not None
    assert (ending.failure.kind, ending.failure.message) == ("MemoryError", "no more\nand more of it")
    assert ending.failure.traceback.startswith("Traceback (most recent call last):\n")
    assert len(ending.last_lines) == 15
    assert "line 99" in ending.last_lines
    assert "MemoryError: no more" in ending.last_lines


@pytest.mark.parametrize(
    ("text", "how", "kind", "message"),
    [
        ("import sys\ndef work(r): sys.exit(3)", "exception", "SystemExit", "the task called sys.exit(3)"),
        ("import unheard_of", "exception", "ModuleNotFoundError", "No module named 'unheard_of'"),
        ("def work(r): return object()", "exception", "TypeError", "Object of type object is not JSON"),
        (
            "def work(r): return '\\ud800'", "exception", "UnicodeEncodeError",
            "'utf-8' codec can't encode character",
        ),
        (
            "import os\ndef work(r): os._exit(3)", "exit", "ProcessEnded",
            "its process ended with exit code 3 and no result",
        ),
        (
            "import os\ndef work(r): os._exit(0)", "exit", "ProcessEnded",
            "its process ended with exit code 0 and no result",
        ),
        pytest.param(
            "import os, signal\ndef work(r): os.kill(os.getpid(), signal.SIGKILL)", "signal", "ProcessKilled",
            "its process was ended by SIGKILL, as the system does where memory runs out", marks=POSIX,
        ),
        pytest.param(
            "import ctypes\ndef work(r): ctypes.string_at(0)", "signal", "ProcessKilled",
            "its process was ended by SIGSEGV", marks=POSIX,
        ),
    ],
)  # fmt: skip
def test_an_end_without_a_result_is_told(run: Work, text: str, how: str, kind: str, message: str) -> None:
    ending = run(text)
    assert ending.failure is not None
    assert (ending.how, ending.failure.kind, ending.result) == (how, kind, None)
    assert ending.failure.message.startswith(message)


def test_signals_without_a_name_have_a_number() -> None:
    assert how_it_ended(-40) == "its process was ended by signal 40"


@POSIX
def test_a_kill_while_memory_ran_out_is_told_from_another(
    run: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = tmp_path / "vmstat"
    monkeypatch.setattr(process, "_OOM_KILLS", counts)
    kill = "import os, signal\ndef work(r):\n    {}\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    counts.write_text("nr_free_pages 7\noom_kill 3\n")
    assert run(kill.format("pass")).how == "signal"
    assert run(kill.format(f"open({str(counts)!r}, 'w').write('oom_kill 4')")).how == "memory"


@pytest.mark.parametrize(
    "garbage",
    [
        "os.write(1, b'\\xff\\x00 no JSON \\x1e{\\n'); os.write(2, bytes(range(256)))",
        "os.write(1, b'x' * 300_000)",
        "print('\\x1e{\"result\": 1}', flush=True)",
    ],
)
def test_garbage_on_both_outputs_is_for_the_log(run: Work, garbage: str) -> None:
    log = io.BytesIO()
    ending = run(f"import os\ndef work(request):\n    {garbage}\n    return 'fine'", log=log)
    assert (ending.how, ending.result) == ("result", "fine")
    assert log.getvalue()


def test_what_was_printed_before_the_protocol_began_is_no_answer(run: Work, tmp_path: Path) -> None:
    """As a `.pth` file or a `sitecustomize` that greets."""
    (tmp_path / "sitecustomize.py").write_text("print('welcome')\nprint('\\x1e{\"result\": 1}')\n")
    assert run("def work(request): return 'mine'").result == "mine"
    ending = run("import os\ndef work(request): os._exit(0)")
    assert ending.how == "exit"
    assert ending.last_lines[0] == "welcome"


def test_an_answer_that_was_cut_off_is_none(run: Work) -> None:
    """As by a kill half way: the child's own pipe, found by its mark, gets half a record."""
    ending = run(
        "import os, sys\n"
        "def work(request):\n"
        "    frame = sys._getframe(1)\n"
        "    sent, answers = frame.f_locals['sent'], frame.f_locals['answers']\n"
        "    os.write(answers, sent['mark'].encode() + b'{\"result\": 1, \"sec')\n"
        "    os._exit(0)\n"
    )
    assert (ending.how, ending.result) == ("exit", None)


@POSIX
def test_an_answer_counts_and_what_the_child_left_running_ends(run: Work, tmp_path: Path) -> None:
    """The fork holds the pipes of log and answer open: nobody waits for it."""
    ending = run(
        "import os, time\n"
        "def work(request):\n"
        "    forked = os.fork()\n"
        "    if not forked: time.sleep(3600)\n"
        "    return forked\n"
    )
    assert ending.how == "result"
    wait_until_gone([ending.result])


@POSIX
def test_over_its_time_a_child_is_ended_with_what_it_started(
    run: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time is up once the child has noted its processes, however long that took."""
    note, wait = tmp_path / "note", subprocess.Popen.wait

    def time_is_up(child: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if timeout is None:
            return wait(child)
        wait_for(note.exists, "the child's note")
        raise subprocess.TimeoutExpired("child", timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", time_is_up)
    ending = run(HANGS, {"note": str(note)}, timeout=2.5)
    assert ending.how == "time"
    assert ending.failure is not None
    assert ending.failure.line() == "TimeoutExpired: ran longer than 2.5 s and was stopped"
    wait_until_gone(map(int, note.read_text().split()))


def test_time_is_up_by_the_clock(run: Work) -> None:
    start = time.monotonic()
    ending = run("import time\ndef work(request): time.sleep(3600)", timeout=0.5)
    assert ending.how == "time"
    assert time.monotonic() - start >= 0.5


@POSIX
@pytest.mark.parametrize("signal_name", ["SIGKILL", "SIGTERM"])
def test_a_child_ends_with_all_it_started_when_its_parent_is_killed(tmp_path: Path, signal_name: str) -> None:
    import signal

    note = tmp_path / "note"
    (tmp_path / "work.py").write_text(HANGS)
    code = "from unetgen.sweep.process import run_in_child\n"
    code += f"run_in_child('work:work', {{'note': {str(note)!r}}}, path=[{str(tmp_path)!r}])"
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ})
    pids = [int(pid) for pid in wait_for(lambda: text_in(note), "the child's note").split()]
    assert len(pids) == 2
    parent.send_signal(getattr(signal, signal_name))
    parent.wait()
    wait_until_gone(pids)


@POSIX
def test_the_child_of_a_child_ends_too(tmp_path: Path) -> None:
    """As the measured step below a point's task: each follows the one above it."""
    import signal

    note = tmp_path / "note"
    (tmp_path / "work.py").write_text(HANGS)
    (tmp_path / "outer.py").write_text(
        "from unetgen.sweep.process import run_in_child\n"
        "def work(request): run_in_child('work:work', request)\n"
    )
    code = "from unetgen.sweep.process import run_in_child\n"
    code += f"run_in_child('outer:work', {{'note': {str(note)!r}}}, path=[{str(tmp_path)!r}])"
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ})
    pids = [int(pid) for pid in wait_for(lambda: text_in(note), "the note").split()]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until_gone(pids)


def test_the_work_reads_nothing_from_standard_input(run: Work) -> None:
    assert run("import sys\ndef work(request): return sys.stdin.read()", {"a": 1}).result == ""
