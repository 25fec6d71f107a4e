"""Training and predicting from Python."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import unetgen
from unetgen.errors import UnetgenError


def test_a_run_and_its_predictor_in_a_few_lines(discs: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    look = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["val_dice"]))
    trained = unetgen.run(discs, tmp_path / "out", ["fit.epochs=6"], callbacks=[look])
    assert seen == [row["val_dice"] for row in trained.history.rows]
    predictor = unetgen.load_predictor(trained.model_file, overlap=0.25)
    image = np.array(Image.open(discs.parent / "images/disc0.png"))[..., None]
    mask = np.array(Image.open(discs.parent / "masks/disc0.png")) > 0
    labels = predictor(image)
    assert labels.shape == mask.shape
    assert 2 * (labels & mask).sum() / (labels.sum() + mask.sum()) > 0.5
    assert (predictor([image, image])[1] == labels).all()
    scores = predictor.scores(image)
    assert scores.shape == (*mask.shape, 2)
    assert np.allclose(scores.sum(-1), 1, atol=1e-5)
    with pytest.raises(UnetgenError, match="not a trained model"):
        unetgen.load_predictor(discs)
