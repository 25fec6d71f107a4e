"""On a terminal, commands print their own lines only; what TensorFlow said is shown where a library fails."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.parity.originals import read
from tests.terminal import on_a_terminal
from tests.tiers import thorough

FIXTURES = Path(__file__).parents[1] / "parity/fixtures"
SMALL = ("quickstart2d", "depth=2", "base_filters=4", "input.shape=[16,16]")
STARTS = """
import os, sys
from unetgen.commands.noise import kept_back
with kept_back() as noise:
    os.write(2, b"a library\\n")
    print("ours", file=sys.stderr)
    noise.is_wanted = {wanted}
    {then}
print("after", file=sys.stderr)
"""


def printed(*arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, list[str]]:
    """Exit code and lines of a Python process on a terminal, without colour."""
    code, shown = on_a_terminal(*arguments, cwd=cwd, NO_COLOR="1", **environment)
    return code, shown.splitlines()


@pytest.mark.parametrize(
    ("wanted", "then", "lines"),
    [
        (False, "", ["ours", "after"]),
        (True, "", ["ours", "a library", "after"]),
        (False, "os.kill(os.getpid(), 9)", ["ours", "a library"]),
        (False, "os.abort()", ["ours", "a library"]),
    ],
)
def test_what_libraries_write_is_shown_where_it_is_wanted_or_the_process_dies(
    wanted: bool, then: str, lines: list[str]
) -> None:
    assert printed("-c", STARTS.format(wanted=wanted, then=then))[1] == lines


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        ("0", ["a library", "ours", "after"]),
        ("2", ["a library", "ours", "after"]),
        ("3", ["ours", "after"]),
    ],
)
def test_who_sets_the_log_level_has_said_what_to_see(level: str, lines: list[str]) -> None:
    code = STARTS.format(wanted=False, then="")
    assert printed("-c", code, TF_CPP_MIN_LOG_LEVEL=level)[1] == lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a network was built into `b`, and nothing was printed."""
    made = tmp_path_factory.mktemp("built")
    assert printed("-m", "unetgen", "build", *SMALL, "--out", "b", "-q", cwd=made) == (0, [])
    return made


def test_commands_print_their_own_lines_only(folder: Path) -> None:
    lock = "b/unetgen.lock.json"
    assert printed("-m", "unetgen", "check", lock, cwd=folder) == (0, [f"{lock}: reproduces"])


@thorough
@pytest.mark.parametrize(
    "command",
    [
        "optimize b/model.keras --out fast.keras -q",
        "export b/model.keras --out m.tflite -q",
        "export b/model.keras --out saved --format saved_model -q",
        "export b/model.keras --out m.onnx -q",
    ],
)
def test_so_do_those_that_rewrite_and_export(command: str, folder: Path) -> None:
    if "onnx" in command and not importlib.util.find_spec("onnx"):
        pytest.skip("onnx is not installed (the extra unetgen[onnx])")
    assert printed("-m", "unetgen", *command.split(), cwd=folder) == (0, [])


@thorough
def test_so_does_an_import_of_weights(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (the extra unetgen[torch])")
    tensors = {name: torch.tensor(array) for name, array in read("monai_basic_unet_2d").tensors.items()}
    torch.save(tensors, tmp_path / "c.pt")
    config = FIXTURES / "monai_basic_unet_2d.yaml"
    # MONAI, which its check would ask, has words of its own.
    told = ("--from", "monai", "--config", str(config), "--out", "m.keras", "--unchecked")
    code, lines = printed("-m", "unetgen", "import", "weights", "c.pt", *told, cwd=tmp_path)
    assert (code, len(lines)) == (0, 2), lines
    assert lines[0].startswith("m.keras: ")


def test_a_sweep_prints_no_line_of_tensorflow(tmp_path: Path) -> None:
    arguments = ("sweep", *SMALL, "seed=1,2", "--task", "build", "--out", "s")
    code, lines = printed("-m", "unetgen", *arguments, cwd=tmp_path)
    assert code == 0
    assert not [line for line in lines if "0000 00:00" in line or "absl" in line]


def test_a_command_that_fails_in_a_library_shows_them(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "b/config.resolved.yaml", tmp_path)
    (tmp_path / "no.keras").write_bytes(b"no model")
    code, lines = printed("-m", "unetgen", "export", "no.keras", "--out", "m.tflite", cwd=tmp_path)
    assert code == 2
    assert any("cannot be read as a Keras model" in line for line in lines)
    assert any("oneDNN" in line for line in lines)


def test_what_is_wrong_with_an_input_is_told_alone(folder: Path) -> None:
    np.save(folder / "a.npy", np.zeros((16, 16, 8), "float32"))
    code, lines = printed("-m", "unetgen", "predict", "b/model.keras", "a.npy", "--out", "p", cwd=folder)
    assert (code, lines[0]) == (2, "a.npy: has 8 channels, and the network takes 1")
    assert not any("oneDNN" in line for line in lines)


def test_importing_the_package_leaves_the_process_as_it_is() -> None:
    code = """
import os, signal, sys, warnings
def state():
    return (dict(os.environ), signal.getsignal(signal.SIGINT), sys.stderr, sys.stdout, sys.excepthook,
            sys.unraisablehook, list(warnings.filters), warnings.showwarning, os.fstat(2).st_ino,
            sys.getrecursionlimit(), sys.get_int_max_str_digits(), sorted(os.listdir("/proc/self/fd")))
before = state()
import unetgen
unetgen.plan(unetgen.load("quickstart2d"))
assert state() == before
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
