"""Where the axes of an image point, and turning them without touching a value.

Letters name where an axis leads, as in NIfTI: R or L on the world's first axis, A or P on its second, S or I
on its third. An axis of an oblique image has the letter of the world's axis that it is nearest to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.image import Affine, Image

LETTERS = ("RL", "AP", "SI")
"""Of each axis of the world: along it, and against it."""
PARALLEL = 1e-3
"""How far a direction may be from an axis, as a sine: 0.06 degrees."""


def codes(image: Image) -> str:
    """Where each axis leads; raises `UnetgenError` where the image says nothing of it.

    >>> codes(Image(np.zeros((2, 3, 4, 1)), np.diag([-1.0, -1.0, 2.0, 1.0])))
    'LPS'
    """
    order, signs = _nearest(_directions(image))
    return "".join(LETTERS[world][sign < 0] for world, sign in zip(order, signs, strict=True))


def is_oblique(image: Image) -> bool:
    """Whether an axis of the image lies between those of the world; False where nothing is known of it."""
    if image.affine is None:
        return False
    directions = _directions(image)
    order, _ = _nearest(directions)
    along = np.abs(directions[list(order), np.arange(image.dims)])
    return bool((1 - np.minimum(along, 1) ** 2 > PARALLEL**2).any())


def reoriented(image: Image, axes: str = "RAS") -> Image:
    """The image with axes that lead to `axes`, a letter for each of them: flipped and permuted, no value
    changed. An oblique image stays oblique. Its affine says where each value was.

    Raises `UnetgenError` for letters that its axes cannot have, and where it says nothing of its place.

    >>> flipped = Image(np.zeros((2, 3, 4, 1)), np.diag([-1.0, -1.0, 2.0, 1.0]))
    >>> codes(reoriented(flipped, "SAR")), reoriented(flipped, "SAR").spatial
    ('SAR', (4, 3, 2))
    """
    wanted = [next((world for world, pair in enumerate(LETTERS) if letter in pair), -1) for letter in axes]
    if sorted(wanted) != list(range(image.dims)):
        pairs = ", ".join(" or ".join(pair) for pair in LETTERS[: image.dims])
        raise UnetgenError(
            f"{_name(image)}: no orientation {axes!r} of {image.dims} axes; use each of {pairs}"
        )
    order, signs = _nearest(_directions(image))
    sources = [order.index(world) for world in wanted]
    against = [LETTERS[world].index(letter) == 1 for world, letter in zip(wanted, axes, strict=True)]
    flips = [(signs[source] < 0) != is_against for source, is_against in zip(sources, against, strict=True)]
    return _turned(image, sources, flips)


def like(image: Image, original: Image) -> Image:
    """The image with its axes as `original` has them: what `reoriented` did to it is undone.

    Its sizes and spacings may be others. Raises `UnetgenError` where the axes of one lie between those of the
    other, and where only one of them says where it lies.
    """
    if image.affine is None and original.affine is None and image.dims == original.dims:
        return image
    relative = np.linalg.inv(_directions(original)) @ _directions(image)
    order, signs = _nearest(relative)
    exact = np.zeros_like(relative)
    exact[list(order), np.arange(image.dims)] = signs
    if not np.allclose(relative, exact, atol=PARALLEL):
        raise UnetgenError(f"{_name(image)}: its axes lie between those of {_name(original)}")
    sources = [order.index(axis) for axis in range(image.dims)]
    return _turned(image, sources, [signs[source] < 0 for source in sources])


def grid_affine(spacing: Sequence[float], origin: Sequence[float] | None = None) -> Affine:
    """Of a file that knows columns, rows and pages alone: its last axis is the world's first.

    `origin` says where its first value lies, axis by axis as `spacing`.

    >>> grid_affine((3.0, 2.0, 1.0)).astype(int).tolist()  # pages, rows, columns
    [[0, 0, 1, 0], [0, 2, 0, 0], [3, 0, 0, 0], [0, 0, 0, 1]]
    """
    dims = len(spacing)
    affine = np.zeros((dims + 1, dims + 1))
    affine[np.arange(dims)[::-1], np.arange(dims)] = spacing
    affine[:dims, dims] = 0 if origin is None else tuple(origin)[::-1]
    affine[dims, dims] = 1
    return affine


def is_place(affine: Affine) -> bool:
    """Whether each index has a place of its own in the world: finite, its directions independent."""
    if not np.isfinite(affine).all():
        return False
    lengths = np.sqrt((affine[:-1, :-1] ** 2).sum(0))
    return bool((lengths > 0).all() and abs(np.linalg.det(affine[:-1, :-1] / lengths)) > PARALLEL)


def _turned(image: Image, sources: Sequence[int], flips: Sequence[bool]) -> Image:
    """The image whose axis i is the axis `sources[i]` of this one, against its direction where `flips[i]`."""
    dims = image.dims
    steps = tuple(slice(None, None, -1 if flip else 1) for flip in flips)
    values = image.values.transpose(*sources, dims)[steps]
    from_new = np.zeros((dims + 1, dims + 1))
    from_new[dims, dims] = 1
    for axis, (source, flip) in enumerate(zip(sources, flips, strict=True)):
        from_new[source, axis] = -1 if flip else 1
        from_new[source, dims] = image.spatial[source] - 1 if flip else 0
    return replace(image, values=values, affine=None if image.affine is None else image.affine @ from_new)


def _directions(image: Image) -> Affine:
    """A column of length 1 for each axis."""
    if image.affine is None:
        raise UnetgenError(
            f"{_name(image)}: says nothing of how it lies in the world, so that it cannot be turned; "
            "set `orientation: keep`, or save it as NIfTI"
        )
    return np.asarray(image.affine[:-1, :-1] / np.asarray(image.spacing), np.float64)


def _nearest(directions: Affine) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The world's axis that each axis is nearest to, each taken once, and whether it leads along it."""
    dims = len(directions)
    axes = np.arange(dims)
    order = max(permutations(range(dims)), key=lambda some: np.abs(directions[list(some), axes]).sum())
    signs = tuple(-1 if directions[world, axis] < 0 else 1 for axis, world in enumerate(order))
    return order, signs


def _name(image: Image) -> str:
    return "the image" if image.file is None else str(image.file)
