"""`unetgen evaluate`: predictions or a model held against masks."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen as package
from tests.hostile.conftest import Outcome, Unetgen
from unetgen.images.files import write_image
from unetgen.images.image import Image, Values
from unetgen.model.running import give_random_weights

MEASURES = ["dice", "iou", "precision", "recall", "surface_distance", "hausdorff95"]


def square(size: tuple[int, int], at: tuple[int, int], side: int, value: int) -> Values:
    values = np.zeros((*size, 1), "uint8")
    values[at[0] : at[0] + side, at[1] : at[1] + side] = value
    return values


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Three cases: one hit by half, one missed, one without anything; 7 is not to count."""
    size = (20, 24)
    half, missed = square(size, (4, 4), 8, 255), square(size, (0, 0), 4, 255)
    half[15:] = 7
    cases = {
        "half": (square(size, (4, 8), 8, 255), half),
        "missed": (np.zeros((*size, 1), "uint8"), missed),
        "empty": (np.zeros((*size, 1), "uint8"), np.zeros((*size, 1), "uint8")),
    }
    cases["half"][0][16:] = 255
    for name, (predicted, mask) in cases.items():
        write_image(tmp_path / f"out/{name}.png", Image(predicted))
        write_image(tmp_path / f"masks/{name}.png", Image(mask))
    return tmp_path


COMMAND = ("evaluate", "--predictions", "out", "--masks", "masks", "--labels", "0=background,255=cell")


def test_each_case_and_class_is_told_and_the_mean_of_what_is_defined(folders: Path, unetgen: Unetgen) -> None:
    outcome = unetgen(*COMMAND, "--ignore", "7", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    cells = {case["name"]: case["classes"]["cell"] for case in found["cases"]}
    assert cells["half"] == {
        "true": 64, "predicted": 64, "both": 32,
        "dice": 0.5, "iou": 32 / 96, "precision": 0.5, "recall": 0.5,
        "surface_distance": pytest.approx(cells["half"]["surface_distance"]), "hausdorff95": 4.0,
    }  # fmt: skip
    assert 0 < cells["half"]["surface_distance"] < 4
    assert [cells["missed"][name] for name in MEASURES] == [0.0, 0.0, None, 0.0, None, None]
    assert [cells["empty"][name] for name in MEASURES] == [None] * 6
    assert found["class_means"]["cell"]["dice"] == {"value": 0.25, "cases": 2}
    assert found["class_means"]["cell"]["precision"] == {"value": 0.5, "cases": 1}
    assert found["mean"]["dice"] == 0.25
    assert found["classes"] == ["background", "cell"]


def test_the_tables_say_the_same_in_each_format(folders: Path, unetgen: Unetgen) -> None:
    outs = [argument for suffix in ("csv", "json", "html") for argument in ("--out", f"e.{suffix}")]
    outcome = unetgen(*COMMAND, "--ignore", "7", *outs)
    assert outcome.code == 0
    data = json.loads((folders / "e.json").read_text())
    with (folders / "e.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["case"], row["class"]) for row in rows] == [
        (case, name) for case in ("empty", "half", "missed") for name in ("background", "cell")
    ]
    for row in rows:
        (case,) = (case for case in data["cases"] if case["name"] == row["case"])
        for measure in MEASURES:
            value = case["classes"][row["class"]][measure]
            assert row[measure] == ("" if value is None else repr(value))
    page = (folders / "e.html").read_text()
    assert "<td>half</td><td>cell</td><td>0.5000</td><td>0.3333</td>" in page
    assert "<td>missed</td><td>cell</td><td>0.0000</td><td>0.0000</td><td>–</td>" in page
    assert "script" not in page.replace("description", "")
    lines = outcome.out.splitlines()
    assert lines[3].split()[:3] == ["cell", "2", "0.2500"]
    first_case = next(index for index, line in enumerate(lines) if line.startswith("case"))
    assert lines[first_case + 2].split()[0] == "missed"


def test_without_labels_each_value_is_a_class(folders: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("evaluate", "--predictions", "out", "--masks", "masks", "--json", "--no-distances")
    found = json.loads(outcome.out)
    assert found["classes"] == ["0", "7", "255"]
    half = next(case for case in found["cases"] if case["name"] == "half")["classes"]
    assert half["7"]["true"] == 5 * 24
    assert half["7"]["surface_distance"] is None
    assert half["255"]["predicted"] == 64 + 4 * 24


def told(outcome: Outcome) -> list[str]:
    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err
    return outcome.err.splitlines()


def test_whatever_is_wrong_with_the_cases_is_said_at_once(folders: Path, unetgen: Unetgen) -> None:
    write_image(folders / "out/more.png", Image(np.zeros((4, 4, 1), "uint8")))
    (problem,) = told(unetgen(*COMMAND))
    assert problem.startswith("out/more.png: has no mask")
    write_image(folders / "masks/more.png", Image(np.zeros((4, 5, 1), "uint8")))
    problems = told(unetgen(*COMMAND, "-q"))
    assert problems[0].startswith("masks/half.png: values that no class has: 7 at 120 of 480 positions")
    assert problems[1].startswith(
        "out/more.png: the prediction has the size 4 x 4 and not 4 x 5, as masks/more.png"
    )
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--masks", "masks"), "--predictions: is missing, or MODEL with --images"),
        (("--predictions", "out", "--images", "in", "--masks", "masks"), "--images: needs MODEL"),
        (("m.keras", "--masks", "masks"), "--images: is missing; MODEL predicts them"),
        (
            ("m.keras", "--images", "in", "--masks", "m", "--labels", "0=a"),
            "--labels: the model knows its classes",
        ),
        (("m.keras", "--images", "out", "--masks", "masks"), "m.keras: no such file"),
        (
            (*COMMAND[1:], "--out", "e.txt"),
            "e.txt: suffix '.txt' says no format; use one of .csv .json .html",
        ),
        (("--predictions", "out", "--masks", "gone"), "gone: no such file or folder"),
        (
            ("--predictions", "out", "--masks", "masks", "--labels", "0"),
            "must be such as 0=background,255=cell",
        ),
        (
            ("--predictions", "out", "--masks", "masks", "--ignore", "x"),
            "must be a whole number, a value in masks",
        ),
    ],
)
def test_bad_usage_is_refused(arguments: tuple[str, ...], said: str, folders: Path, unetgen: Unetgen) -> None:
    outcome = unetgen("evaluate", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_a_model_is_held_against_masks_as_its_predictions_are(folders: Path, unetgen: Unetgen) -> None:
    overrides = ["base_filters=2", "depth=2", "num_classes=2"]
    config = package.load("quickstart2d", overrides)
    model = package.build(config)
    give_random_weights(model)
    package.save(model, config, folders / "model.keras")
    preprocessing = {
        "version": 1, "normalize": "none", "classes": ["background", "cell"],
        "values": {"0": 0, "255": 1}, "ignore": 7, "ignored": 2,
    }  # fmt: skip
    (folders / "preprocessing.json").write_text(json.dumps(preprocessing))
    random = np.random.default_rng(0)
    for name in ("half", "missed", "empty"):
        values = random.integers(0, 4, (20, 24, 1), dtype="uint8")
        write_image(folders / f"in/{name}.png", Image(values))
    whole = unetgen(
        "evaluate", "model.keras", "--images", "in", "--masks", "masks", "--mirror", "0", "--json"
    )
    assert whole.code == 0, whole.err
    assert unetgen("predict", "model.keras", "in", "--out", "predicted", "--mirror", "0", "-q").code == 0
    files = unetgen(
        "evaluate", "--predictions", "predicted", "--masks", "masks", *COMMAND[-2:], "--ignore", "7", "--json"
    )
    assert files.code == 0, files.err
    assert json.loads(whole.out) == json.loads(files.out)
    assert any(case["classes"]["cell"]["predicted"] for case in json.loads(whole.out)["cases"])
