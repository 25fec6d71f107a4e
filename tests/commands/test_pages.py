"""On a terminal an error names the page that explains it; elsewhere it stays as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import on_a_terminal
from unetgen.commands.pages import page_of
from unetgen.config.loader import load_design
from unetgen.data.labels import Classes
from unetgen.errors import ConfigError, Problem, UnetgenError
from unetgen.runs.loader import load_run
from unetgen.site import SITE


@pytest.mark.parametrize(
    ("override", "page"),
    [
        ("depth=-1", "config.html#depth"),
        ("input.shape=[0,64]", "config.html#input-shape"),
        ("up=transpose", "config.html#kinds-of-up"),
        ("up.nonsense=3", "config.html#kinds-of-up"),
        ("decoder.block.convs=0", "config.html#kinds-of-block"),
        ("head.activation=gaussian", "config.html#activations"),
        ("head.hidden.filters=0", "config.html#head-hidden-filters"),
        ("compile.loss=crossentropy", "config.html#losses"),
        ("compile.optimizer.nonsense=1", "config.html#optimizers"),
        ("+dept=3", "config.html#fields-at-the-top"),
    ],
)
def test_an_error_of_a_field_names_where_the_field_is_described(override: str, page: str) -> None:
    with pytest.raises(ConfigError) as told:
        load_design("quickstart2d", [override])
    assert page_of(told.value, "show") == page


@pytest.mark.parametrize(
    ("overrides", "page"),
    [
        (["input.shape=[99,99]"], "howto/odd_sizes.html"),
        (["base_filters=1000000"], "howto/memory.html"),
        (["input.shape=[16777216,65536]"], "howto/memory.html"),
    ],
)
def test_a_problem_that_has_a_page_of_its_own_names_it(overrides: list[str], page: str) -> None:
    with pytest.raises(ConfigError) as told:
        load_design("quickstart2d", overrides)
    assert page_of(told.value, "show") == page


def test_a_scalar_that_readers_disagree_about_names_the_page_of_errors(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "input: {shape: [64, 64]}\ndepth: 3\nbase_filters: 8\nnum_classes: 2\nseed: 010\n"
    )
    with pytest.raises(ConfigError) as told:
        load_design(tmp_path / "a.yaml", [])
    assert page_of(told.value, "show") == "errors.html#scalars-that-readers-disagree-about"


@pytest.mark.parametrize(
    ("override", "page"),
    [
        ("fit.epochs=0", "runs.html#fit"),
        ("data.split=some", "runs.html#data"),
        ("model.depth=1", "config.html#depth"),
        ("fit.frozen=[encodr]", "howto/freezing.html"),
        ("data.ignore=255", "howto/ignore_labels.html"),
        ("model.input.shape=[99,99]", "howto/odd_sizes.html"),
    ],
)
def test_an_error_of_a_run_names_its_section(override: str, page: str, tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("model: quickstart2d\n")
    with pytest.raises(ConfigError) as told:
        load_run(tmp_path / "run.yaml", [override])
    assert page_of(told.value, "train") == page


def test_values_that_no_class_has_name_the_page_on_masks() -> None:
    problem = Classes.counted(2).problem({0: 1, 255: 1}, "a.png")
    assert problem is not None
    assert page_of(ConfigError([problem]), "data") == "howto/integer_masks.html"


def test_another_error_names_the_command() -> None:
    assert page_of(UnetgenError("no such file"), "train") == "commands.html#unetgen-train"
    problem = Problem("must be an object", ("configurations", "2d"))
    assert page_of(ConfigError([problem]), "import") == "commands.html#unetgen-import"


@pytest.mark.parametrize("command", ["validate", "show"])
def test_the_page_is_named_on_a_terminal_alone(command: str) -> None:
    arguments = ("-m", "unetgen", command, "quickstart2d", "depth=-1")
    code, shown = on_a_terminal(*arguments, NO_COLOR="1")
    assert code == 2
    told = shown.splitlines()
    piped = subprocess.run([sys.executable, *arguments], capture_output=True, encoding="utf-8", check=False)
    assert piped.stderr.splitlines() == told[:-1]
    assert told[-1] == f"see {SITE}config.html#depth"
