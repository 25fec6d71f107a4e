from __future__ import annotations

import pytest

from unetgen.spelling import MAX_LISTED, did_you_mean, nearest

FIELDS = (
    "name",
    "input",
    "depth",
    "base_filters",
    "filter_growth",
    "max_filters",
    "kernel",
    "padding",
    "activation",
)
KINDS = ("relu", "leaky_relu", "elu", "unet", "unet_plus_plus", "unet_3_plus", "max_pool", "strided_conv")


@pytest.mark.parametrize(
    ("word", "legal", "name"),
    [
        ("depth", FIELDS, "depth"),
        ("depht", FIELDS, "depth"),
        ("Depth", FIELDS, "depth"),
        ("BaseFilters", FIELDS, "base_filters"),
        ("base-filters", FIELDS, "base_filters"),
        ("base filter", FIELDS, "base_filters"),
        ("basefilters", FIELDS, "base_filters"),
        ("kernal", FIELDS, "kernel"),
        ("LeakyReLU", KINDS, "leaky_relu"),
        ("leaky-relu", KINDS, "leaky_relu"),
        ("ReLU", KINDS, "relu"),
        ("UNet++", KINDS, "unet_plus_plus"),
        ("UNet3+", KINDS, "unet_3_plus"),
        ("MaxPooling", KINDS, "max_pool"),
        ("classes", ("num_classes", "seed"), "num_classes"),
    ],
)
def test_a_misspelt_name_finds_the_one_meant(word: str, legal: tuple[str, ...], name: str) -> None:
    assert nearest(word, legal) == name
    assert did_you_mean(word, legal) == f"did you mean `{name}`?"


@pytest.mark.parametrize("word", ["colour", "", "___", "é", "x" * 100_000])
def test_a_foreign_name_finds_nothing(word: str) -> None:
    assert nearest(word, FIELDS) is None


def test_no_synonyms() -> None:
    assert nearest("lr", ("learning_rate",)) is None


def test_few_legal_names_are_listed_and_many_are_not() -> None:
    few = [f"{letter * 9}" for letter in "abcdefghijkl"]
    assert len(few) == MAX_LISTED
    assert did_you_mean("0", few) == f"one of: {', '.join(few)}"
    assert did_you_mean("0", [*few, "m" * 9]) == ""
    assert did_you_mean("0", []) == ""


def test_the_exact_name_wins_over_one_of_the_same_letters() -> None:
    assert nearest("a_b", ["ab", "a_b"]) == "a_b"
    assert nearest("A-B", ["ab", "a_b"]) == "ab"


def test_legal_may_be_consumed_only_once() -> None:
    assert did_you_mean("zzz", iter(["a", "b"])) == "one of: a, b"
