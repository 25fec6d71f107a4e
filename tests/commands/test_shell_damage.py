"""Hints where a shell has changed what was typed: the shells themselves do the damage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.shells import require
from tests.hostile.conftest import GOOD, Unetgen, unetgen
from unetgen.commands.shell_damage import hints

__all__ = ["unetgen"]
AS_JSON = "import json, sys; json.dump(sys.argv[1:], sys.stdout)"
BRACES = "a shell expands braces: put them in quotes: "
BLANKS = "a shell takes arguments apart at blanks: put it in quotes: "


def passed_by(shell: str, typed: str, folder: Path) -> list[str]:
    """The arguments that a program is given where `typed` stands behind its name."""
    import json

    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    command = f"{sys.executable} -c '{AS_JSON}' {typed}"
    done = subprocess.run(
        [require(shell), *options, "-c", command], cwd=folder, capture_output=True, text=True, check=True
    )
    arguments: list[str] = json.loads(done.stdout)
    return arguments


CASES = [
    ("bash zsh fish", "up={kind:transposed,size:2}", f"{BRACES}'up={{kind:transposed,size:2}}'"),
    ("bash", "up={kind:transposed,size:2} depth=3", f"{BRACES}'up={{kind:transposed,size:2}}'"),
    ("bash", "up={kind:transposed,size:[2,2]}", f"{BRACES}'up={{kind:transposed,size:[2,2]}}'"),
    ("bash", "compile.loss=[dice, huber]", f"{BLANKS}'compile.loss=[dice, huber]'"),
    ("bash", "norm={kind: group, groups: 4}", f"{BLANKS}'norm={{kind: group, groups: 4}}'"),
    ("fish", "norm={kind: group, groups: 4}", f"{BRACES}'norm={{kind: group,groups: 4}}'"),
    ("bash zsh fish", "depth = 4", "write it without blanks: depth=4"),
    ("bash zsh fish", "depth= 4", "write it without blanks: depth=4"),
    ("bash fish", "depth =4", "write it without blanks: depth=4"),
    ("bash zsh fish", "depth: 4", "an override has = in place of YAML's colon: depth=4"),
    ("bash zsh fish", "up.size:2", "an override has = in place of YAML's colon: up.size=2"),
    (
        "bash zsh",
        "base_filters=${depth}",
        "base_filters= has no value; if it had a $, put it in single quotes, such as 'base_filters=${NAME}'",
    ),
    (
        "bash zsh fish",
        "depth=$not_set_anywhere",
        "depth= has no value; if it had a $, put it in single quotes, such as 'depth=${NAME}'",
    ),
    (
        "bash zsh fish",
        "encoder.weights=~/w.h5",
        "the shell has put no folder in place of ~ in encoder.weights=~/w.h5: "
        "write encoder.weights=$HOME/w.h5",
    ),
    (
        "bash zsh fish",
        "—levels",
        "—levels begins with a dash of typesetting; options begin with two hyphens: --",
    ),
    (
        "bash zsh fish",
        "“depth=4”",
        "“depth=4” has quotes of typesetting, which no shell takes off; write plain ones: '",
    ),
    (
        "bash zsh fish",
        "\\'depth=4\\'",
        "the shell has left the quotes of 'depth=4': in the cmd of Windows, write \"depth=4\"",
    ),
    (
        "bash",
        "nothing*.yaml",
        "no file matches the pattern nothing*.yaml, and the shell has passed it on as it is",
    ),
    (
        "bash zsh",
        '"$not_set_anywhere"',
        "an argument is empty; does it come from a variable of the shell that is not set?",
    ),
]
"""The shells that change what is typed so that it passes; zsh refuses the others itself."""
EACH = [(shell, typed, hint) for shells, typed, hint in CASES for shell in shells.split()]


@pytest.mark.parametrize(
    ("shell", "typed", "hint"), EACH, ids=[f"{shell}:{typed}" for shell, typed, _ in EACH]
)
def test_damage_is_seen_and_told(shell: str, typed: str, hint: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    arguments = passed_by(shell, f"mine.yaml {typed}", tmp_path)
    if shell == "fish" and typed.startswith("depth=$"):
        assert arguments == ["mine.yaml"]  # fish leaves out the argument: nothing of it can be told
        return
    outcome = unetgen("show", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.splitlines()[-1] == f"hint: {hint}"
    assert outcome.err.count("hint: ") == 1
    assert not outcome.err.startswith("hint: ")  # the error itself comes first


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("input.shape=[64,64]", "no matches found: input.shape=[64,64]"),
        ("norm={kind: group, groups: 4}", "parse error"),
        ("~norm", "no such user or named directory: norm"),
        ("depth =4", "4 not found"),
    ],
)
def test_zsh_refuses_itself(typed: str, said: str, tmp_path: Path) -> None:
    """The page explains what it says; in quotes all of these pass."""
    command = [require("zsh"), "-f", "-c", f"echo {typed}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and said in done.stderr
    assert passed_by("zsh", f"'{typed}'", tmp_path) == [typed]


def test_brackets_pass_in_other_shells_and_under_noglob(tmp_path: Path) -> None:
    for shell in ("bash", "fish"):
        assert passed_by(shell, "input.shape=[64,64]", tmp_path) == ["input.shape=[64,64]"]
    typed = "alias unetgen='noglob echo'\nunetgen input.shape=[64,64]"
    done = subprocess.run(
        [require("zsh"), "-f", "-i"], input=typed, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "input.shape=[64,64]\n" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_an_exclamation_mark_is_of_the_history(shell: str, tmp_path: Path) -> None:
    command = [require(shell), {"bash": "--norc", "zsh": "-f"}[shell], "-i"]
    typed = "set -o history -H\necho source=Wow!\necho source=Wow!now\necho 'source=Wow!now'\n"
    done = subprocess.run(
        command,
        input=typed,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert "event not found" in done.stderr
    assert "source=Wow!now\n" in done.stdout


@pytest.mark.parametrize("command", ["", "show", "validate", "diagram", "train"])
def test_help_says_what_to_quote(command: str, unetgen: Unetgen) -> None:
    assert "single quotes, such as 'input.shape=[64,64]'" in unetgen(*command.split(), "--help").out


def test_help_of_commands_without_overrides_does_not(unetgen: Unetgen) -> None:
    assert "single quotes" not in unetgen("list", "--help").out


def test_commands_that_take_several_configs_are_told_too(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    arguments = passed_by("bash", "mine.yaml compile.loss=[dice, huber]", tmp_path)
    for command in ("validate", "diagram"):
        outcome = unetgen(command, *arguments)
        assert outcome.code == 2
        assert outcome.err.splitlines()[-1] == f"hint: {BLANKS}'compile.loss=[dice, huber]'"


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "a.yaml", "depth=4", "up={kind: transposed}", "order=[conv, norm]", "--batch", "2"],
        ["show", "a.yaml", "depth=3", "depth=4"],
        ["sweep", "a.yaml", "depth=2,3", "--task", "train:train", "--set", "lr=1,2", "--out", "a:b"],
        ["evaluate", "--labels", "1=a,2=b", "--predictions", "a[1]/x"],
        ["show", "a.yaml", "encoder.weights=/home/me/w.h5", "~norm", "+a=1", "norm@x=batch"],
        ["predict", "model.keras", "C:\\images\\a.png", "--out", "./out=1"],
        ["build", "name with blanks.yaml"],
        ["show", "a.yaml", "source=doi:10.1", "source=doi:10.2"],
        ["show", "a.yaml", "source=Otto (2015", "--batch", "2)"],
        ["predict", "model.keras", "scan:1", "c:", "s3:bucket", "Müller’s scan.nii", "--out", "o"],
        ["sweep", "a.yaml", "train:train", "--out", "o"],
        ["validate", "a.yaml", "depth=x", "net", "=3"],
        ["show", "a.yaml", "=3"],
        ["sweep", "a.yaml", "up=glob(z*)"],
        ["show", "a.yaml", "encoder.weights=~other/w.h5"],
        ["show", "a.yaml", "up=kind:[a", "up=size:2"],
    ],
)
def test_whole_arguments_give_no_hint(arguments: list[str]) -> None:
    assert hints(arguments) == []


def test_a_file_that_is_there_gives_no_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["–1.png", "“a”.png", "depth:4", "a*.png"]
    assert [bool(hints(["predict", "model.keras", name])) for name in names] == [True] * 4
    for name in names:
        (tmp_path / name).touch()
    assert hints(["predict", "model.keras", *names]) == []


def test_thousands_of_brackets_stay_open() -> None:
    assert hints(["show", "a.yaml", *["order=[conv"] * 3000]) == []


@pytest.mark.parametrize("following", ["--json", "up=linear"])
def test_what_follows_is_a_value_only_where_it_can_be_one(following: str) -> None:
    (hint,) = hints(["show", "a.yaml", "depth=", following])
    assert hint.startswith("depth= has no value; ")
    (hint,) = hints(["show", "a.yaml", "depth:", following])
    assert hint.endswith(": depth=VALUE")


def test_a_pattern_in_quotes_that_matches_gives_no_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no file matches the pattern a*.yaml" in hints(["validate", "a*.yaml"])[0]
    (tmp_path / "a1.yaml").touch()
    assert hints(["validate", "a*.yaml"]) == []


def test_what_is_seen_twice_is_told_once() -> None:
    assert len(hints(["show", "", ""])) == 1


def test_an_input_that_is_fine_is_told_nothing(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    outcome = unetgen("show", "mine.yaml", "source=", "--levels")
    assert (outcome.code, outcome.err) == (0, "")
