"""A config through standard input: ``-``, called ``<stdin>``."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, refused
from tests.terminal import CTRL_D, Terminal

Pipe = Callable[[str], None]


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """Have a text wait on standard input."""

    def pipe(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return pipe


def test_a_config_means_what_it_means_in_a_file(tmp_path: Path, unetgen: Unetgen, piped: Pipe) -> None:
    (tmp_path / "unet.yaml").write_text(GOOD)
    piped(GOOD)
    assert unetgen("show", "-", "depth=2", "--json") == unetgen("show", "unet.yaml", "depth=2", "--json")
    piped(f"name: own\n{GOOD}")
    assert unetgen("show", "-").out.startswith("own: 64×64×1 to 64×64×2")
    piped(GOOD)
    assert unetgen("validate", "-").out.startswith("-: valid, ")


def test_positions_are_those_of_the_text(unetgen: Unetgen, piped: Pipe) -> None:
    piped(GOOD.replace("depth: 3", "depth: x") + "dept: 1\n")
    outcome = unetgen("validate", "-")
    assert outcome.code == 2
    assert [line.partition(": ")[0] for line in outcome.err.splitlines()] == ["<stdin>:2:8", "<stdin>:5:1"]


def test_a_config_may_compose_files_of_the_current_folder(
    tmp_path: Path, unetgen: Unetgen, piped: Pipe
) -> None:
    (tmp_path / "base.yaml").write_text(GOOD)
    piped("defaults: [base, _self_]\ndepth: 2\n")
    shown = unetgen("show", "-", "--json")
    assert shown.code == 0, shown.err
    assert json.loads(shown.out)["name"] == "unet"
    piped("defaults: [bas, _self_]\ndepth: 2\n")
    assert unetgen("show", "-").err.startswith("<stdin>:1:12: ")


@pytest.mark.parametrize(
    "command",
    [("validate", "-", "-"), ("diff", "-", "-"), ("diagram", "-", "-", "--out", "a.svg"),
     ("sweep", "a.yaml,-,-", "--out", "out")],
    ids=lambda command: str(command[0]),
)  # fmt: skip
def test_two_configs_are_refused(command: tuple[str, ...], unetgen: Unetgen, piped: Pipe) -> None:
    piped(GOOD)
    refused(unetgen(*command), "- is standard input, which has one config; name a file for the other one")


def test_it_may_come_first_among_others(unetgen: Unetgen, piped: Pipe) -> None:
    piped(GOOD)
    outcome = unetgen("sweep", "-,quickstart2d", "--out", "out", "--dry-run")
    assert (outcome.code, outcome.err) == (0, "")
    assert "quickstart2d" in outcome.out


@pytest.mark.parametrize(
    "command",
    ["train - --out out", "data -", "migrate -", "check -", "suggest - --preset M",
     "sweep quickstart2d --axes - --out out", "optimize - --out a.keras"],
)  # fmt: skip
def test_what_else_could_be_named_does_not_come_so(command: str, unetgen: Unetgen, piped: Pipe) -> None:
    piped(GOOD)
    refused(
        unetgen(*command.split()),
        "-: no such file; only a CONFIG can come through standard input; name a file",
    )


def test_a_config_is_no_trained_model(unetgen: Unetgen, piped: Pipe) -> None:
    piped(GOOD)
    outcome = unetgen("export", "-", "--out", "a.onnx")
    assert outcome.code == 2
    assert outcome.err.startswith("-: is a config, and onnx is made of a trained model; ")


def test_what_is_empty_too_long_or_closed_is_refused(
    unetgen: Unetgen, piped: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped("")
    outcome = unetgen("validate", "-")
    assert outcome.code == 2 and outcome.err == "<stdin>: is empty; a config is a YAML mapping\n"
    piped("#" * 300_000)
    refused(unetgen("validate", "-"), "<stdin>: is larger than 256 KiB; a config is far smaller")
    closed = io.StringIO(GOOD)
    closed.close()
    for stream in (None, closed):
        monkeypatch.setattr(sys, "stdin", stream)
        refused(
            unetgen("validate", "-"),
            "<stdin>: standard input is closed; pipe a config into the command, or name a file",
        )


def test_it_is_compared_with_a_file(tmp_path: Path, unetgen: Unetgen, piped: Pipe) -> None:
    (tmp_path / "unet.yaml").write_text(GOOD)
    piped(GOOD.replace("depth: 3", "depth: 2"))
    outcome = unetgen("diff", "unet.yaml", "-", "--json")
    assert [field["path"] for field in json.loads(outcome.out)["fields"]] == ["depth"]


def test_a_sweep_takes_it_among_others(tmp_path: Path, unetgen: Unetgen, piped: Pipe) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    piped(GOOD.replace("base_filters: 8", "base_filters: 4"))
    outcome = unetgen("sweep", "a.yaml,-", "depth=2,3", "--out", "out")
    assert outcome.code == 0, outcome.err
    names = [json.loads(file.read_text())["name"] for file in tmp_path.glob("out/*/point.json")]
    assert sorted(names) == ["a", "a", "unet", "unet"]
    sources = [
        json.loads(file.read_text())["volatile"]["source"]
        for file in tmp_path.glob("out/*/unetgen.lock.json")
    ]
    assert sorted(map(str, sources)) == ["{'file': '../../a.yaml'}"] * 2 + ["{}"] * 2
    for lock in tmp_path.glob("out/*/unetgen.lock.json"):
        assert unetgen("check", "--plan-only", str(lock)).code == 0


def test_a_terminal_is_told_what_is_waited_for() -> None:
    with Terminal("-m", "unetgen", "validate", "-", NO_COLOR="1") as terminal:
        terminal.answer("waiting for a config on standard input; end it with Ctrl-D\n", GOOD + CTRL_D)
        assert terminal.end() == 0
        assert terminal.shown.startswith("waiting "), "nothing came before"
        assert terminal.shown.splitlines()[-1].startswith("-: valid, ")
