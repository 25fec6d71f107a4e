from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unetgen.data.labels import Classes, value_counts
from unetgen.errors import UnetgenError


def test_values_become_the_numbers_of_their_classes() -> None:
    """Against a loop over all positions."""
    labels = {0: "background", 255: "cell", 7: "edge", 128: "cell"}
    classes = Classes.named(labels, ignore=99)
    assert classes.names == ("background", "cell", "edge")
    drawn = np.random.default_rng(0).integers(0, 5, (5, 6, 7))
    values = np.array([0, 255, 7, 128, 99], np.uint8)[drawn]
    wanted = [3 if value == 99 else classes.names.index(labels[value]) for value in values.ravel().tolist()]
    found = classes.numbers(values, ignored=3)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found.ravel(), wanted)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.int64, np.uint64])
def test_counting_is_that_of_unique(dtype: type) -> None:
    values: np.ndarray = np.random.default_rng(1).integers(0, 120, (30, 7, 2)).astype(dtype)
    unique, counts = np.unique(values, return_counts=True)
    assert value_counts(values) == dict(zip(unique.tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize("values", [[-3, 0, 0, 5], [0, 2**17, 2**17], [2**31, 1]])
def test_counting_knows_negative_and_large_values(values: list[int]) -> None:
    assert value_counts(np.array(values)) == {value: values.count(value) for value in sorted(set(values))}


@pytest.mark.parametrize(
    ("classes", "values", "said"),
    [
        (
            Classes.counted(2),
            [0, 255, 0, 0],
            "values that no class has: 255 at 1 of 4 positions; "
            "write `data.labels: {0: background, 255: foreground}`",
        ),
        (
            Classes.counted(3),
            [0, 1, 2, 7],
            "values that no class has: 7 at 1 of 4 positions; "
            "the classes are 0, 1, 2; name it in `data.labels`, or write `data.ignore: 7`",
        ),
        (
            Classes.named({0: "background", 255: "cell"}),
            [-1, 254, 254, 255],
            "values that no class has: -1 at 1 and 254 at 2 of 4 positions; "
            "the classes are 0, 255; name them in `data.labels`",
        ),
        (
            Classes.counted(2),
            list(range(300)),
            "values that no class has: 298 values from 2 to 299 at 298 of 300 positions; masks of classes "
            "hold few values; are these numbers of objects, or is it a lossy format?",
        ),
    ],
)
def test_values_of_no_class_are_told_with_how_often_they_are_there(
    classes: Classes, values: list[int], said: str
) -> None:
    with pytest.raises(UnetgenError) as caught:
        classes.numbers(np.array(values), ignored=9, file=Path("m.png"))
    assert str(caught.value) == f"m.png: {said}"


def test_the_advice_works() -> None:
    values = np.array([0, 255, 255])
    assert Classes.named({0: "background", 255: "foreground"}).numbers(values, 2).tolist() == [0, 1, 1]
    assert Classes.counted(3, ignore=7).numbers(np.array([0, 1, 2, 7]), 3).tolist() == [0, 1, 2, 3]


def test_shares_leave_the_ignored_value_out() -> None:
    classes = Classes.named({0: "background", 1: "cell", 2: "cell"}, ignore=9)
    assert classes.shares({0: 6, 1: 1, 2: 1, 9: 92}) == {"background": 0.75, "cell": 0.25}


def test_without_names_the_classes_are_the_values_from_0_on_without_a_gap() -> None:
    assert Classes.found({0: 5, 1: 5, 2: 1}).names == ("0", "1", "2")
    assert Classes.found({0: 5, 255: 5}).strays({0: 5, 255: 5}) == {255: 5}
    assert Classes.found({0: 5, 1: 5, 2: 3}, ignore=2).names == ("0", "1")
