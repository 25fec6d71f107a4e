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


RAW = {
    "unetgen/__init__.py", "unetgen/config/application", "unetgen/config/composing", "unetgen/config/schema",
    "unetgen/config/loader.py", "unetgen/config/lookup.py", "unetgen/config/model.py",
    "unetgen/config/later.py",
    "unetgen/config/renamed.py", "unetgen/config/resolved.py", "unetgen/config/source.py",
    "unetgen/importing/json_file.py", "unetgen/importing/nnunet_config.py", "unetgen/importing/yaml_text.py",
    "unetgen/model/lock.py", "unetgen/parts/choice.py", "unetgen/reading.py",
    "unetgen/measuring", "unetgen/runs/schema.py", "unetgen/sweep",
}  # fmt: skip
"""Where YAML, JSON and Hydra's nodes come in or go out: files, and folders with all that is in them."""
AS_DATA = {"as_dict", "as_json", "get_config", "from_config"}
"""Methods that make JSON, or that Keras calls with it, in any file."""
UNTYPED = {
    "unetgen/emit/keras/construction.py: construct": "Keras has no types",
    "unetgen/parts/options.py: call": "options of Keras's objects, as the table of names checks them",
    "unetgen/parts/options.py: dump": "plain data",
    "unetgen/parts/options.py: get": "options of Keras's objects, as the table of names checks them",
}


def public(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """Public functions, and public methods of public classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from public(child)
        elif isinstance(child, ast.FunctionDef) and not child.name.startswith("_"):
            yield child


def is_open(function: ast.FunctionDef) -> bool:
    """Whether `Any` stands in the signature."""
    given = function.args
    arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    types = [argument.annotation for argument in arguments if argument] + [function.returns]
    names = (name for kind in types if kind for name in ast.walk(kind))
    return any(isinstance(name, ast.Name) and name.id == "Any" for name in names)


def test_any_is_for_raw_data() -> None:
    places = {
        f"{name(file)}: {function.name}"
        for file in PACKAGE
        if not any(Path(name(file)).is_relative_to(place) for place in RAW)
        for function in public(parsed(file))
        if function.name not in AS_DATA and is_open(function)
    }
    assert places == set(UNTYPED)
