"""Masks are whole numbers of one channel; everything else is refused with what was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unetgen.errors import UnetgenError
from unetgen.images.image import Image, Values
from unetgen.images.labels import as_labels, smallest

FILE = Path("mask.png")
GREY = np.array([[0, 255], [7, 0]], np.uint8)[..., None]


def opaque(values: Values) -> Values:
    return np.concatenate([values, np.full_like(values[..., :1], 255)], -1)


@pytest.mark.parametrize(
    "values", [GREY, np.repeat(GREY, 3, -1), opaque(GREY), opaque(np.repeat(GREY, 3, -1))]
)
def test_grey_that_is_saved_as_colours_is_one_channel(values: Values) -> None:
    assert np.array_equal(as_labels(Image(values), FILE).values, GREY)


@pytest.mark.parametrize(
    "values",
    [
        np.dstack([GREY, GREY, GREY[::-1]]), np.concatenate([GREY, GREY], -1), np.repeat(GREY, 5, -1),
        np.concatenate([np.repeat(GREY, 3, -1), GREY], -1),
    ],
)  # fmt: skip
def test_channels_that_differ_are_refused(values: Values) -> None:
    with pytest.raises(UnetgenError, match=r"mask.png: has \d channels that differ; a mask has one"):
        as_labels(Image(values), FILE)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_whole_numbers_of_a_real_type_are_labels(kind: str) -> None:
    labels = as_labels(Image(np.array([[0.0, 1], [2, 300]]).astype(kind)[..., None]), FILE).values
    assert labels.dtype == np.int16 and labels[..., 0].tolist() == [[0, 1], [2, 300]]


@pytest.mark.parametrize("wrong, said", [(0.5, "0.5"), (np.nan, "nan"), (np.inf, "inf"), (1e300, "1e\\+300")])
def test_other_numbers_are_refused_with_their_values(wrong: float, said: str) -> None:
    with pytest.raises(UnetgenError, match=rf"2 of its values are not whole numbers \({said}\)"):
        as_labels(Image(np.array([0, wrong, wrong, 2.0])[:, None]), FILE)


@pytest.mark.parametrize(
    "low, high, kind",
    [(0, 255, "u1"), (0, 256, "i2"), (-1, 255, "i2"), (0, 40_000, "u2"), (-1, 40_000, "i4"), (0, 2**31, "u4"),
     (-1, 2**31, "i8"), (0, 2**63, "u8")],
)  # fmt: skip
def test_the_smallest_type_holds_all_values(low: int, high: int, kind: str) -> None:
    values = np.array([low, high], np.uint64 if high == 2**63 else np.int64)
    assert smallest(values).dtype == np.dtype(kind) and smallest(values).tolist() == [low, high]


def test_real_numbers_stay_as_they_are() -> None:
    values = np.array([0.0, 1.0], np.float32)
    assert smallest(values) is values
