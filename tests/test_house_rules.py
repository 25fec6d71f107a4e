"""The house: files and functions that can be read in one go, a class name for one thing, plain English."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "unetgen").rglob("*.py"))
BESIDE = [file for room in ("hydra_plugins", "benchmarks") for file in sorted((ROOT / room).rglob("*.py"))]
CODE = [*PACKAGE, *BESIDE]
LONGEST_FILE, LONGEST_FUNCTION = 350, 50
OPS_AND_THEIR_LAYERS = {"AppendOnes", "BlurPool", "MergedConv", "PixelShuffle", "PixelUnshuffle"}
"""An op and the Keras layer that computes it have one name; neither can change: the one is in fingerprints,
the other in saved models."""
FAULTS = {
    "is no X": re.compile(
        r"(?<!\b[Tt]here )\b(is|are|was|were) no (?!longer\b|more\b|less\b|fewer\b|other\b)[a-z]"
    ),
    "is had": re.compile(r"\b(is|are|was) had\b"),
    "rather than to": re.compile(r"\brather than to\b"),
    "-ing is no": re.compile(r"\b\w+ing is no\b"),
}
"""Sentences that a reader stumbles over, in docstrings, comments and messages; `docs/test_english.py` has the
pages."""


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_no_file_is_too_long() -> None:
    lengths = {name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in CODE}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST_FILE} == {}


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{name(file)}: {function.name}": (function.end_lineno or function.lineno) - function.lineno + 1
        for file in CODE
        for function in functions(file)
    }
    assert {place: lines for place, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_a_public_class_name_is_used_once() -> None:
    homes = defaultdict(list)
    for file in PACKAGE:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(name(file))
    twice = {cls: files for cls, files in homes.items() if len(files) > 1}
    assert {cls: files for cls, files in twice.items() if cls not in OPS_AND_THEIR_LAYERS} == {}
    assert {cls for cls, files in twice.items() if len(files) == 2} == OPS_AND_THEIR_LAYERS


@pytest.mark.parametrize("fault", FAULTS)
def test_the_english_is_plain(fault: str) -> None:
    lines = [
        f"{name(file)}:{number}: {line.strip()}"
        for file in CODE
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if FAULTS[fault].search(line)
    ]
    assert lines == []
