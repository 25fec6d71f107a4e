"""Completion in real shells: Bash and zsh typed into on a terminal of their own, fish asked."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.shells import Shell, require
from tests.hostile.conftest import GOOD, Unetgen, unetgen
from unetgen import load
from unetgen.cli import COMMANDS
from unetgen.commands.parser import parser_of
from unetgen.completing.fields import fields_of
from unetgen.completing.script import BY_METAVAR, FREE, SHELLS, script
from unetgen.config.bundled import bundled_configs
from unetgen.config.model import UNetConfig
from unetgen.config.schema.json_schema import json_schema
from unetgen.parts.ups import UPS

__all__ = ["unetgen"]
TYPED = {
    "unetgen val": "unetgen validate ",
    "unetgen comp": "unetgen completion ",
    "unetgen completion z": "unetgen completion zsh ",
    "unetgen import w": "unetgen import weights ",
    "unetgen show quickst": "unetgen show quickstart2d ",
    "unetgen show mi": "unetgen show mine.yaml ",
    "unetgen show mine.yaml dep": "unetgen show mine.yaml depth=",
    "unetgen show mine.yaml up=tr": "unetgen show mine.yaml up=transposed ",
    "unetgen show mine.yaml depth=3 skip=att": "unetgen show mine.yaml depth=3 skip=attention ",
    "unetgen show mine.yaml 'skip=att": "unetgen show mine.yaml 'skip=attention' ",
    "unetgen show mine.yaml up.ki": "unetgen show mine.yaml up.kind=",
    "unetgen show mine.yaml execution.prec": "unetgen show mine.yaml execution.precision=",
    "unetgen show mine.yaml head.activation=softm": "unetgen show mine.yaml head.activation=softmax ",
    "unetgen show mine.yaml --opt": "unetgen show mine.yaml --optimize ",
    "unetgen show mine.yaml --optimize tr": "unetgen show mine.yaml --optimize training ",
    "unetgen show --batch 2 --json mine.yaml dep": "unetgen show --batch 2 --json mine.yaml depth=",
    "unetgen validate mine.yaml skip=att": "unetgen validate mine.yaml skip=attention ",
    "unetgen diagram mine.yaml --theme ok": "unetgen diagram mine.yaml --theme okabe ",
    "unetgen sweep mine.yaml up=linear,tr": "unetgen sweep mine.yaml up=linear,transposed ",
    "unetgen sweep r.yaml --task train fit.ep": "unetgen sweep r.yaml --task train fit.epochs=",
    "unetgen train r.yaml fit.ep": "unetgen train r.yaml fit.epochs=",
    "unetgen train r.yaml model.up=tran": "unetgen train r.yaml model.up=transposed ",
    "unetgen train r.yaml model=quick": "unetgen train r.yaml model=quickstart2d ",
    "unetgen optimize tr": "unetgen optimize trained.keras ",
    "unetgen check unet": "unetgen check unetgen.lock.json ",
}
"""What is typed before the tabulator, and the line after it: every one has one way to go on."""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the scripts."""
    folder = tmp_path_factory.mktemp("scripts")
    for shell in SHELLS:
        text = script(parser_of(COMMANDS, filled=COMMANDS), shell)
        (folder / f"unetgen.{shell}").write_text(text, encoding="utf-8")
    return folder


def test_the_command_prints_the_script(scripts: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("completion", "bash")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (scripts / "unetgen.bash").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the shells stand."""
    (tmp_path / "mine.yaml").write_text(GOOD)
    (tmp_path / "mine.txt").touch()
    (tmp_path / "wide net.yaml").touch()
    (tmp_path / "x:y.yaml").touch()
    (tmp_path / "trained.keras").touch()
    (tmp_path / "trained.txt").touch()
    (tmp_path / "unetgen.lock.json").touch()
    return tmp_path


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_tabulator_completes_what_was_typed(shell: str, scripts: Path, folder: Path) -> None:
    with Shell(shell, folder) as terminal:
        terminal.run(f"source {scripts / f'unetgen.{shell}'}")
        assert {typed: terminal.completed(typed)[0] for typed in TYPED} == TYPED


NAMES = {
    "unetgen show wide\\ n": "unetgen show wide\\ net.yaml ",
    "unetgen show 'wide n": "unetgen show 'wide net.yaml' ",
    "unetgen show 'wide net.yaml' dep": "unetgen show 'wide net.yaml' depth=",
    "unetgen show x:": "unetgen show x:y.yaml ",
    "unetgen show x:y.yaml dep": "unetgen show x:y.yaml depth=",
    "unetgen show ~/wi": "unetgen show ~/wide\\ net.yaml ",
}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_names_that_a_shell_takes_apart_stay_whole(shell: str, scripts: Path, folder: Path) -> None:
    with Shell(shell, folder) as terminal:
        terminal.run(f"source {scripts / f'unetgen.{shell}'}; HOME=$PWD")
        assert {typed: terminal.completed(typed)[0] for typed in NAMES} == NAMES


def test_fish_offers_such_names_too(scripts: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    begun = ["unetgen show wide\\ n", "unetgen show 'wide n", "unetgen show ~/wi"]
    offered = asked_of_fish(begun, scripts, folder)
    assert [list(offered[typed]) for typed in begun] == [*[["wide net.yaml"]] * 2, ["~/wide net.yaml"]]


@pytest.mark.parametrize(("shell", "quote"), [("bash", ""), ("zsh", "'")])
def test_a_list_goes_on_until_it_is_closed(shell: str, quote: str, scripts: Path, folder: Path) -> None:
    """In zsh an open bracket must be quoted; Bash closes quotes itself."""
    typed = f"unetgen show mine.yaml {quote}order=[conv,no"
    with Shell(shell, folder) as terminal:
        terminal.run(f"source {scripts / f'unetgen.{shell}'}")
        assert terminal.completed(typed)[0] == f"{typed}rm"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_tabulator_lists_what_is_possible(shell: str, scripts: Path, folder: Path) -> None:
    with Shell(shell, folder) as terminal:
        terminal.run(f"source {scripts / f'unetgen.{shell}'}")
        kinds = terminal.completed("unetgen show mine.yaml up=")[1]
        assert [kind for kind in ("nearest", "transposed", "mednext") if kind not in kinds] == []
        names = terminal.completed("unetgen show unet3d_")[1].split()
        assert {name for name in bundled_configs() if name.startswith("unet3d_")} <= {*names}
        fields = terminal.completed("unetgen show mine.yaml input.")[1]
        assert [name for name in ("shape=", "channels=", "data_format=") if name not in fields] == []
        assert "mine.yaml" in terminal.completed("unetgen show ")[1]
        assert "mine.txt" not in terminal.completed("unetgen show m")[1]


def test_fish_offers_the_same(scripts: Path, folder: Path) -> None:
    kinds, commands, names = "unetgen show mine.yaml up=", "unetgen v", "unetgen show "
    offered = asked_of_fish([*TYPED, kinds, commands, names], scripts, folder)
    last = {typed: [line.split()[-1].strip("'")] for typed, line in TYPED.items()}
    assert {typed: list(offered[typed]) for typed in TYPED} == last
    assert list(offered[kinds]) == [f"up={kind}" for kind in UPS.homes]
    assert offered[commands]["validate"].startswith("Check configs; exit 2 with every problem's file")
    assert {*bundled_configs(), "mine.yaml"} <= offered[names].keys()
    assert "mine.txt" not in offered[names]


def asked_of_fish(lines: list[str], scripts: Path, folder: Path) -> dict[str, dict[str, str]]:
    """Each word that fish offers for the last one of each line, and its description."""
    command = "source $argv[1]; for line in $argv[2..]; echo LINE; complete -C $line; end"
    done = subprocess.run(
        [require("fish"), "--no-config", "-c", command, str(scripts / "unetgen.fish"), *lines],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    answers = done.stdout.split("LINE\n")[1:]
    return {
        line: dict(each.partition("\t")[::2] for each in answer.splitlines())
        for line, answer in zip(lines, answers, strict=True)
    }


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_key_press_starts_no_program(
    shell: str, scripts: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = folder / "programs"
    programs.mkdir()
    for name in ("unetgen", "python", "python3"):
        (programs / name).write_text(f"#!/bin/sh\necho {name} >> {folder}/started\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    with Shell(shell, folder) as terminal:
        terminal.run(f"source {scripts / f'unetgen.{shell}'}")
        terminal.run("python -c 1")
        (folder / "started").unlink()  # a program that is started is noticed
        for typed in ("unetgen show mine.yaml decoder.up", "unetgen show mine.yaml up=", "unetgen show "):
            terminal.completed(typed)
    assert not (folder / "started").exists()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of somebody who has installed unetgen, and nothing else."""
    programs = tmp_path / "home" / "bin"
    programs.mkdir(parents=True)
    (programs / "unetgen").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m unetgen "$@"\n')
    (programs / "unetgen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("ZDOTDIR", raising=False)
    return tmp_path / "home"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_once_the_page_is_followed(shell: str, home: Path, folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text(encoding="utf-8")
    (commands,) = re.findall(rf"^```{shell}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    subprocess.run([require(shell), "-c", commands], check=True)
    typed = "unetgen show mine.yaml up=tr"
    if shell == "fish":
        done = subprocess.run(
            ["fish", "-c", f"complete -C '{typed}'"], cwd=folder, capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith("up=transposed\t")
        return
    with Shell(shell, folder, home) as terminal:
        for _ in range(2):  # the first time zsh loads the script
            assert terminal.completed(typed)[0] == "unetgen show mine.yaml up=transposed "


def test_words_keep_their_places_behind_an_older_bash(scripts: Path, folder: Path) -> None:
    """Bash 3.2, as macOS has it, knows no `compopt` and no associative arrays."""
    text = (scripts / "unetgen.bash").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "compopt" in line]
    assert lines
    assert [line for line in lines if "2>/dev/null" not in line] == []
    assert [word for word in ("declare -A", "local -A", "mapfile") if word in text] == []


# --- what the scripts are made from ---


def arguments_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from arguments_of(each)
        elif action.nargs != 0 and action.dest not in ("task", "width"):
            yield action


def test_something_is_offered_for_every_argument_that_is_not_free() -> None:
    parser = parser_of(COMMANDS, filled=COMMANDS)
    unknown = {
        str(action.metavar)
        for action in arguments_of(parser)
        if action.choices is None and action.metavar not in {*BY_METAVAR, *FREE}
    }
    assert unknown == set()


def test_every_field_is_offered() -> None:
    fields = {field.path: field for field in fields_of(json_schema())}
    assert fields.keys() >= UNetConfig.model_fields.keys()
    assert fields["up"].values == fields["up.kind"].values == tuple(UPS.homes)
    assert "norm.epsilon" in fields and "decoder.block.kind" in fields
    assert [path for path in fields if path.split(".")[0] == "defaults"] == []


@pytest.mark.parametrize(
    "path", ["padding", "norm", "activation", "execution", "input.data_format", "use_bias"]
)
def test_the_words_that_are_offered_are_taken(path: str) -> None:
    (field,) = (field for field in fields_of(json_schema()) if field.path == path)
    assert field.values
    for word in field.values:
        load("quickstart2d", overrides=[f"{path}={word}"])


def test_a_shell_that_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser_of(COMMANDS, filled=COMMANDS).parse_args(["completion", "tcsh"])
    assert "invalid choice: 'tcsh'" in capsys.readouterr().err
