from __future__ import annotations

import math

import pytest
from pydantic import TypeAdapter, ValidationError

from unetgen.data.splitting import AnySplit, FoldsSplit, ListedSplit, RandomSplit, SplitField
from unetgen.errors import Wrong

NAMES = [f"case{i:03}" for i in range(200)]


def split_of(value: object) -> AnySplit:
    return TypeAdapter(SplitField).validate_python(value)


def test_a_case_stays_on_its_side_when_others_come_or_go() -> None:
    split = RandomSplit(validation=0.3)
    whole = split.sides(NAMES, seed=3)
    for some in (NAMES[:100], NAMES[::3], [*NAMES, "another", "b/c"]):
        sides = split.sides(some, seed=3)
        assert set(sides.train) & set(NAMES) <= set(whole.train)
        assert set(sides.validation) & set(NAMES) <= set(whole.validation)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_the_share_is_met_on_average(share: float) -> None:
    counts = [len(RandomSplit(validation=share).sides(NAMES, seed).validation) for seed in range(50)]
    assert abs(sum(counts) / (50 * len(NAMES)) - share) < 0.02


def test_the_seed_changes_the_draw_and_nothing_else_does() -> None:
    split = RandomSplit()
    assert split.sides(NAMES, 1) == split.sides(NAMES, 1) != split.sides(NAMES, 2)
    assert set(split.sides(NAMES[::-1], 1).validation) == set(split.sides(NAMES, 1).validation)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_few_cases_leave_no_side_empty(count: int) -> None:
    for seed in range(100):
        for share in (0.01, 0.5, 0.99):
            sides = RandomSplit(validation=share).sides(NAMES[:count], seed)
            assert sides.train and sides.validation
            assert len(sides.validation) <= math.ceil(1.5 * share * count)


def test_one_case_is_learned_from_and_a_share_of_0_validates_on_nothing() -> None:
    assert RandomSplit().sides(["a"], 0).train == ("a",)
    assert RandomSplit(validation=0).sides(NAMES, 0).validation == ()


@pytest.mark.parametrize("count", [5, 7, 200])
def test_each_case_is_in_one_fold_and_folds_are_nearly_equal(count: int) -> None:
    names = NAMES[:count]
    sides = [FoldsSplit(folds=5, fold=fold).sides(names, seed=0) for fold in range(5)]
    validated = [name for each in sides for name in each.validation]
    assert sorted(validated) == names
    sizes = [len(each.validation) for each in sides]
    assert max(sizes) - min(sizes) <= 1
    assert all(set(each.train) == set(names) - set(each.validation) for each in sides)


def test_listed_cases_are_on_their_sides_and_others_on_none() -> None:
    sides = ListedSplit(train=("b", "a"), validation=("c",)).sides(["a", "b", "c", "d"], 0)
    assert (sides.train, sides.validation, sides.side_of("d")) == (("a", "b"), ("c",), None)


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (
            ListedSplit(train=("a", "case1", "a"), validation=("a", "zz")),
            [
                "train.1: names no case (got 'case1'); did you mean `case_1`?",
                "validation.1: names no case (got 'zz'); one of: a, case_1",
                "train: named twice (got 'a')",
                "validation: is in `train` too (got 'a'); "
                "what is learned from says nothing of new images; keep one of the two",
            ],
        ),
        (ListedSplit(train=()), ["train: names no case to learn from (got [])"]),
        (
            FoldsSplit(folds=3),
            ["folds: more folds than cases, of which there are 2 (got 3); write `folds: 2`"],
        ),
    ],
)
def test_a_split_that_does_not_fit_says_all_that_is_wrong(split: AnySplit, said: list[str]) -> None:
    with pytest.raises(Wrong) as caught:
        split.sides(["a", "case_1"], 0)
    assert list(map(str, caught.value.problems)) == said


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "random", "validation": 1},
        {"kind": "folds", "folds": 2, "fold": 2},
        "nested",
        {"kind": "listed"},
    ],
)
def test_a_split_that_means_nothing_is_refused(value: object) -> None:
    with pytest.raises((ValidationError, Wrong)):
        split_of(value)
    assert split_of("random") == RandomSplit()
