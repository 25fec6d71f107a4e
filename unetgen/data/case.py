"""A case: the files of one image and of its mask, and the one of their slices that is meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unetgen.data.slices import slice_of
from unetgen.errors import UnetgenError
from unetgen.images.files import read_header, read_image, read_labels
from unetgen.images.geometry import codes, like
from unetgen.images.image import Image

Reader = Callable[[Path], Image]
_NEAR = 0.05
"""By how many voxels positions of two files may differ: what rounding in headers makes is far less."""


@dataclass(frozen=True)
class Case:
    """One image of a data set, and its mask if there is one."""

    name: str
    images: tuple[Path, ...]
    """One file, or several with one channel each."""
    mask: Path | None = None
    slice: tuple[int, int] | None = None
    """An axis and the index on it where one slice of a volume is the case; None: all of it."""
    dims: int | None = None
    """How many spatial axes the files have, for those that do not say it; None: what they look like."""

    def image(self, read: Reader | None = None) -> Image:
        """The image, with the channels of all its files; raises `UnetgenError` where they do not fit."""
        read = read or partial(read_image, dims=self.dims)
        parts = [read(file) for file in self.images]
        first, *others = parts
        for file, part in zip(self.images[1:], others, strict=True):
            if (wrong := misfit(part, first)) is not None:
                raise UnetgenError(
                    f"{file}: {wrong}, as {self.images[0].name} has it; channels are of one image"
                )
        whole = first
        if others:
            whole = Image(np.concatenate([part.values for part in parts], -1), first.affine, first.file)
        return slice_of(whole, *self.slice) if self.slice else whole

    def labels(self, read: Reader | None = None) -> Image:
        """The mask: one channel of whole numbers, its axes turned to those of its image.

        Raises `UnetgenError` where it cannot be read.
        """
        if self.mask is None:
            raise UnetgenError(f"{self.images[0]}: has no mask; give the masks in `data.masks`")
        read = read or partial(read_labels, dims=self.dims)
        mask = turned_like(read(self.mask), grid_of(self.images[0], self.dims))
        return slice_of(mask, *self.slice) if self.slice else mask


def remembering(read: Reader) -> Reader:
    """`read` that has the last file at hand: the slices of a volume are cases one after the other."""
    last: dict[Path, Image] = {}

    def remembered(file: Path) -> Image:
        if file not in last:
            last.clear()
            last[file] = read(file)
        return last[file]

    return remembered


def grid_of(file: Path, dims: int | None = None) -> Image:
    """The positions of the image in `file`, without its values; raises `UnetgenError` as `read_header`."""
    header = read_header(file, dims)
    return Image(np.broadcast_to(np.uint8(0), (*header.spatial, 1)), header.affine, file)


def turned_like(mask: Image, image: Image) -> Image:
    """The mask with its axes as its image has them, where flips and permutations alone do that."""
    if mask.affine is None or image.affine is None or mask.dims != image.dims:
        return mask
    try:
        turned = like(mask, image)
    except UnetgenError:  # the axes of one lie between those of the other
        return mask
    return turned if codes(mask) != codes(image) and misfit(turned, image) is None else mask


def misfit(image: Image, wanted: Image) -> str | None:
    """What `image` does not have in common with `wanted`: its size, or where it lies in the world."""
    if image.spatial != wanted.spatial:
        return f"has the size {size_text(image.spatial)} and not {size_text(wanted.spatial)}"
    distance = voxels_apart(image, wanted)
    if distance <= _NEAR:
        return None
    if any(abs(a - b) > 1e-3 * b for a, b in zip(image.spacing, wanted.spacing, strict=True)):
        return f"has the spacing {spacing_text(image.spacing)} and not {spacing_text(wanted.spacing)}"
    return f"lies up to {distance:.3g} voxels from where it should lie (its affine differs)"


def voxels_apart(image: Image, other: Image) -> float:
    """The largest distance of equal corners in the world, in the smallest spacing; 0 where one is unknown.

    Both have one size.
    """
    if image.affine is None or other.affine is None:
        return 0.0
    last = np.array(image.spatial) - 1
    corners = np.array(list(np.ndindex(*(2,) * image.dims))) * last
    corners = np.concatenate([corners, np.ones((len(corners), 1))], 1)
    moved = (corners @ (image.affine - other.affine).T)[:, :-1]
    return float(np.sqrt((moved**2).sum(1)).max() / min(other.spacing))


def size_text(spatial: tuple[int, ...]) -> str:
    """A size in words.

    >>> size_text((512, 512, 30))
    '512 x 512 x 30'
    """
    return " x ".join(map(str, spatial))


def spacing_text(spacing: tuple[float, ...]) -> str:
    """A spacing in words.

    >>> spacing_text((0.5, 0.5, 3.0))
    '0.5 x 0.5 x 3'
    """
    return " x ".join(f"{each:.4g}" for each in spacing)
