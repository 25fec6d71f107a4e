"""The network for a lower resolution is the one that nnU-Net plans beside that for full resolution.

The expected networks, in `nnunet_lowres.json`, are what the planners of nnunetv2 2.8.1 (ExperimentPlanner and
nnUNetPlannerResEncM) made of these sizes and spacings; axes are turned back to the order of the files.
"""

from __future__ import annotations

import json
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.suggesting.test_search import GIB, PLANNED, named, seen
from unetgen.suggesting.budget import NnunetBudget, OwnBudget
from unetgen.suggesting.resolution import coarser
from unetgen.suggesting.search import SuggestedNetwork, suggest

CASCADES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "nnunet_lowres.json").read_text("utf-8"))


def is_pooled(network: SuggestedNetwork) -> bool:
    """Whether Dice is taken over the batch."""
    losses = network.candidate.design.config.to_dict()["compile"]["loss"]
    (dice,) = [loss for loss in losses if loss["kind"] == "dice"]
    return not dice["per_sample"]


@pytest.mark.parametrize("row", CASCADES, ids=named)
def test_a_data_set_gets_nnunets_networks_for_both_resolutions(row: dict[str, Any]) -> None:
    fingerprint, dataset, family = seen(row)
    full = suggest(fingerprint, dataset, family, NnunetBudget(), "suggested")
    assert list(full.shape.patch) == row["patch"]
    assert is_pooled(full) is row["batch_dice"]
    if row["low"] is None:
        assert full.low is None
        return
    low, expected = full.low, row["low"]
    assert low is not None
    assert not is_pooled(low)
    assert low.fingerprint.spacing == pytest.approx(expected["spacing"], rel=1e-12)
    said = {
        "median": list(low.fingerprint.size),
        "patch": list(low.shape.patch),
        "strides": list(map(list, low.shape.strides)),
        "kernels": list(map(list, low.shape.kernels)),
        "features": list(low.shape.features),
        "batch": low.batch,
    }
    assert said == {key: expected[key] for key in said}


def test_some_data_sets_have_a_lower_resolution_and_others_none() -> None:
    assert {row["low"] is None for row in CASCADES} == {True, False}
    assert len(CASCADES) >= 6


def test_fine_axes_become_coarser_until_all_are_alike() -> None:
    fingerprint, _, _ = seen(next(row for row in PLANNED if row["name"] == "spleen"))
    spacings = [each.spacing for each in islice(coarser(fingerprint), 60)]
    for before, after in pairwise(spacings):
        ratios = [new / old for old, new in zip(before, after, strict=True)]
        if max(before) / min(before) > 2:
            assert ratios == pytest.approx([1, 1.03, 1.03])
        else:
            assert ratios == pytest.approx([1.03] * 3)
    assert max(spacings[-1]) / min(spacings[-1]) <= 2


def test_within_a_memory_a_patch_of_the_lower_resolution_fits_and_shows_enough() -> None:
    row = next(row for row in PLANNED if "BrainTumour 3d" in row["name"])
    fingerprint, dataset, family = seen(row)
    full = suggest(fingerprint, dataset, family, OwnBudget(GIB), "suggested")
    assert full.low is not None
    assert full.low.shown >= 0.25 > full.shown
    assert full.low.train_bytes <= GIB
    alone = suggest(full.low.fingerprint, dataset, family, OwnBudget(GIB), "suggested")
    assert (alone.shape, alone.batch) == (full.low.shape, full.low.batch)  # nothing larger was passed over
