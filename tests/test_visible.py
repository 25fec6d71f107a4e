from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest

from tests.hostile.conftest import Unetgen, unetgen
from unetgen.visible import visible

__all__ = ["unetgen"]
PACKAGE = Path(__file__).parents[1] / "unetgen"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m\u202egnp.exe\r\x08\u2028"


@pytest.mark.parametrize("text", ["depth: 3", "a\nb", "é × 漢字 → ─", "1\u00a0000", ""])
def test_what_a_terminal_shows_stays(text: str) -> None:
    assert visible(text) == text


def test_every_control_and_format_character_is_written_out() -> None:
    every = "".join(chr(code) for code in range(0x3000) if not 0xD800 <= code < 0xE000)
    shown = visible(every)
    kinds = {unicodedata.category(char) for char in shown if char != "\n"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not set(shown) & set(BIDI)
    assert visible(BIDI) == "".join(repr(char)[1:-1] for char in BIDI)
    assert visible("\udcff") == r"\udcff"


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate", f"{EVIL}.yaml"),
        ("show", "quickstart2d", f"name={EVIL}"),
        ("show", "quickstart2d", f"--{EVIL}"),
        ("show", "quickstart2d", "--batch", EVIL),
        ("build", "quickstart2d", EVIL, "--out", "b"),
        ("check", f"{EVIL}.json"),
        ("optimize", f"{EVIL}.keras", "--out", "a.keras"),
        ("export", "a.keras", "--out", EVIL),
        ("diagram", "quickstart2d", "--out", f"{EVIL}.pdg"),
        ("collect", EVIL),
        ("sweep", "quickstart2d", "--task", EVIL, "--out", "s"),
        ("import", "nnunet", EVIL, "--configuration", "2d"),
        ("data", EVIL),
        ("suggest", EVIL, "--memory", "8GiB"),
        ("train", f"{EVIL}.yaml", "--out", "r"),
        ("transfer", f"{EVIL}.keras", "quickstart2d", "--out", "t.keras"),
        ("predict", f"{EVIL}.keras", EVIL, "--out", "p"),
        ("evaluate", "--predictions", EVIL, "--masks", EVIL),
        (EVIL,),
    ],
    ids=lambda arguments: arguments[0] if arguments[0].isprintable() else "command",
)
def test_what_was_given_reaches_no_terminal_as_it_is(arguments: tuple[str, ...], unetgen: Unetgen) -> None:
    outcome = unetgen(*arguments)
    assert outcome.code == 2
    assert all(char == "\n" or char.isprintable() for char in outcome.err + outcome.out)
    assert "Traceback" not in outcome.err


def test_only_the_functions_that_write_out_print() -> None:
    """`print` and the streams are for the homes of printing; logs and JSON are not for terminals."""
    allowed = {
        "cli.py", "commands/arguments.py", "commands/noise.py", "commands/parser.py", "config/schema/page.py",
        "sweep/process.py", "predicting/progress.py", "sweep/running/point_task.py",
        "sweep/running/progress.py", "sweep/tasks/train.py",
    }  # fmt: skip
    of_our_words_alone = {"commands/completion.py", "commands/pages.py", "config/standard_input.py"}
    asking = {"commands/init.py"}  # its prompts and greeting pass `visible`
    printing = {
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "print")
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout.write", "sys.stderr.write"})
    }
    assert printing <= allowed | of_our_words_alone | asking
