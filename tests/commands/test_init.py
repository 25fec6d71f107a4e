"""`unetgen init`: the file, the questions on a terminal, and the commands that it names, followed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import unetgen as package
from tests.commands.conftest import unetgen
from tests.data.files import data_set
from tests.hostile.conftest import Unetgen, refused
from tests.terminal import CTRL_C, CTRL_D, Terminal
from unetgen.config.loader import load_design
from unetgen.data.checking import check_data
from unetgen.runs.loader import load_run
from unetgen.runs.takes import network_takes
from unetgen.site import SITE
from unetgen.starting.purposes import PURPOSES
from unetgen.starting.questions import purposes_text

__all__ = ["unetgen"]
SEE = f"see {SITE}commands.html#unetgen-init\n"


def files(folder: Path) -> list[str]:
    """All that is in a folder, also what begins with a dot."""
    return sorted(file.name for file in folder.iterdir())


# --- the file ---


def test_without_a_terminal_it_takes_the_defaults_and_says_so(unetgen: Unetgen, tmp_path: Path) -> None:
    outcome = unetgen("init")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "my_unet.yaml: 5 levels, 7,771,330 parameters; takes any size on every axis\n"
    )
    assert files(tmp_path) == ["my_unet.yaml"]
    said = "--for microscopy --dims 2 --size any --channels 1 --classes 2"
    assert f"# By default, as nobody said otherwise: {said}\n" in Path("my_unet.yaml").read_text()
    assert unetgen("validate", "my_unet.yaml").code == 0


def test_options_are_what_it_is_about(unetgen: Unetgen) -> None:
    asked = ("--for", "medical", "--size", "64,64,32", "--channels", "4", "--classes", "3", "-y")
    assert unetgen("init", "brain.yaml", *asked).code == 0
    config = package.load("brain.yaml")
    assert (config.input.shape, config.input.channels, config.num_classes) == ((64, 64, 32), 4, 3)
    assert "By default" not in Path("brain.yaml").read_text()


def test_the_options_in_a_file_give_the_same_file(unetgen: Unetgen) -> None:
    assert unetgen("init", "a.yaml", "--for", "photos", "--size", "50,64").code == 0
    first = Path("a.yaml").read_text()
    (line,) = [line for line in first.splitlines() if ": unetgen init " in line]
    options = shlex.split(line.partition("unetgen init ")[2])
    assert unetgen("init", "b.yaml", *options).code == 0
    by_default = [line for line in first.splitlines(keepends=True) if line.startswith("# By default")]
    assert Path("b.yaml").read_text() == first.replace(by_default[0], "")


def test_a_file_that_is_there_is_replaced_by_force_alone(unetgen: Unetgen, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine")
    refused(
        unetgen("init", "mine.yaml"), "mine.yaml: is there already; name another, or replace it with --force"
    )
    assert file.read_text() == "mine"
    assert unetgen("init", "mine.yaml", "--force").code == 0
    assert package.load(file).num_classes == 2
    file.unlink()
    file.mkdir()
    refused(unetgen("init", "mine.yaml", "--force"), "mine.yaml: is a folder, not a file; name another")


def test_what_cannot_be_written_is_refused_before_anything_is_asked(unetgen: Unetgen, tmp_path: Path) -> None:
    refused(unetgen("init", "net.json"), "net.json: suffix '.json' says no format; use one of .yaml")
    refused(unetgen("init", "net.yml"), "net.yml: suffix '.yml' says no format; use one of .yaml")
    message = "no/net.yaml: there is no folder no; make it first, or name another"
    refused(unetgen("init", "no/net.yaml"), message)
    assert files(tmp_path) == []


def test_a_dash_prints_the_config(unetgen: Unetgen, tmp_path: Path) -> None:
    outcome = unetgen("init", "-", "--for", "signals")
    assert (outcome.code, outcome.err, files(tmp_path)) == (0, "", [])
    assert unetgen("init", "it.yaml", "--for", "signals").code == 0
    assert outcome.out == Path("it.yaml").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--for", "med"], "argument --for: invalid choice: 'med'"),
        (["--dims", "4"], "argument --dims: must be 1, 2 or 3 (got '4')"),
        (["--size", "64,x,"], "argument --size: must be a positive whole number (got '')"),
        (["--channels", "0"], "argument --channels: must be a positive whole number (got '0')"),
        (["--classes", "two"], "argument --classes: must be a positive whole number (got 'two')"),
        (["--size", "64,64", "--dims", "3"], "--size: has 2 numbers for 3 axes (got 64,64)"),
        (["--size", "4"], "--size: at least one axis must be 8 or longer, to be halved once (got 4,4)"),
        (
            ["--size", "9999999"],
            "input.shape: the tensor of input would take 363.8 TiB in float32; use a smaller",
        ),
        (["--for", "restoration", "--classes", "2"], "--classes: restoration puts out values"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    options: list[str], message: str, unetgen: Unetgen, tmp_path: Path
) -> None:
    outcome = unetgen("init", *options)
    assert (outcome.code, outcome.out, files(tmp_path)) == (2, "", [])
    assert message in outcome.err
    assert "Traceback" not in outcome.err


def test_help_names_every_purpose_and_the_first_help_names_init(unetgen: Unetgen) -> None:
    said = unetgen("init", "--help").out
    assert purposes_text() in said
    assert all(f"\n  {name} " in said for name in PURPOSES)
    assert "Start with `unetgen init`." in unetgen("--help").out


# --- the next commands, followed ---


def commands(out: str) -> list[list[str]]:
    """The commands that were printed, as a shell reads them."""
    lines = [shlex.split(line) for line in out.splitlines() if line.startswith("  unetgen ")]
    assert all(line[0] == "unetgen" for line in lines)
    return [line[1:] for line in lines]


def test_the_next_commands_work_as_printed(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pictures", count=4, value=255, shape=(40, 36))
    show, diagram, build, data, train = commands(unetgen("init", "--for", "microscopy").out)
    assert "level 4" in unetgen(*show).out
    assert unetgen(*diagram).code == 0
    assert "<svg" in Path("my_unet.svg").read_text()
    assert unetgen(*build).code == 0
    assert Path("out/my_unet/model.keras").stat().st_size > 7_771_330 * 4
    assert unetgen(*data).code == 0
    quick = [
        "fit.epochs=1",
        "fit.steps=1",
        "data.patch.size=[16,16]",
        "model.base_filters=2",
        "model.depth=2",
    ]
    outcome = unetgen(*train, *quick)
    assert outcome.code == 0, outcome.err
    assert Path("out/first/model.keras").exists()


def test_the_next_commands_name_the_file_wherever_it_is(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pictures", count=4, value=255, shape=(40, 36))
    (tmp_path / "nets").mkdir()
    show, diagram, build, data, train = commands(unetgen("init", "nets/the cell's.yaml", "--size", "32").out)
    for command in (show, diagram, data):
        assert unetgen(*command).code == 0
    assert files(tmp_path / "nets") == ["run.yaml", "the cell's.svg", "the cell's.yaml"]
    assert build == ["build", "nets/the cell's.yaml", "--out", "nets/out/the cell's"]
    assert train[-2:] == ["--out", "nets/out/first"]
    run = load_run(train[1], train[2:-2])
    assert run.design.config.name == "the_cell_s"


@pytest.mark.parametrize("size", ["32,48", "any,48", "33,any"])
def test_a_run_takes_the_network_of_any_size(size: str, unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pictures", count=4, value=255, shape=(60, 70, 3))
    asked = ("--for", "photos", "--size", size, "--classes", "1")
    *_, data, train = commands(unetgen("init", *asked).out)
    assert unetgen(*data).code == 0
    file, *overrides = train[1 : train.index("--out")]
    run = load_run(file, overrides)
    assert run.design.plan.fingerprint == load_design("my_unet.yaml").plan.fingerprint
    assert check_data(run.config.data, run.folder, run.config.seed, network_takes(run.design)).problems == ()
    again = commands(unetgen("init", "other.yaml", *asked).out)[-2]
    assert again[-1] == "other_run.yaml", "run.yaml is there already"
    assert unetgen(*again).code == 0


def test_a_restoration_has_no_masks_to_be_trained_with(unetgen: Unetgen) -> None:
    outcome = unetgen("init", "--for", "restoration")
    assert [command[0] for command in commands(outcome.out)] == ["show", "diagram", "build"]
    assert "train what is built with Keras's `fit`, on pairs of images" in outcome.out


# --- on a terminal ---


def started(folder: Path, *arguments: str) -> Terminal:
    """`unetgen init` on a terminal, in `folder`."""
    return Terminal("-m", "unetgen", "init", *arguments, cwd=folder, NO_COLOR="1")


def test_it_asks_and_says_at_once_what_is_wrong_with_an_answer(tmp_path: Path) -> None:
    with started(tmp_path) as terminal:
        terminal.answer("What is it for [microscopy]: ", "med\n")
        terminal.answer("did you mean `medical`?\nWhat is it for [microscopy]: ", " medical \n")
        terminal.answer("Spatial axes: 1, 2 or 3 [3]: ", "5\n")
        terminal.answer("must be 1, 2 or 3 (got '5')\nSpatial axes: 1, 2 or 3 [3]: ", "\n")
        prompt = "Size of an image or patch, such as 96,96,96 [any]: "
        terminal.answer(prompt, "96,96\n")
        terminal.answer(f"--size: has 2 numbers for 3 axes (got 96,96)\n{prompt}", "9999999\n")
        terminal.answer(f"use a smaller input or fewer filters\n{prompt}", "96,96,20\n")
        terminal.answer("such as T1 and FLAIR [1]: ", "\xff\x1b[2J\n")
        terminal.answer(f"(got 'ÿ\\x1b[2J')\nChannels, {PURPOSES['medical'].channels_are} [1]: ", "2\n")
        terminal.answer("Classes with the background, or 1 for one class against it [2]: ", "4\n")
        assert terminal.end() == 0
        shown = terminal.shown
    assert "Enter takes what is in brackets, Ctrl-C ends without a file.\n  microscopy " in shown
    assert shown.endswith("data.patch.size=null --out out/first\n")
    config = package.load(tmp_path / "my_unet.yaml")
    assert (config.input.shape, config.input.channels, config.num_classes) == ((96, 96, 20), 2, 4)
    assert "By default" not in (tmp_path / "my_unet.yaml").read_text()


def test_it_asks_for_what_no_option_says_and_for_nothing_else(tmp_path: Path) -> None:
    with started(tmp_path, "--for", "restoration", "--size", "64,64") as terminal:
        terminal.answer("Channels, the output has as many [1]: ", "3\n")
        assert terminal.end() == 0
        assert "What is it for" not in terminal.shown
    asked = ("--for", "photos", "--size", "64,64", "--channels", "3", "--classes", "1")
    for arguments in (asked, ("--yes",)):
        with started(tmp_path, *arguments, "--force") as terminal:
            assert terminal.end() == 0
            assert terminal.shown.startswith("my_unet.yaml: "), "nothing was asked"


@pytest.mark.parametrize(
    ("key", "code", "last"),
    [(CTRL_C, 130, "\ninterrupted\n"), (CTRL_D, 2, f"\nno more answers; nothing was written\n{SEE}")],
)
def test_ctrl_c_and_ctrl_d_end_it_without_a_file(key: str, code: int, last: str, tmp_path: Path) -> None:
    with started(tmp_path) as terminal:
        terminal.answer("What is it for [microscopy]: ", "\n")
        terminal.answer("Spatial axes: 1, 2 or 3 [2]: ", key)
        assert terminal.end() == code
        assert terminal.shown.endswith(last)
        assert "Traceback" not in terminal.shown
    assert files(tmp_path) == []


def test_a_file_that_is_there_is_told_before_the_first_question(tmp_path: Path) -> None:
    (tmp_path / "my_unet.yaml").touch()
    with started(tmp_path) as terminal:
        assert terminal.end() == 2
        there = "my_unet.yaml: is there already; name another, or replace it with --force\n"
        assert terminal.shown == there + SEE
