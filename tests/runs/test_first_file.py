"""The run file that is written for a folder: it loads, and means what was found."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.files import data_set, mask_like, picture, save
from unetgen.data.checking import check_data
from unetgen.data.suggesting import suggested
from unetgen.runs.first_file import run_text
from unetgen.runs.loader import load_run
from unetgen.runs.run import Run

SETS: dict[str, dict[str, Any]] = {
    "small pictures": {"value": 255},
    "colours": {"shape": (70, 45, 3)},
    "large pictures": {"shape": (300, 520), "count": 2},
    "volumes": {"suffix": ".nii.gz", "shape": (40, 33, 9)},
}


def written(folder: Path, file: Path) -> Run:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(run_text(suggested(folder), folder, file), encoding="utf-8")
    return load_run(file)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("place", ["run.yaml", "pics/run.yaml", "runs/x [1]/run.yaml"])
def test_the_file_loads_and_finds_the_same_wherever_it_lies(name: str, place: str, tmp_path: Path) -> None:
    folder = data_set(tmp_path / "pics", **SETS[name])
    run = written(folder, tmp_path / place)
    suggestion = suggested(folder)
    found = check_data(run.config.data, run.folder, run.config.seed)
    assert found.problems == suggestion.findings.problems == ()
    assert found.overview == suggestion.findings.overview
    assert found.sides == suggestion.findings.sides
    design = run.design.config
    (channels,) = found.overview.channels
    assert (design.input.channels, design.num_classes) == (channels, len(found.classes.names))


def test_its_commands_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    folder = data_set(tmp_path / "my pics", **SETS["small pictures"])
    text = run_text(suggested(folder), Path("my pics"), Path("my pics/first run.yaml"))
    data, train = (shlex.split(line.partition(":  ")[2]) for line in text.splitlines()[1:3])
    assert data == ["unetgen", "data", "my pics/first run.yaml", "--preview", "sheet.png"]
    assert train == ["unetgen", "train", "my pics/first run.yaml", "--out", "out/first run"]


@pytest.mark.parametrize("name", SETS)
def test_the_network_takes_its_patches(name: str, tmp_path: Path) -> None:
    run = written(data_set(tmp_path, **SETS[name]), tmp_path / "run.yaml")
    sizes = run.design.legal_sizes
    assert all(size in sizes[axis] for axis, size in enumerate(run.patch_size))
    assert len(run.patch_size) == run.design.config.dims


def test_patterns_and_names_that_mean_something_in_yaml_are_kept(tmp_path: Path) -> None:
    folder = tmp_path / "a # b: [c]"
    for number in range(2):
        save(folder / f"{number}_image.png", picture(number))
        save(folder / f"{number}_mask.png", mask_like(picture(number)))
    run = written(folder, tmp_path / "run.yaml")
    assert [each.case.name for each in check_data(run.config.data, run.folder).survey.cases] == ["0", "1"]


def test_a_value_that_is_ignored_reaches_the_network(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / "images" / f"{number}.png", picture(number))
        save(tmp_path / "masks" / f"{number}.png", np.resize(np.array([0, 1, 2, 255], np.uint8), (12, 10)))
    run = written(tmp_path, tmp_path / "run.yaml")
    assert (run.config.data.ignore, run.design.config.compile.ignore_class) == (255, 255)


def test_the_slices_of_one_volume_are_the_cases_of_a_run_too(tmp_path: Path) -> None:
    volume = picture(0, (9, 40, 30))
    save(tmp_path / "train-volume.tif", volume)
    save(tmp_path / "train-labels.tif", mask_like(volume, 255, 3))
    run = written(tmp_path, tmp_path / "run.yaml")
    found = check_data(run.config.data, run.folder)
    assert (found.problems, len(found.survey.cases), run.design.config.dims) == ((), 9, 2)
    assert found.slices is None


def test_reasons_stand_beside_the_fields(tmp_path: Path) -> None:
    text = run_text(suggested(data_set(tmp_path, value=255)), tmp_path, tmp_path / "run.yaml")
    assert "labels: {0: background, 255: foreground}   # the values in the masks; give them names" in text
    assert max(map(len, text.splitlines()[4:])) < 110
