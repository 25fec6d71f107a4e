"""The files beside which how-to pages and the README are run: images, masks, PyTorch's weights, a lock."""

from __future__ import annotations

import shutil
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image
from skimage import data, filters

from tests.parity.originals import read
from tests.weights.written import archive

HERE = Path(__file__).parent


def place(page: str, folder: Path) -> None:
    """What the page of this name begins with."""
    if page in ("anisotropic", "memory"):
        place_volumes(folder / "scans")
    elif page == "README":
        place_images(folder / "pictures")
        (folder / "pictures/numbers").rename(folder / "pictures/masks")
        shutil.copytree(folder / "pictures/images", folder / "new_images")
        for name in ("grey", "unsure"):
            shutil.rmtree(folder / "pictures" / name)
    elif page == "torch_weights":
        archive(read("monai_unet_2d").tensors, folder / "best.pt")
    elif page == "old_locks":
        shutil.copytree(HERE / "old_lock", folder, dirs_exist_ok=True)
    else:
        place_images(folder)


def place_images(folder: Path) -> None:
    """Six pictures of coins, 51 x 43, in `images`, and masks of four kinds.

    `grey` has masks of 0 and 255, `numbers` of 0 to 2, `unsure` those with a stripe of 255.
    """
    picture = data.coins()
    threshold = filters.threshold_otsu(picture)
    for number, image in enumerate(tiles(picture)):
        coin = (image > threshold).astype("uint8")
        classes = coin * (1 + (image > threshold + 30)).astype("uint8")
        unsure = classes.copy()
        unsure[20:24] = 255
        pictures = {"images": image, "grey": coin * 255, "numbers": classes, "unsure": unsure}
        for name, array in pictures.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(folder / name / f"coin{number}.png")


def place_volumes(folder: Path) -> None:
    """Six volumes of ten slices, five times as thick as a pixel is wide, and their masks."""
    picture = data.coins()
    threshold = filters.threshold_otsu(picture)
    for number, image in enumerate(tiles(picture)):
        volume = np.stack([image[:40, :40]] * 10, axis=-1)
        for name, array in {"images": volume, "masks": volume > threshold}.items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            nifti = nibabel.Nifti1Image(array.astype("int16"), np.diag([1.0, 1.0, 5.0, 1.0]))
            nibabel.save(nifti, folder / name / f"case{number}.nii.gz")


def tiles(picture: np.ndarray) -> list[np.ndarray]:
    corners = [(top, left) for top in (0, 75) for left in (0, 100, 200)]
    return [picture[top : top + 51, left : left + 43] for top, left in corners]
