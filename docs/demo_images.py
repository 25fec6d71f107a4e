"""Two small data sets of real images, made of what Python packages ship, with a run file for each.

Run by ``make demo``. ``tissue`` is a stained tissue section that scikit-image ships: RGB tiles as PNG, and
masks of the brown stain, told apart by colour deconvolution. ``brain`` is the MNI152 template that nilearn
ships: a T1 volume as NIfTI, its grey and white matter as masks, cut into blocks of both hemispheres.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image
from skimage import color, data, filters

TISSUE = """\
model:
  input: {shape: [null, null], channels: 3}
  depth: 3
  base_filters: 16
  norm: instance
  up: transposed
  num_classes: 2
  compile:
    loss: [categorical_crossentropy, dice]
    optimizer: {kind: adam, learning_rate: 3.0e-3}
    metrics: []
data: {labels: {0: rest, 255: stained}, augment: light, patch: {size: [64, 64]}}
fit: {epochs: 10, batch_size: 8, steps: 12, schedule: cosine}
"""
BRAIN = """\
model:
  input: {shape: [null, null, null], channels: 1}
  depth: 3
  base_filters: 8
  norm: instance
  num_classes: 3
  compile:
    loss: [categorical_crossentropy, dice]
    optimizer: {kind: adam, learning_rate: 3.0e-3}
    metrics: []
data:
  labels: {0: rest, 1: grey matter, 2: white matter}
  patch: {size: [32, 32, 32]}
  split: {kind: listed, train: [left0, left1, left2], validation: [right0]}
fit: {epochs: 15, batch_size: 2, steps: 16, validate_every: 5, schedule: cosine}
"""
TILE = 128
MNI = "datasets/data/mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"


def tissue(folder: Path) -> None:
    """16 tiles of 128 x 128, of which every fifth or so is validated on."""
    picture = data.immunohistochemistry()
    brown = color.rgb2hed(picture)[..., 2]
    mask = (filters.gaussian(brown, 1) > filters.threshold_otsu(brown)) * np.uint8(255)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for place, (row, column) in enumerate(np.ndindex(4, 4)):
        at = (slice(row * TILE, (row + 1) * TILE), slice(column * TILE, (column + 1) * TILE))
        Image.fromarray(picture[at]).save(folder / f"images/tile{place:02}.png")
        Image.fromarray(mask[at]).save(folder / f"masks/tile{place:02}.png")
    (folder / "run.yaml").write_text(TISSUE)


def brain(folder: Path) -> None:
    """Three blocks of the left hemisphere to learn from, one of the right to validate on, at 2 mm."""
    spec = find_spec("nilearn")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("nilearn ships the brain: pip install --no-deps nilearn")
    root = Path(spec.submodule_search_locations[0])
    t1, grey, white = (nibabel.load(root / MNI.format(name)) for name in ("t1", "gm", "wm"))
    values = np.asarray(t1.dataobj, "float32")[::2, ::2, ::2]
    tissues = np.stack([np.asarray(each.dataobj, "float32")[::2, ::2, ::2] for each in (grey, white)])
    labels = np.where(tissues.max(0) > tissues.max() * 0.4, tissues.argmax(0) + 1, 0).astype("uint8")
    affine = t1.affine @ np.diag([2, 2, 2, 1])
    half = values.shape[0] // 2
    blocks = {
        **{f"left{i}": (slice(0, half), slice(y, y + 48), slice(20, 76)) for i, y in enumerate((8, 44, 76))},
        "right0": (slice(half, None), slice(30, 86), slice(20, 76)),
    }
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for block, at in blocks.items():
        moved = affine.copy()
        moved[:3, 3] = (affine @ [*(each.start for each in at), 1])[:3]
        for name, array in (("images", values), ("masks", labels)):
            nibabel.save(nibabel.Nifti1Image(array[at], moved), folder / f"{name}/{block}.nii.gz")
    (folder / "run.yaml").write_text(BRAIN)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    tissue(out / "tissue")
    brain(out / "brain")
    print(f"{out / 'tissue'}: 16 tiles of a tissue section\n{out / 'brain'}: 4 blocks of a brain at 2 mm")
