"""`unetgen data`: what is there, all that is wrong, a first run file and a sheet of samples."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.commands.conftest import unetgen
from tests.data.faulty import FAULTY
from tests.data.files import data_set, mask_like, picture, save
from tests.hostile.conftest import Unetgen
from unetgen.config.resolved import yaml_of
from unetgen.data.checking import NetworkTakes, check_data, shortened
from unetgen.errors import ConfigError
from unetgen.runs.loader import load_run

__all__ = ["unetgen"]
REFUSED_BY_THE_RUN = {
    "channels that are not there",
    "an axis that volumes do not have",
    "a patch of other axes",
    "masks that are ignored altogether",
    "a spacing of other axes",
}
"""Sets whose fields contradict the network: the run file is refused before an image is read."""


def run_file(
    root: Path, dims: int = 2, channels: int = 1, data: Mapping[str, object] = MappingProxyType({})
) -> Path:
    """A run file with the section `data`, and with a network of so many axes and channels."""
    model = {"input": {"shape": [8] * dims, "channels": channels}, "depth": 2, "base_filters": 2}
    content = {"model": {**model, "num_classes": 2}, "data": dict(data)}
    file = root / "run.yaml"
    file.write_text(yaml_of(content, ""))
    return file


def lines_of(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def test_a_folder_is_told_in_tables(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", count=23, value=255)
    outcome = unetgen("data", "pics")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "pics: 23 cases, 19 to learn from, 4 to validate on"
    assert "size  12 x 10  12 x 10  12 x 10" in lines
    assert "     1  foreground  255     13.333%     23" in lines
    assert any(re.fullmatch(r"a0 +train +12 x 10 +- +- +1 +0, 255", line) for line in lines)
    assert lines[-1] == "and 3 more; --json lists all"


def test_json_has_every_case_and_every_number(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "v", suffix=".nii.gz", shape=(6, 5, 4))
    (tmp_path / "v" / "images" / "notes.txt").write_text("")
    outcome = unetgen("data", "v", "--json")
    data = json.loads(outcome.out)
    assert (outcome.code, data["problems"], len(data["cases"])) == (0, [], 4)
    (note,) = data["notes"]
    assert outcome.err == f"note: {note}\n" == "note: v/images: 1 file of other formats left out: notes.txt\n"
    case = data["cases"][0]
    assert (case["name"], case["size"], case["spacing"], case["axes"]) == ("a0", [6, 5, 4], [1, 1, 1], "RAS")
    counts = {str(value): int((mask_like(picture(0, (6, 5, 4)), 1, 3) == value).sum()) for value in (0, 1)}
    assert (case["values"], case["images"], case["mask"]) == (
        counts,
        ["v/images/a0.nii.gz"],
        "v/masks/a0.nii.gz",
    )
    assert data["classes"] == {"0": 0, "1": 1}
    assert data["overview"]["cases"] == 4


@pytest.mark.parametrize("name", [name for name in FAULTY if FAULTY[name].takes is None])
def test_all_that_is_wrong_is_told_and_nothing_is_written(
    name: str, unetgen: Unetgen, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    FAULTY[name].make(folder)
    dims = 3 if FAULTY[name].good.get("suffix") else 2
    channels = FAULTY[name].good.get("shape", (0, 0, 1))[2] if dims == 2 else 1
    file = run_file(folder, dims, channels, FAULTY[name].data)
    before = lines_of(tmp_path)
    outcome = unetgen("data", str(file), "--preview", "sheet.png")
    lines = [line for line in outcome.err.splitlines() if not line.startswith("note: ")]
    assert (outcome.code, lines_of(tmp_path)) == (2, before)
    try:
        loaded = load_run(file)
    except ConfigError as error:
        assert (lines, name in REFUSED_BY_THE_RUN) == (str(error).splitlines(), True)
        return
    found = check_data(loaded.config.data, folder, takes=NetworkTakes(dims, channels, 2))
    said = list(map(str, shortened(found.problems)))
    assert lines == [*said, "sheet.png: was not written, because of these problems"]
    assert name not in REFUSED_BY_THE_RUN and said


def test_a_run_is_held_against_its_network(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path, shape=(12, 10, 3))
    run_file(tmp_path)
    outcome = unetgen("data", "run.yaml", "model.input.channels=4", "--json")
    assert (outcome.code, len(json.loads(outcome.out)["problems"])) == (2, 4)
    assert outcome.err.splitlines()[0] == (
        "images/a0.png: has 3 channels, and the network takes 4; `data.channels` chooses channels"
    )
    assert unetgen("data", "run.yaml", "model.input.channels=3").code == 0
    assert unetgen("data", "run.yaml", "data.channels=[1]").code == 0


def test_advice_about_labels_works(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path, value=255)
    content = run_file(tmp_path).read_text()
    outcome = unetgen("data", "run.yaml")
    (advice,) = set(re.findall(r"write `data.labels: (.*)`", outcome.err))
    (tmp_path / "good.yaml").write_text(content.replace("data: {}", f"data: {{labels: {advice}}}"))
    assert (outcome.code, unetgen("data", "good.yaml").code) == (2, 0)


def test_a_run_file_is_written_and_finds_the_same(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", value=255)
    first = unetgen("data", "pics", "--write-run", "run.yaml")
    assert (first.code, first.err, first.out.splitlines()[-1]) == (0, "", "  run.yaml")
    again = unetgen("data", "run.yaml")
    assert (again.code, again.err) == (0, "")
    assert again.out.splitlines()[1:] == first.out.splitlines()[1:-1]


@pytest.mark.parametrize("suffix", [".png", ".html"])
def test_a_sheet_is_written_of_a_folder_and_of_a_run(suffix: str, unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics")
    unetgen("data", "pics", "--write-run", "run.yaml")
    for target in ("pics", "run.yaml"):
        outcome = unetgen("data", target, "--preview", f"{target}{suffix}")
        assert (outcome.code, outcome.err, outcome.out.splitlines()[-1]) == (0, "", f"  {target}{suffix}")
    contents = [(tmp_path / f"{target}{suffix}").read_bytes() for target in ("pics", "run.yaml")]
    start = b"\x89PNG" if suffix == ".png" else b"<!doctype html>"
    assert all(content.startswith(start) for content in contents)
    assert suffix == ".html" or contents[0] == contents[1]


def test_what_cannot_be_written_is_said_before_anything_is_read(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics", value=255)
    (tmp_path / "mine.yaml").write_text("mine\n")
    outcome = unetgen(
        "data", "pics", "data.ignore=3", "--write-run", "mine.yaml", "--preview", "no/sheet.gif"
    )
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.splitlines() == [
        "mine.yaml: is there already; name another, or remove it",
        "no/sheet.gif: suffix '.gif' says no format; use one of .png .html",
        "pics: overrides are of a run file; --write-run makes one of this folder",
    ]
    assert (tmp_path / "mine.yaml").read_text() == "mine\n"
    outcome = unetgen("data", "mine.yaml", "--write-run", "new.yaml")
    assert outcome.err == "mine.yaml: --write-run makes a run file of a folder, and this is not one\n"
    outcome = unetgen("data", "nowhere", "--write-run", "other.yaml")
    assert (outcome.code, outcome.err) == (2, "nowhere: no such folder; name one with images and masks\n")


def test_a_folder_with_problems_gets_a_run_file_to_mend_them_in(unetgen: Unetgen, tmp_path: Path) -> None:
    data_set(tmp_path / "pics")
    (tmp_path / "pics" / "masks" / "a1.png").unlink()
    outcome = unetgen("data", "pics", "--write-run", "run.yaml")
    assert (outcome.code, outcome.err) == (2, "pics/images/a1.png: has no mask; its mask needs the name a1\n")
    assert unetgen("data", "run.yaml").err == outcome.err


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere", "nowhere: no such file"),
        ("empty", "empty: data.images: has no images in it"),
        ("nowhere.yaml", "nowhere.yaml: no such file"),
    ],
)
def test_what_is_not_there_is_said(target: str, said: str, unetgen: Unetgen, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    outcome = unetgen("data", target)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_names_leave_a_terminal_as_it_is(unetgen: Unetgen, tmp_path: Path) -> None:
    for number in range(2):
        values = picture(number)
        save(tmp_path / "pics" / "images" / f"\x1b[2J{number}.png", values)
        save(tmp_path / "pics" / "masks" / f"\x1b[2J{number}.png", mask_like(values))
    outcome = unetgen("data", "pics")
    assert outcome.code == 0
    assert "\x1b" not in outcome.out and "\\x1b[2J0" in outcome.out


def test_a_folder_whose_name_is_not_text_is_told_and_gets_no_run_file(
    unetgen: Unetgen, tmp_path: Path
) -> None:
    name = os.fsdecode(b"pics\xff")
    data_set(tmp_path / name)
    assert unetgen("data", name).code == 0
    outcome = unetgen("data", name, "--write-run", "run.yaml")
    assert (outcome.code, "Traceback" in outcome.err) == (2, False)
    assert outcome.err == "pics\\udcff: its name is not text, which a run file needs; rename it\n"
    assert not (tmp_path / "run.yaml").exists()
