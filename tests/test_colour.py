"""Colour reaches terminals alone, and the text is the same without it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, unetgen
from tests.terminal import on_a_terminal
from unetgen import colour

__all__ = ["unetgen"]

CODES = re.compile(r"\x1b\[\d*m")
GREEN_VALID = "\x1b[32mvalid\x1b[0m"


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("environment", "on_terminal", "in_pipe"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, False),
    ],
)
def test_where_colour_is_wanted(
    environment: dict[str, str], on_terminal: bool, in_pipe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (colour.is_wanted(Screen()), colour.is_wanted(io.StringIO())) == (on_terminal, in_pipe)


@pytest.mark.parametrize("term", ["xterm", "dumb", ""])
@pytest.mark.parametrize("name", ["NO_COLOR", "FORCE_COLOR"])
@pytest.mark.parametrize("value", [None, "", "1", "0"])
def test_rich_would_colour_the_same(
    term: str, name: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rich is what the progress of a sweep and of a training is written with."""
    from rich.console import Console

    monkeypatch.setenv("TERM", term)
    if value is not None:
        monkeypatch.setenv(name, value)
    for stream in (Screen(), io.StringIO()):
        console = Console(file=stream)
        coloured = console.color_system is not None and not console.no_color
        assert colour.is_wanted(stream) == coloured, stream.isatty()


TEXTS = [
    "",
    "name  n\n────  ─\na     1",
    "a.yaml: valid, 29,626 parameters",
    "a: b.yaml: valid, 1 parameters; any size",
    "a.yaml:7:12: filters.3: must be positive (got 0); hint",
    "note: a note\n  which goes on",
    "hint: do; this",
    "usage: unetgen show [-h]\n            CONFIG\nunetgen show: error: the following",
    "one; two; three\n\nfour",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("paint", [colour.of_result, colour.of_message])
def test_the_text_is_the_same_without_its_codes(text: str, paint: object) -> None:
    painted = paint(text)  # type: ignore[operator]
    assert CODES.sub("", painted) == text
    assert painted.count("\x1b[0m") * 2 == painted.count("\x1b[")


def test_what_is_coloured() -> None:
    assert colour.of_result("a.yaml: valid, 1 parameters") == f"a.yaml: {GREEN_VALID}, 1 parameters"
    assert colour.of_result("a.lock.json: reproduces") == "a.lock.json: \x1b[32mreproduces\x1b[0m"
    assert colour.of_result("a: does not reproduce") == "a: \x1b[31mdoes not reproduce\x1b[0m"
    assert colour.of_result("name\n────\nrow") == "\x1b[1mname\x1b[0m\n\x1b[2m────\x1b[0m\nrow"
    assert colour.of_message("note: x") == "\x1b[33mnote:\x1b[0m x"
    assert colour.of_message("a.yaml:1:2: bad; hint") == (
        "\x1b[1ma.yaml:1:2:\x1b[0m \x1b[31mbad\x1b[0m; hint"
    )


def in_a_pipe(arguments: list[str], folder: Path, **environment: str) -> str:
    command = [sys.executable, "-m", "unetgen", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.stdout


def test_a_terminal_and_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text("depth: 1\n")
    arguments = ["validate", "good.yaml", "bad.yaml"]
    piped = in_a_pipe(arguments, tmp_path)
    assert "\x1b" not in piped
    assert "good.yaml: valid, " in piped and "bad.yaml:1:8: depth: must be at least 2" in piped
    _, shown = on_a_terminal("-m", "unetgen", *arguments, cwd=tmp_path)
    assert GREEN_VALID in shown and "\x1b[31m" in shown
    _, plain = on_a_terminal("-m", "unetgen", *arguments, cwd=tmp_path, NO_COLOR="1")
    assert CODES.sub("", shown) == plain
    assert [line for line in piped.splitlines() if line not in plain.splitlines()] == []
    assert CODES.sub("", in_a_pipe(arguments, tmp_path, FORCE_COLOR="1")) == piped
    assert GREEN_VALID in in_a_pipe(arguments, tmp_path, FORCE_COLOR="1")


def test_json_stays_as_it_is_on_a_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in on_a_terminal("-m", "unetgen", "schema", cwd=tmp_path)[1]


@pytest.mark.parametrize(
    "arguments", ["export quickstart2d --format mermaid", "export quickstart2d --format card", "init -"]
)
def test_the_text_of_a_file_has_no_codes_that_would_be_in_it(arguments: str, unetgen: Unetgen) -> None:
    plain = unetgen(*arguments.split()).out
    with pytest.MonkeyPatch.context() as forced:
        forced.setenv("FORCE_COLOR", "1")
        forced.setenv("TERM", "xterm")
        assert "\x1b[" in unetgen("list").out
        assert unetgen(*arguments.split()).out == plain
