"""Small image files for tests, written by other programs' libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray


def picture(seed: int = 0, shape: tuple[int, ...] = (12, 10), dtype: Any = np.uint8) -> Array:
    """An image of values that differ from seed to seed."""
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


def mask_like(image: Array, value: int = 1, dims: int = 2) -> Array:
    """A block of `value` in a background of 0."""
    mask = np.zeros(image.shape[:dims], np.uint8)
    shape: tuple[int, ...] = mask.shape
    mask[tuple(slice(size // 4, size // 2 + 1) for size in shape)] = value
    return mask


def save(file: Path, values: Array, affine: Array | None = None) -> Path:
    """Write `values` in the format of the suffix, with its folders."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".npy":
        np.save(file, values, allow_pickle=True)
    elif file.name.endswith((".nii", ".nii.gz")):
        import nibabel

        image = nibabel.Nifti1Image(values, np.eye(4) if affine is None else affine)
        image.to_filename(file)
    elif file.suffix in (".tif", ".tiff"):
        import tifffile

        tifffile.imwrite(file, values, photometric="rgb" if values.shape[-1] in (3, 4) else "minisblack")
    else:
        from PIL import Image

        Image.fromarray(values).save(file)
    return file


def data_set(root: Path, count: int = 4, value: int = 1, suffix: str = ".png", **image: Any) -> Path:
    """A good data set of `count` cases a0, a1, ... in `images` and `masks`."""
    for number in range(count):
        values = picture(number, **image)
        dims = 3 if suffix.startswith(".nii") else 2
        save(root / "images" / f"a{number}{suffix}", values)
        save(root / "masks" / f"a{number}{suffix}", mask_like(values, value, dims))
    return root
