"""Metrics against plain loops, against numbers of MONAI 1.6.1, and where a class is absent."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from unetgen.errors import UnetgenError
from unetgen.predicting.metrics import MEASURES, Quality, mean, qualities
from unetgen.predicting.surfaces import Region, surface_distances


def ellipsoid(shape: tuple[int, ...], centre: tuple[float, ...], radii: tuple[float, ...]) -> Region:
    places = np.moveaxis(np.indices(shape), 0, -1)
    return (np.square((places - centre) / np.array(radii)).sum(-1) < 1).astype(bool)


def blobs(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Two classes in some places, all over the image and beyond its border."""
    random = np.random.default_rng(seed)
    labels = np.zeros(shape, "uint8")
    for number in (1, 2, 1, 2):
        centre = tuple(random.uniform(0, size) for size in shape)
        labels[ellipsoid(shape, centre, (3.3,) * len(shape))] = number
    return labels


@pytest.mark.parametrize(
    ("spacing", "distance", "hausdorff"),
    [((1.0, 1.0, 1.0), 0.88370049, 2.0), ((0.5, 2.0, 3.0), 1.27513862, 4.0)],
)
def test_the_measures_are_those_of_monai(
    spacing: tuple[float, ...], distance: float, hausdorff: float
) -> None:
    truth = ellipsoid((9, 12, 7), (4, 5, 3), (3.2, 4, 2.4)).astype(int)
    predicted = ellipsoid((9, 12, 7), (4, 7, 3), (2.6, 3.5, 3.1)).astype(int)
    quality = qualities(predicted, truth, [1], spacing)[1]
    assert (quality.predicted, quality.true) == (117, 125)
    assert quality.dice == pytest.approx(0.61983472, rel=1e-6)
    assert quality.iou == pytest.approx(0.44910181, rel=1e-6)
    assert quality.surfaces.average == pytest.approx(distance, rel=1e-6)
    assert quality.surfaces.hausdorff95 == pytest.approx(hausdorff, rel=1e-5)


def edge_points(region: Region) -> list[tuple[int, ...]]:
    """Positions of which a neighbour along an axis does not belong, or is outside of the image."""
    points = []
    for place in product(*map(range, region.shape)):
        around = [(axis, step) for axis in range(region.ndim) for step in (-1, 1)]
        moved = [[at + step * (axis == other) for other, at in enumerate(place)] for axis, step in around]
        inside = [all(0 <= at < size for at, size in zip(each, region.shape, strict=True)) for each in moved]
        if region[place] and not all(
            is_in and region[tuple(each)] for is_in, each in zip(inside, moved, strict=True)
        ):
            points.append(place)
    return points


@pytest.mark.parametrize(
    ("shape", "spacing"), [((23,), (0.5,)), ((12, 9), (2.0, 1.0)), ((7, 6, 8), (1, 3, 0.4))]
)
@pytest.mark.parametrize("seed", range(3))
def test_the_measures_are_those_of_plain_loops(
    shape: tuple[int, ...], spacing: tuple[float, ...], seed: int
) -> None:
    truth, predicted = blobs(shape, seed), blobs(shape, seed + 100)
    truth[: shape[0] // 5] = 7
    for number, quality in qualities(predicted, truth, [0, 1, 2], spacing, ignore=7).items():
        true = np.zeros(shape, bool)
        positive = np.zeros(shape, bool)
        both = one = other = 0
        for place in np.ndindex(*shape):
            if truth[place] == 7:
                continue
            true[place] = truth[place] == number
            positive[place] = predicted[place] == number
            both += bool(true[place] and positive[place])
            one += bool(true[place])
            other += bool(positive[place])
        assert (quality.both, quality.true, quality.predicted) == (both, one, other)
        if not one or not other:
            assert math.isnan(quality.surfaces.average)
            continue
        edges = [[np.multiply(at, spacing) for at in edge_points(each)] for each in (true, positive)]
        there = [min(math.dist(a, b) for b in edges[1]) for a in edges[0]]
        back = [min(math.dist(a, b) for b in edges[0]) for a in edges[1]]
        assert quality.surfaces.average == pytest.approx(np.mean([*there, *back]))
        assert quality.surfaces.hausdorff95 == pytest.approx(
            max(np.quantile(there, 0.95), np.quantile(back, 0.95))
        )


def test_a_class_that_is_absent_has_no_measure_and_one_that_is_missed_has_a_dice_of_0() -> None:
    nothing, something = np.zeros((5, 5), int), np.eye(5, dtype=int)
    measures = {
        "absent": qualities(nothing, nothing, [1], (1, 1))[1].values,
        "missed": qualities(nothing, something, [1], (1, 1))[1].values,
        "invented": qualities(something, nothing, [1], (1, 1))[1].values,
    }
    names = list(MEASURES)
    defined = {
        case: [name for name in names if not math.isnan(found[name])] for case, found in measures.items()
    }
    assert defined == {
        "absent": [],
        "missed": ["dice", "iou", "recall"],
        "invented": ["dice", "iou", "precision"],
    }
    assert {found["dice"] for case, found in measures.items() if case != "absent"} == {0.0}


def test_ignored_positions_count_in_no_measure() -> None:
    truth = np.zeros((12, 12), int)
    truth[3:7, 3:7] = 1
    right = truth.copy()
    wild = truth.copy()
    truth[9:] = 255
    wild[9:] = 1
    perfect = Quality(16, 16, 16, surface_distances(right == 1, right == 1, (1, 1)))
    assert qualities(wild, truth, [1], (1, 1), ignore=255) == {1: perfect}
    assert qualities(wild, truth, [1], (1, 1))[1].dice < 0.7


def test_a_region_at_the_border_of_the_image_ends_there() -> None:
    one = np.zeros((6, 8), bool)
    one[:, :4] = True
    other = np.zeros((6, 8), bool)
    other[:, :5] = True
    found = surface_distances(one, other, (1.0, 1.0))
    assert found.hausdorff95 == 1.0
    assert 0 < found.average < 1


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(UnetgenError, match=r"the shape \(2, 3\), and the mask \(3, 2\)"):
        qualities(np.zeros((2, 3)), np.zeros((3, 2)), [1])


def test_a_mean_says_of_how_many() -> None:
    assert mean([1.0, 0.0, math.nan, 0.5]) == (0.5, 3)
