from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, unetgen
from unetgen.cli import COMMANDS, main

__all__ = ["unetgen"]
SLOW = {"keras", "tensorflow", "numpy", "hydra", "omegaconf", "h5py"}


def process(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unetgen", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


# --- usage ---


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example_of_it(command: str, unetgen: Unetgen) -> None:
    outcome = unetgen(command, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert "examples:" in outcome.out
    assert f"\n  unetgen {command}" in outcome.out


def test_the_help_names_every_command(unetgen: Unetgen) -> None:
    outcome = unetgen("--help")
    assert outcome.code == 0
    assert all(f"    {command} " in outcome.out for command in COMMANDS)


def test_a_command_imports_no_other() -> None:
    code = "import sys; from unetgen.cli import main; main(['schema']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = {name for name in done.stderr.split() if name.startswith("unetgen.commands.")}
    shared = {"unetgen.commands.arguments", "unetgen.commands.parser"}
    assert names - shared == {"unetgen.commands.schema"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["draw"], "invalid choice: 'draw'"),
        (["show", "--levels"], "the following arguments are required: CONFIG\n"),
        (["validate"], "the following arguments are required: CONFIG"),
        (["diff", "unet3d_depth2"], "the following arguments are required: B"),
        (["show", "unet3d_depth2", "--jsn"], "unrecognized arguments: --jsn"),
        (["show", "unet3d_depth2", "--js"], "unrecognized arguments: --js"),
        (["list", "unet3d_depth2"], "unrecognized arguments: unet3d_depth2"),
        (["schema", "depth=4"], "unrecognized arguments: depth=4"),
        (["show", "unet3d_depth2", "--batch", "0"], "must be a positive whole number (got '0')"),
        (["show", "unet3d_depth2", "--batch", "two"], "must be a positive whole number (got 'two')"),
        (["build", "unet3d_depth2"], "the following arguments are required: --out\n"),
        (["build"], "the following arguments are required: CONFIG, --out\n"),
    ],
)
def test_wrong_usage_is_told_on_stderr_with_2(arguments: list[str], said: str, unetgen: Unetgen) -> None:
    outcome = unetgen(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_only_overrides_and_no_config(unetgen: Unetgen) -> None:
    outcome = unetgen("validate", "depth=4")
    assert outcome.code == 2
    assert outcome.err == "no CONFIG given, only overrides; name a file or a bundled config first\n"


@pytest.mark.parametrize(
    ("arguments", "code"), [("show quickstart2d", 0), ("--help", 0), ("show nothing", 2), ("shw", 2)]
)
@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-", "2>&1 | true"])
def test_a_stream_that_is_closed_or_not_read_changes_no_exit_code(
    arguments: str, code: int, closed: str
) -> None:
    command = f"set -o pipefail; {sys.executable} -m unetgen {arguments} {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", ["--help", "show --help", "--version", "show quickstart2d"])
def test_no_room_for_what_is_printed_is_told(arguments: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "unetgen", *arguments.split()],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "cannot write the output: No space left on device\n")


# --- overrides and options in any order ---


@pytest.mark.parametrize(
    "arguments",
    [
        "{} depth=4 up=transposed --json",
        "{} --json depth=4 up=transposed",
        "--json {} depth=4 up=transposed",
        "{} depth=4 --json up=transposed",
        "--batch 2 {} depth=4 --json up=transposed",
    ],
)
def test_overrides_and_options_mix(arguments: str, unetgen: Unetgen) -> None:
    outcome = unetgen("show", *arguments.format("quickstart2d").split())
    described = json.loads(outcome.out)
    plain = json.loads(unetgen("show", "quickstart2d", "depth=4", "up=transposed", "--json").out)
    assert (outcome.code, outcome.err) == (0, "")
    assert described["digest"] == plain["digest"]


# --- the outside world ---


def test_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    done = process("validate", "a.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a.yaml: valid, 29,626 parameters\n"
    done = process("validate", "a.yaml", "depth=1", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "override 'depth=1': depth: must be at least 2 (got 1)\n"


@pytest.mark.parametrize(
    "arguments", ["show unet3d_depth2", "validate unet3d_depth2", "list", "diff {0} {0}"]
)
def test_a_fresh_interpreter_imports_no_slow_package(arguments: str) -> None:
    code = (
        "import sys; from unetgen.cli import main; code = main(sys.argv[1:]);"
        f"print(code, sorted({SLOW!r} & set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *arguments.format("unet3d_depth2").split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "0 []\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m unetgen show unet2d_2015 | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    command = f"{sys.executable} -m unetgen show unet2d_2015 > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "cannot write the output: No space left on device\n")


@pytest.mark.parametrize("command", ["show unet3d_depth2", "diff unet3d_depth2 quickstart2d", "list"])
def test_a_terminal_without_unicode_gets_ascii(command: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = process(*command.split(), env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "---" in done.stdout


def test_a_name_that_is_no_unicode(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.yaml")).write_text(GOOD + "name: unet\n")
    done = process("validate", os.fsdecode(b"\xff.yaml"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "valid" in done.stdout


def test_an_interruption_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("unetgen.config.loader.load_design", interrupt)
    assert main(["show", "unet3d_depth2"]) == 130
    assert capsys.readouterr().err == "interrupted\n"
