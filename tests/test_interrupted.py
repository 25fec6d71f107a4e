"""Ctrl-C at any moment after the first line: exit code 130, one line, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiers import thorough

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="for POSIX systems")

AT_AN_IMPORT = """
import os, signal, sys
from unetgen.__main__ import main
sys.argv = ["unetgen", *sys.argv[2:]]
left = [int(os.environ["AT"])]
def count(event, arguments):
    if event == "import":
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(count)
sys.exit(main())
"""
SHOW = ("show", "quickstart2d", "depth=3")


def interrupted(at: int, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", AT_AN_IMPORT, "-", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "AT": str(at)},
        check=False,
    )


@pytest.mark.parametrize("at", [1, 2, 3, 5, 8, 20, 60, 150, 300])
def test_ctrl_c_at_an_import_ends_a_command(at: int, tmp_path: Path) -> None:
    done = interrupted(at, *SHOW, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


@thorough
@pytest.mark.parametrize("at", [400, 700, 1000, 1500, 2000, 2500, 3000, 3500])
def test_ctrl_c_while_tensorflow_is_imported_leaves_nothing(at: int, tmp_path: Path) -> None:
    build = ("build", "quickstart2d", "depth=2", "base_filters=4", "input.shape=[16,16]", "--out", "b")
    done = interrupted(at, *build, cwd=tmp_path)
    assert done.returncode == 130
    assert done.stderr.endswith("interrupted\n")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start", [["-m", "unetgen"], ["-c", "from unetgen.__main__ import main; main()"]])
def test_both_ways_of_starting_answer_ctrl_c_before_anything_slow_is_imported(start: list[str]) -> None:
    """The first module that is imported after the handler stands is that of the command line."""
    hook = (
        "import os, signal, sys\n"
        "def count(event, arguments):\n"
        "    if event == 'import' and arguments[0] == 'unetgen.cli':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.addaudithook(count)\n"
    )
    code = hook + (
        "import runpy; sys.argv = ['unetgen', 'list']; runpy.run_module('unetgen', run_name='__main__')"
        if start[0] == "-m"
        else start[1]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_before_that_only_a_millisecond_of_modules_is_imported() -> None:
    code = "import sys; before = set(sys.modules); import unetgen.__main__; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    names = set(done.stdout.split())
    ours = {name for name in names if name.startswith("unetgen")}
    assert ours == {
        "unetgen", "unetgen.__main__", "unetgen.model", "unetgen.model.registration", "unetgen.plan",
    }  # fmt: skip
    assert not names & {
        "typing",
        "re",
        "dataclasses",
        "inspect",
        "argparse",
        "pathlib",
        "pydantic",
        "contextlib",
    }


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    code = (
        "import signal, sys, os; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "from unetgen.__main__ import main;"
        "sys.argv = ['unetgen', 'schema']; os.kill(os.getpid(), signal.SIGINT); code = main();"
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_dropped_interruption_comes_again() -> None:
    """Python drops what is raised in a callback of a weak reference, and only says so."""
    code = """
import signal, sys, time, weakref
import unetgen.cli as cli
class Thing: pass
def run(_):
    thing = Thing()
    reference = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
    del thing
    time.sleep(60)
    return 0
cli.parse = lambda *_: __import__("argparse").Namespace(run=run, computes=False)
sys.exit(cli.main([]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=50
    )
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_an_interruption_that_an_import_turns_into_an_error_of_its_own_is_one() -> None:
    """TensorFlow and modules in C do so."""
    code = """
import argparse, signal, sys
import unetgen.cli as cli
def run(_):
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None
cli.parse = lambda *_: argparse.Namespace(run=run, computes=False)
sys.exit(cli.main([]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_handlers_are_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    from unetgen.cli import main

    before = signal.getsignal(signal.SIGINT), sys.unraisablehook
    assert main(["show", "nowhere"]) == 2
    assert (signal.getsignal(signal.SIGINT), sys.unraisablehook) == before
