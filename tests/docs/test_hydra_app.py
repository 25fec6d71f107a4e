"""The example application and its page: a copy of it, run for real, prints what the page shows."""

from __future__ import annotations

import ast
import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.test_examples import DOCTEST, ROOT, Block, blocks, commands

PAGE = ROOT / "docs/hydra_app.md"
APP = ROOT / "docs/hydra_app"
SHOWN = [
    (*shown, block) for block in blocks(PAGE) for shown in commands(block) if block.language == "console"
]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy of the application, with the files that the page adds."""
    copy = tmp_path / "app"
    shutil.copytree(APP, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks(PAGE):
        if block.language == "yaml" and (file := re.match(r"# (conf/\w+\.yaml)\n", block.text)):
            (copy / file[1]).write_text(block.text, encoding="utf-8")
    return copy


def run(app: Path, command: str) -> tuple[int, str]:
    program, *arguments = shlex.split(command)
    assert program == "python"
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=app,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(("command", "shown", "block"), SHOWN, ids=[command for command, *_ in SHOWN])
def test_commands_print_what_the_page_shows(app: Path, command: str, shown: str, block: Block) -> None:
    code, said = run(app, command)
    assert code == int(block.note.removeprefix("exit=") or 0), said
    assert doctest.OutputChecker().check_output(shown.strip() + "\n", said.strip() + "\n", DOCTEST), said
    if "-m" in shlex.split(command):
        assert depths(app) == {"0": 2, "1": 3}


def depths(app: Path) -> dict[str, int]:
    """The depth in the config that each job of a sweep kept."""
    files = sorted(app.glob("multirun/*/*/*/.hydra/config.yaml"))
    configs = {file.parts[-3]: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    return {job: config["unetgen"]["model"]["depth"] for job, config in configs.items()}


def test_the_page_shows_the_application_s_own_lines() -> None:
    page, source = PAGE.read_text(encoding="utf-8"), (APP / "train.py").read_text(encoding="utf-8")
    shown = [line.strip() for line in re.findall(r"^    (.+)$", page.partition("```")[0], re.MULTILINE)]
    assert len(shown) == 4
    assert [line for line in shown if line not in source] == []
    assert len(source.splitlines()) <= 30
    assert ast.get_docstring(ast.parse(source))
    (first, *_) = [block for block in blocks(PAGE) if block.language == "yaml"]
    config = yaml.safe_load((APP / "conf/config.yaml").read_text(encoding="utf-8"))
    assert yaml.safe_load(first.text).items() <= config.items()
