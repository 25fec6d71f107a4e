"""The tutorials, each from its first file to its last command, in a folder of its own."""

from __future__ import annotations

import doctest
import json
import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.docs.test_english import FAULTS
from tests.docs.test_examples import DOCTEST, ROOT, blocks, commands
from tests.parity.originals import read
from tests.tiers import sampled
from tests.weights import written
from unetgen.cli import main

FOLDER = ROOT / "docs/tutorials"
PAGES = sorted(FOLDER.glob("*.md"))
FIRST = [page for page in PAGES if page.stem not in ("deployment", "pretrained_encoder", "sweep")]
FILE = re.compile(r"# (\w+\.(?:py|yaml))\n")


def write_files(page: Path, folder: Path) -> list[str]:
    """The files that a page shows, written to `folder`; their names."""
    names = []
    for block in blocks(page):
        name = FILE.match(block.text)
        if block.language in ("python", "yaml"):
            assert name, f"a file without its name in the first line:\n{block.text}"
            (folder / name[1]).write_text(block.text, encoding="utf-8")
            names.append(name[1])
        elif block.language == "json":
            (folder / block.note).write_text(block.text, encoding="utf-8")
            names.append(block.note)
        else:
            assert block.language == "console", f"what no test runs: {block.language}"
    return names


def run_page(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Run every command in turn; each has to print what stands under it."""
    for block in blocks(page):
        if block.language != "console":
            continue
        expected_code = int(block.note.removeprefix("exit=") or 0)
        for command, shown in commands(block):
            code = run_command(shlex.split(command, comments=True))
            out, err = capsys.readouterr()
            assert code == expected_code, f"{command}\n{out}\n{err}"
            said = (out if code == 0 else out + err).strip()
            assert doctest.OutputChecker().check_output(shown.strip() + "\n", said + "\n", DOCTEST), (
                f"{command}\nprints\n{said}\nand the page shows\n{shown}"
            )


def run_command(words: list[str]) -> int:
    program, *arguments = words
    if program == "python":
        (script,) = arguments
        runpy.run_path(script, run_name="__main__")
        return 0
    assert program == "unetgen"
    return main(arguments)


def nnunet_checkpoint(folder: Path) -> None:
    """The network of the page's plans with random weights, as nnU-Net keeps a trained one."""
    beside: dict[str, Any] = {
        "plans": json.loads((folder / "nnUNetPlans.json").read_text(encoding="utf-8")),
        "dataset_json": json.loads((folder / "dataset.json").read_text(encoding="utf-8")),
        "configuration": "2d",
    }
    tensors = read("nnunet_plain_2d").tensors
    written.archive(tensors, folder / "checkpoint_final.pth", init_args=beside, current_epoch=1000)


@pytest.mark.parametrize("page", sampled(PAGES, FIRST), ids=lambda page: page.stem)
def test_a_tutorial_runs_from_start_to_end(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    if "from [2D microscopy](microscopy_2d.md)" in page.read_text(encoding="utf-8"):
        write_files(FOLDER / "microscopy_2d.md", tmp_path)
    names = write_files(page, tmp_path)
    if page.stem == "from_nnunet":
        nnunet_checkpoint(tmp_path)
    run_page(page, capsys)
    text = page.read_text(encoding="utf-8")
    assert [name for name in names if text.count(name) < 2] == [], "a file that no command takes"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_is_short_and_in_the_usual_order_of_words(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert FAULTS.findall(text) == []
    assert len(text.split()) < 1000
