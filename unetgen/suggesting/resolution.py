"""Lower resolutions of the same images, for a network that sees more of them at once.

Facts: the first stage of nnU-Net's cascade, Isensee et al. 2021, doi 10.1038/s41592-020-01008-z, and
default_experiment_planner.py of nnU-Net 2. Its second stage, which gets the first one's prediction as a
further input, is not planned here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from unetgen.suggesting.fingerprint import Fingerprint
from unetgen.suggesting.topology import ALIKE

Resolution = Literal["full", "low"]

SHOWN_ENOUGH = 0.25
"""The share of an image that a patch has to show; below it, a lower resolution is planned."""
STEP = 1.03
"""By so much the spacing grows at a time."""
LEAST_REDUCTION = 2
"""A lower resolution with more than the positions of full resolution by this number is not worth it."""


def coarser(full: Fingerprint) -> Iterator[Fingerprint]:
    """The same images at larger and larger spacing. Finer axes come first, until all are alike.

    >>> images = Fingerprint((5.0, 1.0, 1.0), (40.0, 400.0, 400.0), 3, 1, 2, 3 * 40 * 400 * 400)
    >>> first = next(coarser(images))
    >>> first.spacing, first.size
    ((5.0, 1.03, 1.03), (40.0, 388.0, 388.0))
    """
    spacing = full.spacing
    while True:
        coarsest = max(spacing)
        fine = [coarsest / each > ALIKE for each in spacing]
        grows = fine if any(fine) else [True] * full.dims
        spacing = tuple(each * STEP if grow else each for each, grow in zip(spacing, grows, strict=True))
        exact = [
            before / after * size
            for before, after, size in zip(full.spacing, spacing, full.size, strict=True)
        ]
        size = tuple(float(max(round(each), 1)) for each in exact)
        yield replace(full, spacing=spacing, size=size, positions=math.prod(exact) * full.cases)
