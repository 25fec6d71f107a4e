from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.conftest import GOOD, Unetgen, unetgen
from unetgen.commands import offers
from unetgen.config import bundled

__all__ = ["unetgen"]
RUN = "# A first run.\nmodel: quickstart2d\ndata: {images: images, masks: masks}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(GOOD)
    (tmp_path / "composed.yaml").write_text("defaults: [mine, _self_]\nseed: 1\n")
    (tmp_path / "run.yaml").write_text(RUN)
    (tmp_path / "services.yaml").write_text("services:\n  depth: 3\n")
    (tmp_path / "readme.md").write_text("depth: 3\n")
    (tmp_path / "trained.keras").touch()
    (tmp_path / "unetgen.lock.json").touch()
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "folder.keras").mkdir()
    return tmp_path


def test_show_alone_lists_what_could_be_shown(folder: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("show")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    here = lines.index("in this folder:")
    assert lines[here + 1].split() == ["composed.yaml", "mine.yaml"]
    names = " ".join(lines[here + 4 :]).split()
    assert sorted(names) == list(bundled.bundled_configs())
    assert max(map(len, lines)) <= 110


def test_show_alone_in_an_empty_folder(unetgen: Unetgen) -> None:
    outcome = unetgen("show")
    assert outcome.code == 0
    assert "in this folder:" not in outcome.out and "quickstart2d" in outcome.out


def test_a_large_folder_is_not_searched_to_its_end(
    tmp_path: Path, unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "_MOST_FILES", 3)
    for place in range(3):
        (tmp_path / f"{place}.yaml").write_text(GOOD)
    assert "in this folder:\n  0.yaml  1.yaml  2.yaml\n" in unetgen("show").out
    (tmp_path / "3.yaml").write_text(GOOD)
    assert "in this folder, of 3 of its files:\n" in unetgen("show").out


def test_a_name_that_no_line_can_hold_is_not_offered(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "new\nline.yaml").write_text(GOOD)
    (tmp_path / "été.yaml").write_text(GOOD)
    assert "in this folder:\n  été.yaml\n\n" in unetgen("show").out


def test_columns_fit_a_narrow_terminal(unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    lines = unetgen("show").out.splitlines()[3:]
    assert [line for line in lines if len(line.split()) > 1] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "`unetgen --help` lists the commands\n"),
        ("validate", "CONFIG could be: here composed.yaml, mine.yaml; bundled quickstart2d, unet3d_depth2, "),
        ("build", "CONFIG could be: here composed.yaml, mine.yaml; bundled quickstart2d, "),
        ("diagram --out a.svg", "CONFIG could be: here composed.yaml, mine.yaml; bundled quickstart2d, "),
        ("diff mine.yaml", "B could be: here composed.yaml, mine.yaml; bundled quickstart2d, "),
        ("train --out out", "RUN could be: here run.yaml\n"),
        ("optimize --out a.keras", "MODEL could be: here trained.keras\n"),
        ("check", "LOCK could be: here unetgen.lock.json\n"),
    ],
)
def test_an_error_names_what_could_be_given(
    arguments: str, said: str, folder: Path, unetgen: Unetgen
) -> None:
    outcome = unetgen(*arguments.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert f"\n  {said}" in outcome.err
    assert "k=v, " not in outcome.err.partition("required: ")[2]


def test_of_many_files_four_are_named(tmp_path: Path, unetgen: Unetgen) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.keras").touch()
    said = "MODEL could be: here a.keras, b.keras, c.keras, d.keras"
    assert unetgen("optimize", "--out", "x.keras").err.endswith(f"{said}\n")
    (tmp_path / "e.keras").touch()
    assert unetgen("optimize", "--out", "x.keras").err.endswith(f"{said} and 1 more\n")


def test_nothing_is_offered_where_nothing_is_there(unetgen: Unetgen) -> None:
    outcome = unetgen("check")
    assert outcome.err.endswith("the following arguments are required: LOCK\n")


def test_a_folder_of_bundled_configs_that_is_not_there(
    unetgen: Unetgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(bundled.VARIABLE, "/nowhere")
    outcome = unetgen("build")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.endswith("required: CONFIG, --out\n")
    assert unetgen("frobnicate").err.endswith("'frobnicate'; `unetgen --help` lists the commands\n")
