"""MedNeXt's sizes: MONAI's and the authors' have other ways down, and so other counts."""

from __future__ import annotations

import pytest

import unetgen

REPEATS = {"b": [2, 2, 2, 2, 2], "m": [3, 4, 4, 4, 4], "l": [3, 4, 8, 8, 8]}
EXPANSIONS = {"b": [2, 3, 4, 4, 4], "m": [2, 3, 4, 4, 4], "l": [3, 4, 8, 8, 8]}


def of_size(size: str, downs: list[int]) -> list[str]:
    """The overrides of a bundled config that give this size, with these expansions of the ways down."""
    repeats, expansions = REPEATS[size], EXPANSIONS[size]
    return [
        f"block.repeats={repeats}",
        f"block.expansion={expansions}",
        f"decoder.block.repeats={repeats[:-1]}",
        f"decoder.block.expansion={expansions[:-1]}",
        f"up.expansion={expansions[:-1]}",
        f"down.expansion={downs}",
    ]


SCALAR = 1
"""Counted with the authors' networks, and read by nothing."""


@pytest.mark.parametrize(
    ("size", "monai", "authors"),
    [("b", 10_510_850, 10_526_307), ("m", 17_533_506, 17_548_963), ("l", 61_726_754, 61_779_267)],
)
def test_the_sizes_count_as_both_originals_do(size: str, monai: int, authors: int) -> None:
    ratios = EXPANSIONS[size]
    for downs, count in ((ratios[:-1], monai), (ratios[1:], authors - SCALAR)):
        assert unetgen.plan(unetgen.load("mednext_b", of_size(size, downs))).trainable_params == count


@pytest.mark.parametrize(
    ("overrides", "count"),
    [
        (["kernel=5"], 5_980_547 - SCALAR),
        (["num_classes=3", "head.deep_supervision=4"], 5_553_840 - SCALAR),
    ],
)
def test_the_small_one_counts_as_the_authors_do(overrides: list[str], count: int) -> None:
    assert unetgen.plan(unetgen.load("monai_mednext_s", overrides)).trainable_params == count
