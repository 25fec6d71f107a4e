"""What the pages show: commands print what stands below them, Python runs, links lead somewhere."""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs import howto_files
from unetgen.cli import COMMANDS, main
from unetgen.config.yaml.scalars import Ambiguity, read_scalar

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIALS = ROOT / "docs/tutorials"  # tests/docs/test_tutorials.py runs these, with their data
SHOWN = [
    page for page in PAGES if "$ unetgen" in page.read_text(encoding="utf-8") and page.parent != TUTORIALS
]
DOCTEST = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    language: str
    note: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for language, note, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        yield Block(language, note.strip(), text)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block with the output shown below it."""
    for part in block.text.split("\n$ ") if block.text.startswith("$ ") else ():
        command, _, output = part.removeprefix("$ ").partition("\n")
        yield command, output


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    if page.parent.name == "howto" or page.stem == "README":
        howto_files.place(page.stem, tmp_path)
    for block in blocks(page):
        first = block.text.partition("\n")[0]
        if block.language == "yaml" and re.fullmatch(r"# [\w/]+\.yaml", first):
            file = tmp_path / first[2:]
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        if block.language == "json" and block.note:
            (tmp_path / block.note).write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        expected_code = int(block.note.removeprefix("exit=") or 0)
        for command, shown in commands(block):
            program, *arguments = shlex.split(command, comments=True)
            assert program == "unetgen"
            code = main(arguments)
            out, err = capsys.readouterr()
            assert code == expected_code, err
            said = (out if code == 0 else out + err).strip()
            assert doctest.OutputChecker().check_output(shown.strip() + "\n", said + "\n", DOCTEST), (
                f"{command}\nprints\n{said}\nand the page shows\n{shown}"
            )


def test_scalars_that_are_said_to_be_refused_are() -> None:
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    table = page[page.index("| written |") :].partition("\n\n")[0].splitlines()[2:]
    written = [text for row in table for text in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(written) > 5
    assert [text for text in written if not isinstance(read_scalar(text), Ambiguity)] == []


def test_a_kind_can_be_added_as_the_page_says(tmp_path: Path) -> None:
    """Its steps, taken in a copy of the package."""
    shutil.copytree(ROOT / "unetgen", tmp_path / "unetgen", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for block in blocks(ROOT / "docs/adding_a_kind.md"):
        if file := re.match(r"# (\S+\.py)\n", block.text):
            (tmp_path / file[1]).write_text(block.text, encoding="utf-8")
    union = tmp_path / "unetgen/parts/skips/__init__.py"
    text = union.read_text(encoding="utf-8")
    imports = "    from unetgen.parts.skips.compressed_concat import CompressedConcatSkip\n"
    text = text.replace("    from unetgen", f"{imports}    from unetgen", 1)
    text = text.replace("        ConcatSkip\n", "        CompressedConcatSkip\n        | ConcatSkip\n")
    row = '        "compressed_concat": "compressed_concat.CompressedConcatSkip",\n'
    union.write_text(text.replace('        "concat"', f'{row}        "concat"'), "utf-8")
    in_copy(tmp_path, "unetgen.config.schema.groups", "configs")

    shown = in_copy(tmp_path, "unetgen", "show", "quickstart2d", "skip=compressed_concat", "--levels")
    assert "16+8 → 16 → 16 ⇒ 2" in shown
    group_file = (tmp_path / "configs/skip/compressed_concat.yaml").read_text(encoding="utf-8")
    assert group_file.endswith("ratio: 0.5  # Share of the skip's channels that is left.\n")
    page = in_copy(tmp_path, "unetgen.config.schema.page")
    assert "skip `compressed_concat`" in page
    assert "skip: {kind: compressed_concat, ratio: 0.5}" in page
    assert "compressed_concat" in in_copy(tmp_path, "unetgen", "schema")


def in_copy(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"| `unetgen {name}" not in text] == []


def test_the_readme_s_python_runs() -> None:
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False, optionflags=DOCTEST)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        target, _, anchor = link.partition("#")
        if target.startswith("http"):
            continue
        file = page.parent / target if target else page
        assert file.exists(), link
        if anchor:
            assert anchor in anchors(file), link


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
