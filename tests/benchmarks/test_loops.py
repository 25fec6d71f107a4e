"""The loops of the benchmark of trainings: one network, one loss, the same patches, a fair judge."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import importlib.util
import json
import subprocess
import sys
from functools import cache

import keras
import numpy as np
import pytest

from benchmarks import trainings
from benchmarks.loops import in_keras, judging
from benchmarks.loops.case import CASES
from benchmarks.loops.pictures import Whole
from benchmarks.loops.process import Training
from benchmarks.sides.weights import fill_keras
from tests.benchmarks.small_loops import batch_of, case_of, run_of
from tests.tiers import sampled
from unetgen.measuring.weights import drawn
from unetgen.model.building import assign, build_model
from unetgen.predicting.metrics import qualities
from unetgen.training.validating import DICE, dice_of

NAMES = sampled(CASES, ["tissue"])
HAS_MONAI = importlib.util.find_spec("monai") is not None


@cache
def unetgens(name: str) -> tuple[np.ndarray, float]:
    """The scores and the loss of the run's own network, its weights drawn."""
    design = run_of(name).design
    model = build_model(design)
    assign(model, drawn(design.plan))
    x, y = batch_of(name)
    loss = model.test_on_batch(x, keras.utils.to_categorical(y, case_of(name).classes))
    return model.predict_on_batch(x), float(np.ravel(loss)[0])


@pytest.mark.parametrize("name", NAMES)
def test_the_network_and_the_loss_by_hand_are_those_of_the_run(name: str) -> None:
    x, y = batch_of(name)
    case, (scores, loss) = case_of(name), unetgens(name)
    model = in_keras.network(case)
    fill_keras(model, drawn(run_of(name).design.plan))
    found = model.predict_on_batch(x)
    np.testing.assert_allclose(found, scores, atol=1e-5)
    true = keras.utils.to_categorical(y, case.classes).astype("float32")
    assert float(in_keras.dice_and_crossentropy(true, found)) == pytest.approx(loss, rel=1e-4)
    assert scores.std() > 0.01


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(not HAS_MONAI, reason="MONAI is not installed; the benchmark can use it")
def test_the_network_the_loss_and_the_batches_of_monai_are_those_of_the_run(name: str) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.small_loops", name]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    scores, loss = unetgens(name)
    np.testing.assert_allclose(found["scores"], scores, atol=1e-4)
    assert found["loss"] == pytest.approx(loss, rel=1e-4)


def test_the_judge_gives_the_dice_that_a_run_tells() -> None:
    random = np.random.default_rng(0)
    images = [
        Whole(random.random((9, 13, 3), "float32"), random.integers(0, top, (9, 13)).astype("uint8"))
        for top in (3, 2)
    ]
    ours = judging.dice(lambda batch: batch, images, (4, 5))
    cases = [qualities(image.values.argmax(-1), image.labels, range(3)) for image in images]
    assert ours == pytest.approx(dice_of(cases, ("a", "b", "c"))[DICE])


def test_tiles_cover_every_position_and_the_mean_of_equal_scores_is_the_score() -> None:
    image = np.random.default_rng(0).random((7, 13, 9, 2), "float32")
    for size in ((7, 13, 9), (4, 5, 6), (2, 2, 2)):
        np.testing.assert_allclose(judging.tiled(lambda batch: batch, image, size), image, rtol=1e-6)


def test_ours_may_fall_short_by_the_spread_of_the_others_and_no_further() -> None:
    def of(*dice: float) -> list[Training]:
        return [Training(each, [1.0], [0.5]) for each in dice]

    theirs = of(0.70, 0.72, 0.74)
    for ours, holds in ((of(0.68, 0.69, 0.69), True), (of(0.67, 0.68, 0.68), False)):
        rows = trainings._rows_of(CASES["tissue"], {"unetgen": ours, "by hand": theirs}, is_tiny=False)
        assert [row.holds for row in rows if "mean Dice" in row.name] == [holds]
