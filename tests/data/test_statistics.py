"""Every number of a data set's overview, against all its values put together."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.data.files import mask_like, save
from unetgen.data.checking import check_data
from unetgen.data.config import data_config
from unetgen.data.facts import SAMPLED, ImageFacts, digest_of, sampled
from unetgen.data.statistics import AxisRange, Overview
from unetgen.images.image import Image

SIZES = [(6, 5, 4), (7, 9, 3), (5, 5, 5), (8, 6, 7)]
SPACINGS = [(1, 1, 3), (0.5, 0.5, 2), (1, 1, 4), (2, 1, 3)]


def volumes() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [(rng.gamma(2, 30, (*size, 2)) - 40).astype(np.float32) for size in SIZES]


def masks() -> list[np.ndarray]:
    found = [mask_like(volume, 2, 3) for volume in volumes()]
    found[1][0] = 1
    found[2][:, 0] = 7
    return found


@pytest.fixture
def overview(tmp_path: Path) -> Overview:
    for number, (volume, mask) in enumerate(zip(volumes(), masks(), strict=True)):
        affine = np.diag([*SPACINGS[number], 1.0])
        save(tmp_path / "images" / f"{number}.nii.gz", volume, affine)
        save(tmp_path / "masks" / f"{number}.nii.gz", mask, affine)
    labels = {0: "background", 1: "edge", 2: "cell", 3: "cell"}
    found = check_data(data_config({"labels": labels, "ignore": 7}), tmp_path)
    assert found.problems == ()
    return found.overview


def test_sizes_and_spacings_are_those_of_the_files(overview: Overview) -> None:
    assert (overview.cases, overview.dims, overview.channels) == (4, 3, {2: 4})
    assert overview.dtypes == {"float32": 4}
    for found, rows in ((overview.sizes, SIZES), (overview.spacings, SPACINGS)):
        assert found is not None
        ordered = [sorted(column) for column in zip(*rows, strict=True)]
        assert found.lowest == tuple(column[0] for column in ordered)
        assert found.highest == tuple(column[-1] for column in ordered)
        assert found.median == tuple((column[1] + column[2]) / 2 for column in ordered)


def test_intensities_are_those_of_all_values_together(overview: Overview) -> None:
    for channel, found in enumerate(overview.intensities):
        values = np.concatenate([volume[..., channel].ravel() for volume in volumes()]).astype(np.float64)
        assert (found.lowest, found.highest) == (values.min(), values.max())
        np.testing.assert_allclose([found.mean, found.deviation], [values.mean(), values.std()], rtol=1e-9)
        ordered = np.sort(values)
        for share, percentile in zip((0.005, 0.5, 0.995), found.percentiles, strict=True):
            place = share * (len(values) - 1)
            low = ordered[int(place)]
            wanted = low + (ordered[int(place) + 1] - low) * (place % 1)
            assert percentile == pytest.approx(wanted, rel=1e-9)


def test_class_shares_are_counted_position_by_position(overview: Overview) -> None:
    counts = Counter(value for mask in masks() for value in mask.ravel().tolist())
    known = sum(count for value, count in counts.items() if value != 7)
    assert dict(overview.values) == dict(sorted(counts.items()))
    shares = {each.name: each.share for each in overview.classes}
    assert shares == pytest.approx(
        {"background": counts[0] / known, "edge": counts[1] / known, "cell": counts[2] / known}
    )
    assert [each.cases for each in overview.classes] == [4, 1, 4]
    assert overview.ignored == pytest.approx(counts[7] / sum(counts.values()))


def test_it_is_plain_data(overview: Overview) -> None:
    data = json.loads(json.dumps(overview.as_dict()))
    assert data["values"] == {str(value): count for value, count in overview.values.items()}
    assert data["percentiles"] == [0.5, 50.0, 99.5]


def test_a_constant_channel_has_no_deviation() -> None:
    facts = ImageFacts.of(Image(np.full((4, 4, 1), 9, np.uint8)))
    assert facts.is_constant
    assert not ImageFacts.of(Image(np.eye(4)[..., None])).is_constant


def test_large_images_are_sampled_alike_and_closely() -> None:
    values = np.random.default_rng(0).normal(size=(200, 40 * SAMPLED // 1000, 5, 2)).astype(np.float32)
    sample = sampled(values)
    assert sample.shape == (SAMPLED, 2)
    np.testing.assert_array_equal(sample, sampled(np.asfortranarray(values)))
    flat = values.reshape(-1, 2)
    np.testing.assert_allclose(np.percentile(sample, 99, axis=0), np.percentile(flat, 99, axis=0), rtol=0.05)
    assert np.abs(np.corrcoef(sample.T)[0, 1]) < 0.05


def test_a_digest_is_of_type_shape_and_values() -> None:
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    others: list[np.ndarray] = [values.reshape(3, 2, 4), values.astype(np.int16), values[::-1]]
    assert digest_of(values) == digest_of(np.asfortranarray(values))
    assert len({digest_of(each) for each in (values, *others)}) == 4


def test_the_range_of_one_row_is_that_row() -> None:
    assert AxisRange.of([(3, 4)]) == AxisRange((3, 4), (3, 4), (3, 4))
