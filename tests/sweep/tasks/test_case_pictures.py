"""Pictures of cases: which ones, what their pixels say, how large they may be."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from unetgen.data.samples import Panel
from unetgen.sweep.report.cases import is_small
from unetgen.sweep.tasks.case_pictures import case_pictures
from unetgen.training.report import CaseResult, examples_of

CLASSES = ("background", "cell", "wall")


def case(name: str, dice: float, values: np.ndarray, mask: np.ndarray, predicted: np.ndarray) -> CaseResult:
    panels = (
        Panel("image", values, None),
        Panel("mask, slice 7", values, mask),
        Panel("prediction", values, predicted),
    )
    return CaseResult(name, dice, {}, panels)


def of_dice(*dices: float) -> list[CaseResult]:
    flat = np.zeros((3, 5, 1), np.float32)
    return [case(f"case{n}", dice, flat, flat[..., 0], flat[..., 0]) for n, dice in enumerate(dices)]


def read(results: list[CaseResult]) -> dict[str, Any]:
    return dict(json.loads(case_pictures(examples_of(results), CLASSES)))


def pixels(packed: str, mode: str) -> np.ndarray:
    assert is_small(packed)
    with Image.open(io.BytesIO(base64.b64decode(packed))) as picture:
        return np.asarray(picture.convert(mode))


@pytest.mark.parametrize(
    ("dices", "chosen"),
    [
        ((0.1, 0.4, 0.6, 0.8, np.nan), {"best": 0.8, "middle": 0.6, "worst": 0.1}),
        ((0.1, 0.4), {"best": 0.4, "worst": 0.1}),
        ((0.1, np.nan), {"best": 0.1}),
        ((np.nan,), {}),
        ((), {}),
    ],
)
def test_the_best_the_middle_and_the_worst_case(dices: tuple[float, ...], chosen: dict[str, float]) -> None:
    cases = read(of_dice(*dices))["cases"]
    assert {each["rank"]: each["dice"] for each in cases} == chosen
    assert [each["rank"] for each in cases] == list(chosen), "the best first"


def test_images_are_between_black_and_white_and_classes_have_their_colours() -> None:
    ramp = np.linspace(-1, 1, 2000, dtype=np.float32).reshape(40, 50)
    mask = np.zeros((40, 50), np.int32)
    mask[:10], mask[10:20], mask[20:30], mask[30] = 1, 2, 3, -1
    results = [case("a", 0.5, np.stack([ramp, ramp[::-1]], -1), mask, mask.T[:40, :40])]
    data = read(results)
    (shown,) = data["cases"]
    assert (shown["name"], shown["slice"]) == ("a", "slice 7")
    grey = pixels(shown["image"], "L").astype(float)
    low, high = np.percentile(ramp, (0.5, 99.5))
    assert np.abs(grey - np.clip((ramp - low) / (high - low), 0, 1) * 255).max() < 1
    colours = [(name, tuple(bytes.fromhex(text[1:]))) for name, text in data["classes"]]
    assert [name for name, _ in colours] == ["cell", "wall"]
    laid = pixels(shown["mask"], "RGBA")
    assert (laid[31:, :, 3] == 0).all() and (laid[:31, :, 3] == 255).all()
    for rows, colour in zip((slice(10), slice(10, 20)), dict(colours).values(), strict=True):
        assert (laid[rows, :, :3] == colour).all()
    assert (laid[20:31, :, :3] == 128).all(), "what is ignored is grey"
    assert (pixels(shown["prediction"], "RGBA")[:, 30:, 3] == 255).sum() == 40


def test_however_large_the_images_are_a_report_can_hold_their_pictures() -> None:
    chance = np.random.default_rng(0)
    noise = chance.normal(size=(301, 700, 3)).astype(np.float32)
    labels = chance.integers(0, 3, (301, 700))
    cases = [case(f"n{i}", i / 9, noise, labels, labels) for i in range(9)]
    raw = case_pictures(examples_of(cases), CLASSES)
    assert len(raw) < 2**18
    for shown in json.loads(raw)["cases"]:
        for name in ("image", "mask", "prediction"):
            assert pixels(shown[name], "RGB").shape == (55, 128, 3)
        coloured = {tuple(each) for each in pixels(shown["mask"], "RGBA").reshape(-1, 4)}
        assert len(coloured) == 3, "classes are not mixed"
