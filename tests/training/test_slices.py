"""A 2D network learns from slices of volumes, and predicts volumes slice by slice."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np

from unetgen.runs.loader import load_run
from unetgen.training.fitting import train


def test_a_2d_network_learns_from_slices_of_volumes(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for number in range(3):
        mask = np.zeros((20, 6, 24), "uint8")
        mask[5:15, 2:5, 6:18] = 1
        image = (mask + random.normal(0, 0.1, mask.shape)).astype("float32")
        affine = np.diag([-1.0, 5.0, 1.0, 1.0])
        nibabel.save(nibabel.Nifti1Image(image, affine), tmp_path / f"images/volume{number}.nii.gz")
        nibabel.save(nibabel.Nifti1Image(mask, affine), tmp_path / f"masks/volume{number}.nii.gz")
    (tmp_path / "run.yaml").write_text(
        "model: {input: {shape: [16, 16], channels: 1}, depth: 2, base_filters: 4, num_classes: 2,\n"
        "  compile: {optimizer: {kind: adam, learning_rate: 1.0e-2}}}\n"
        "data: {slices: 1}\n"
        "fit: {epochs: 3, batch_size: 4, steps: 20, validate_every: 3}\n"
    )
    trained = train(load_run(tmp_path / "run.yaml"), tmp_path / "out")
    assert trained.history.rows[-1]["val_dice"] > 0.8
