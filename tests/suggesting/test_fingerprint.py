"""The spacing and the size that the rules see."""

from __future__ import annotations

import math

import pytest

from unetgen.suggesting.fingerprint import Fingerprint, target_spacing


def test_the_median_is_taken_along_each_axis() -> None:
    spacings = [(1.0, 2.0, 1.0), (1.5, 1.0, 1.0), (3.0, 1.0, 0.5)]
    assert target_spacing([(50, 60, 70)] * 3, spacings) == (1.5, 1.0, 1.0)
    assert target_spacing([(50, 60)] * 3, [row[:2] for row in spacings]) == (1.5, 1.0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_across_thick_slices_it_is_the_tenth_percentile(axis: int) -> None:
    def turned(row: tuple[float, ...]) -> tuple[float, ...]:
        return (*row[1 : axis + 1], row[0], *row[axis + 1 :])

    sizes = [tuple(map(int, turned((10, 200, 200))))] * 5
    spacings = [turned((across, 1.0, 1.1)) for across in (5.0, 10.0, 10.0, 10.0, 6.0)]
    assert target_spacing(sizes, spacings) == pytest.approx(turned((5.4, 1.0, 1.1)))


def test_it_is_no_finer_there_than_along_the_other_axes() -> None:
    spacings = [(8.0, 1.0, 1.1)] * 4 + [(0.5, 1.0, 1.1)] * 1
    assert target_spacing([(10, 200, 200)] * 5, [(0.5, 1.0, 1.1), *spacings[:4]])[0] >= 1.1
    assert target_spacing([(10, 200, 200)] * 9, [(0.5, 1.0, 1.1)] * 4 + [(8.0, 1.0, 1.1)] * 5)[0] == 1.1


def test_many_slices_or_spacings_that_are_not_far_apart_keep_the_median() -> None:
    spacings = [(across, 1.0, 1.0) for across in (4.0, 5.0, 6.0)]
    assert target_spacing([(90, 200, 200)] * 3, spacings)[0] == 5.0
    assert target_spacing([(10, 200, 200)] * 3, [(a / 2, 1.0, 1.0) for a in (4.0, 5.0, 6.0)])[0] == 2.5


def test_sizes_are_those_after_resampling() -> None:
    found = Fingerprint.of([(100, 50), (60, 50), (100, 80)], [(1, 1), (2, 1), (1, 0.5)], (2.0, 1.0), 3, 4)
    assert found.size == (50.0, 50.0)
    assert (found.cases, found.channels, found.classes, found.positions) == (3, 3, 4, 7500.0)


def test_slices_keep_the_positions_of_their_volumes() -> None:
    whole = Fingerprint.of([(30, 20, 10)] * 4, [(1, 2, 5)] * 4, (1, 2, 5), 1, 2)
    flat = whole.sliced(2)
    assert (flat.size, flat.spacing, flat.dims) == ((30.0, 20.0), (1, 2), 2)
    assert flat.positions == whole.positions == math.prod((30, 20, 10)) * 4
