"""Small data sets that a network learns from in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

RUN = """\
model:
  input: {shape: [null, null], channels: 1}
  depth: 2
  base_filters: 4
  dropout: 0.1
  norm: batch
  num_classes: 2
  compile:
    loss: sparse_categorical_crossentropy
    optimizer: {kind: adam, learning_rate: 1.0e-2}
    metrics: []
data:
  labels: {0: background, 255: disc}
  augment: light
  patch: {size: [16, 24]}
fit: {epochs: 4, batch_size: 4, steps: 3, schedule: polynomial}
"""


def write_discs(root: Path, count: int = 6, seed: int = 0) -> None:
    """Bright discs on a dark ground with noise, and masks of 0 and 255, as PNGs of two sizes."""
    random = np.random.default_rng(seed)
    for folder in ("images", "masks"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        shape = (33, 40) if number % 2 else (40, 28)
        y, x = np.mgrid[: shape[0], : shape[1]]
        mask = (y - random.integers(10, 20)) ** 2 + (x - random.integers(8, 20)) ** 2 < 40
        image = 60 + 120 * mask + random.normal(0, 10, shape)
        Image.fromarray(image.clip(0, 255).astype("uint8")).save(root / f"images/disc{number}.png")
        Image.fromarray((mask * 255).astype("uint8")).save(root / f"masks/disc{number}.png")


@pytest.fixture
def discs(tmp_path: Path) -> Path:
    """A run file beside its images."""
    write_discs(tmp_path)
    (tmp_path / "run.yaml").write_text(RUN)
    return tmp_path / "run.yaml"
