"""Every file of the corpus is refused with exactly its lines of its theme's ``expected.txt``.

A message begins with the file's name, so that the files and what is said of them stand side by side. After
a change of words, look at what ``unetgen validate`` now prints in the theme's folder and edit the table.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, refused

CORPUS = Path(__file__).with_name("corpus")
FILES = sorted(CORPUS.rglob("*.yaml"))


def expected(file: Path) -> list[str]:
    lines = (file.parent / "expected.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith(f"{file.name}:")]


def named(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def test_the_corpus_is_large_and_every_expectation_has_its_file() -> None:
    assert len(FILES) >= 250
    for table in sorted(CORPUS.rglob("expected.txt")):
        lines = table.read_text(encoding="utf-8").splitlines()
        names = [file.name for file in sorted(table.parent.glob("*.yaml"))]
        assert list(dict.fromkeys(line.split(":")[0] for line in lines)) == names


@pytest.mark.parametrize("file", FILES, ids=named)
def test_validate_refuses(file: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    shutil.copy(file, tmp_path)
    refused(unetgen("validate", file.name), *expected(file))
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("file", FILES[::9], ids=named)
@pytest.mark.parametrize(
    "command",
    [
        "show {}",
        "show {} --json",
        "show {} --batch 2",
        "build {} --out out",
        "diff {} good.yaml",
        "diff good.yaml {}",
        "diff good.yaml {} --json",
    ],
)
def test_other_commands_refuse_the_same(command: str, file: Path, tmp_path: Path, unetgen: Unetgen) -> None:
    shutil.copy(file, tmp_path)
    (tmp_path / "good.yaml").write_text(GOOD)
    refused(unetgen(*command.format(file.name).split()), *expected(file))
    assert {path.name for path in tmp_path.iterdir()} == {file.name, "good.yaml"}


@pytest.mark.parametrize("name", ["yaml/tag_python", "yaml/empty", "compile/several_at_once", "sizes/1d_odd"])
def test_a_process_of_its_own_refuses_the_same(name: str) -> None:
    file = CORPUS / f"{name}.yaml"
    command = [sys.executable, "-m", "unetgen", "validate", file.name]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (2, "", expected(file))


def test_no_message_holds_a_place_of_this_machine() -> None:
    for table in CORPUS.rglob("expected.txt"):
        text = table.read_text(encoding="utf-8")
        assert not any(part in text for part in (str(Path.cwd()), str(CORPUS), "Traceback", "pydantic"))


def test_every_message_has_place_path_and_advice() -> None:
    """Whole files that cannot be read have no place; all else has line and column, and mostly a hint."""
    for line in (line for file in FILES for line in expected(file)):
        _, line_number, *_ = line.split(":")
        whole_file = any(words in line for words in ("is empty", "only comments"))
        assert whole_file or line_number.isdigit(), line
        assert "\t" not in line and len(line) < 420
