from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, unetgen
from unetgen.cli import COMMANDS
from unetgen.commands.near_misses import OTHER_WORDS
from unetgen.near_files import near_file

__all__ = ["unetgen"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("valdiate a.yaml", "invalid choice: 'valdiate'; did you mean `validate`?\n"),
        ("Show a.yaml", "invalid choice: 'Show'; did you mean `show`?\n"),
        ("draw a.yaml", "invalid choice: 'draw'; did you mean `unetgen diagram`?\n"),
        ("Draw a.yaml", "invalid choice: 'Draw'; did you mean `unetgen diagram`?\n"),
        ("fit run.yaml", "invalid choice: 'fit'; did you mean `unetgen train`?\n"),
        ("help", "invalid choice: 'help'; did you mean `unetgen --help`?\n"),
        ("version", "invalid choice: 'version'; did you mean `unetgen --version`?\n"),
        ("mine.yaml", "'mine.yaml'; it is a config; did you mean `unetgen show mine.yaml`?\n"),
        ("quickstart2d", "'quickstart2d'; it is a config; did you mean `unetgen show quickstart2d`?\n"),
        ("my.yaml", "'my.yaml'; it is a run file; did you mean `unetgen data my.yaml`?\n"),
        ("report out", "invalid choice: 'report'; did you mean `unetgen collect`?\n"),
        ("photo.png", "invalid choice: 'photo.png'; `unetgen --help` lists the commands\n"),
        ("lint mine.yaml", "invalid choice: 'lint'; `unetgen --help` lists the commands\n"),
        ("edit mine.yaml", "invalid choice: 'edit'; `unetgen --help` lists the commands\n"),
        ("trained.keras", "invalid choice: 'trained.keras'; `unetgen --help` lists the commands\n"),
        ("frobnicate", "invalid choice: 'frobnicate'; `unetgen --help` lists the commands\n"),
        ("show mine.yaml --optimise training", "arguments: --optimise; did you mean --optimize?\n"),
        ("show mine.yaml --jsn", "arguments: --jsn; did you mean --json?\n"),
        ("show mine.yaml --levls --jsn", "--levls --jsn; did you mean --levels?; did you mean --json?\n"),
        ("show mine.yaml --jsn --jsn", "arguments: --jsn --jsn; did you mean --json?\n"),
        ("show mine.yaml ---", "unrecognized arguments: ---\n"),
        ("build mine.yaml -out out --out out", "arguments: -out; did you mean --out?\n"),
        ("show mine.yaml --depth=4", "--depth=4; depth is a field: write depth=4, without dashes\n"),
        ("show mine.yaml --base-filters 4", "base_filters is a field: write base_filters=VALUE, "),
        ("show mine.yaml --up.kind=linear", "up.kind is a field: write up.kind=linear, without dashes\n"),
        ("train run.yaml --epochs 3 --out out", "fit.epochs is a field: write fit.epochs=VALUE, "),
        ("train run.yaml --depth=3 --out out", "model.depth is a field: write model.depth=3, "),
        ("train run.yaml --seed=3 --out out", "--seed=3; seed is a field: write seed=3, without dashes\n"),
        ("train run.yaml --patch-size 3 --out out", "data.patch is a field: write data.patch=VALUE, "),
        ("show mine.yaml --kernel-size 3", "--kernel-size; kernel is a field: write kernel=VALUE, "),
        ("show mine.yaml --optimizer sgd", "compile.optimizer is a field: write compile.optimizer=VALUE, "),
        ("show mine.yaml --batch-size 3", "arguments: --batch-size; did you mean --batch?\n"),
        ("diagram mine.yaml --output a.svg", "arguments: --output; did you mean --out?\n"),
        ("diagram mine.yaml -o a.svg", "arguments: -o; did you mean --out?\n"),
        ("show mine.yaml --force", "unrecognized arguments: --force\n"),
        ("show mine.yaml --threads 2", "unrecognized arguments: --threads\n"),
        ("predict a.keras b.png --out c --input d", "unrecognized arguments: --input\n"),
        ("collect out --verbose", "unrecognized arguments: --verbose\n"),
        ("list --depth=3", "unrecognized arguments: --depth=3\n"),
        ("list --frobnicate", "unrecognized arguments: --frobnicate\n"),
        ("show mine.yaml --frobnicate", "unrecognized arguments: --frobnicate\n"),
        (
            "show mine.yaml --optimize trainin",
            "(choose from 'training', 'inference'); did you mean `training`?",
        ),
        ("completion bsh", "did you mean `bash`?\n"),
        ("import weight x", "did you mean `weights`?\n"),
        ("import weights x --from keras --out a --jsn", "did you mean --json?\n"),
    ],
)
def test_what_was_meant_is_named(typed: str, said: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    (tmp_path / "my.yaml").write_text("model: mine.yaml\n")
    (tmp_path / "photo.png").touch()
    (tmp_path / "trained.keras").touch()
    outcome = unetgen(*typed.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err.replace(
        "choose from training, inference", "choose from 'training', 'inference'"
    )


def test_other_words_are_not_commands_and_stand_for_commands() -> None:
    assert OTHER_WORDS.keys() & {*COMMANDS} == set()
    unknown = {word for word in OTHER_WORDS.values() if not word.startswith("--")} - {*COMMANDS, "init"}
    assert unknown == set()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("ich.yaml", "ich.yaml: no such file; did you mean isch.yaml?\n"),
        ("./ich.yaml", "ich.yaml: no such file; did you mean isch.yaml?\n"),
        ("ich", "no such file and no such bundled config (got 'ich'); did you mean isch.yaml?\n"),
        ("isch", "no such file and no such bundled config (got 'isch'); did you mean isch.yaml?\n"),
        ("isch.yam", "no such bundled config (got 'isch.yam'); did you mean isch.yaml?\n"),
        ("sub/deeep.yaml", "sub/deeep.yaml: no such file; did you mean sub/deep.yaml?\n"),
        ("other.yaml", "other.yaml: no such file; there is other.yml: rename it to other.yaml\n"),
        ("unet2d_2015.yaml", "no such file; without the ending, unet2d_2015 is a bundled config\n"),
        ("quickstart", "no such bundled config (got 'quickstart'); did you mean `quickstart2d`?\n"),
        ("unet2d", "(got 'unet2d'); did you mean `unet2d_2015` or `unet2d_baseline`?\n"),
        ("unet", " bundled configs begin so: `unetgen list` shows them\n"),
        ("case_8.yaml", "case_8.yaml: no such file\n"),
        ("nothing_of_the_sort.yaml", "nothing_of_the_sort.yaml: no such file\n"),
    ],
)
def test_a_config_that_is_not_there(given: str, said: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "isch.yaml").write_text(GOOD)
    (tmp_path / "other.yml").write_text(GOOD)
    (tmp_path / "case_7.yaml").write_text(GOOD)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deep.yaml").write_text(GOOD)
    outcome = unetgen("show", given)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.endswith(said)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("train frist.yaml --out out", "frist.yaml: no such file; did you mean first.yaml?\n"),
        ("check out.lock.jsn", "out.lock.jsn: no such file; did you mean out.lock.json?\n"),
    ],
)
def test_any_file_that_is_not_there(command: str, said: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "first.yaml").write_text("model: quickstart2d\n")
    (tmp_path / "out.lock.json").write_text("{}")
    outcome = unetgen(*command.split())
    assert (outcome.code, outcome.out, outcome.err) == (2, "", said)


def test_neither_a_folder_nor_what_lies_in_no_folder_was_meant(tmp_path: Path) -> None:
    (tmp_path / "isch.yaml").mkdir()
    for missing in (tmp_path / "ich.yaml", tmp_path / "none" / "ich.yaml", Path("a\0b") / "ich.yaml"):
        assert near_file(missing) is None
