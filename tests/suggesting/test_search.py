"""What nnU-Net plans for a fingerprint is what is suggested for it.

The expected networks, in `nnunet_plans.json`, are what the planners of nnunetv2 2.8.1 (ExperimentPlanner, and
nnUNetPlannerResEncM, L and XL) made of these sizes and spacings. Those with parameters are the networks of
the zoo's ground truth.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import unetgen
from tests.tiers import sampled
from unetgen.analysis.summary import Summary
from unetgen.config.loader import load_design
from unetgen.errors import UnetgenError
from unetgen.importing.nnunet_labels import Dataset
from unetgen.suggesting.budget import MemoryBudget, NnunetBudget, OwnBudget
from unetgen.suggesting.families import PLAIN, PRESETS, RESIDUAL, NetworkFamily
from unetgen.suggesting.fingerprint import Fingerprint, target_spacing
from unetgen.suggesting.search import SuggestedNetwork, suggest

GIB = 2**30
PLANNED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "nnunet_plans.json").read_text("utf-8"))
REFERENCE = [row for row in PLANNED if "params" in row]
FIRST = [row for row in PLANNED if "preset" not in row or row["name"] == "short axis"]


def family_of(row: dict[str, Any]) -> NetworkFamily:
    if "preset" in row:
        return PRESETS[row["preset"]]
    return {"plain": PLAIN, "residual": RESIDUAL}[row["kind"]]


def seen(row: dict[str, Any]) -> tuple[Fingerprint, Dataset, NetworkFamily]:
    """What a network was planned from."""
    repeated = row["cases"] // len(row["sizes"])
    sizes, spacings = row["sizes"] * repeated, row["spacings"] * repeated
    whole = Fingerprint.of(sizes, spacings, target_spacing(sizes, spacings), row["channels"], row["classes"])
    fingerprint = whole if len(row["patch"]) == 3 else whole.sliced(0)
    return fingerprint, Dataset(row["channels"], row["classes"]), family_of(row)


def suggested(row: dict[str, Any], budget: MemoryBudget) -> SuggestedNetwork:
    """What is suggested for the data of a planned network."""
    fingerprint, dataset, family = seen(row)
    return suggest(fingerprint, dataset, family, budget, "suggested")


def named(row: dict[str, Any]) -> str:
    return f"{row['name']} {row.get('preset', row['kind'])} {len(row['patch'])}D"


@pytest.mark.parametrize("row", sampled(PLANNED, FIRST), ids=named)
def test_a_data_set_gets_nnunets_network(row: dict[str, Any]) -> None:
    found = suggested(row, NnunetBudget())
    assert found.fingerprint.spacing == pytest.approx(row["spacing"], abs=1e-4)
    assert list(found.fingerprint.size) == row["median"]
    said = {
        "patch": list(found.shape.patch),
        "strides": list(map(list, found.shape.strides)),
        "kernels": list(map(list, found.shape.kernels)),
        "features": list(found.shape.features),
        "batch": found.batch,
    }
    assert said == {key: row[key] for key in said}
    plan = found.candidate.design.plan
    assert plan.trainable_params == row.get("params", plan.trainable_params)


def test_there_are_ten_reference_networks_and_thick_slices_beside_them() -> None:
    assert len(REFERENCE) == 10
    assert sum(1 in row["kernels"][0] for row in PLANNED) > 6


@pytest.mark.parametrize(
    "name",
    [
        *("nnunet_hippocampus_2d", "nnunet_hippocampus_3d", "nnunet_hippocampus_3d_resenc"),
        *("nnunet_brain_tumour_2d", "nnunet_brain_tumour_3d", "nnunet_liver_2d", "nnunet_liver_3d"),
    ],
)
def test_it_is_the_network_of_the_zoo(name: str) -> None:
    words = name.removeprefix("nnunet_").split("_")
    kind = "residual" if words[-1] == "resenc" else "plain"
    dims = 2 if "2d" in words else 3
    (row,) = [
        row
        for row in REFERENCE
        if (row["kind"], len(row["patch"])) == (kind, dims) and words[0] in row["name"].lower()
    ]
    plan = suggested(row, NnunetBudget()).candidate.design.plan
    assert plan.fingerprint == unetgen.plan(unetgen.load(name)).fingerprint


def test_thick_slices_are_the_zoos_prostate() -> None:
    fingerprint = Fingerprint.of([(20, 320, 320)] * 32, [(3.6, 0.625, 0.625)] * 32, (3.6, 0.625, 0.625), 2, 3)
    found = suggest(fingerprint, Dataset(2, 3), PLAIN, NnunetBudget(), "suggested")
    zoo = unetgen.plan(unetgen.load("nnunet_prostate_3d"))
    assert found.candidate.design.plan.fingerprint == zoo.fingerprint


@pytest.mark.parametrize("row", sampled(REFERENCE, REFERENCE[:6]), ids=named)
def test_the_memory_that_nnunets_network_takes_gives_nnunets_network(row: dict[str, Any]) -> None:
    by_nnunet = suggested(row, NnunetBudget())
    found = suggested(row, OwnBudget(by_nnunet.train_bytes))
    assert found.shape == by_nnunet.shape
    assert found.batch >= by_nnunet.batch


@pytest.mark.parametrize("row", sampled(REFERENCE, REFERENCE[:6]), ids=named)
@pytest.mark.parametrize("gib", sampled((1, 4, 8, 12), {4}))
def test_what_is_suggested_fits_by_the_numbers_of_show(row: dict[str, Any], gib: int) -> None:
    found = suggested(row, OwnBudget(gib * GIB))
    shown = Summary(found.candidate.design, found.batch).as_json("memory")["memory"]
    assert shown["batch"] == found.batch >= 2
    assert shown["train_bytes"] == found.train_bytes <= gib * GIB
    larger = Summary(found.candidate.design, found.batch + 1).memory.train_bytes
    assert larger > gib * GIB or found.batch == found.most


def test_a_larger_memory_never_gives_a_smaller_patch() -> None:
    row = next(row for row in REFERENCE if "BrainTumour 3d" in row["name"])
    patches = [suggested(row, OwnBudget(gib * GIB)).shape.patch for gib in (1, 4, 8, 12)]
    volumes = [a * b * c for a, b, c in patches]
    assert volumes == sorted(volumes)
    assert len(set(volumes)) == 4


def test_half_precision_makes_room_for_a_larger_patch() -> None:
    row = next(row for row in REFERENCE if "BrainTumour 3d" in row["name"])
    fingerprint, dataset, family = seen(row)
    full, half = (
        suggest(fingerprint, dataset, family, OwnBudget(8 * GIB), "suggested", precision)
        for precision in ("float32", "mixed_bfloat16")
    )
    assert half.candidate.design.config.execution.precision == "mixed_bfloat16"
    assert half.shown > full.shown
    assert half.train_bytes <= 8 * GIB


def test_too_little_memory_is_refused_with_what_would_do() -> None:
    row = next(row for row in REFERENCE if "BrainTumour 3d" in row["name"])
    with pytest.raises(
        UnetgenError, match=r"--memory: 64\.0 MiB is too little: .*; give --memory"
    ) as refused:
        suggested(row, OwnBudget(64 * 2**20))
    advised = int(str(refused.value).rpartition("--memory ")[2].partition("MiB")[0])
    assert suggested(row, OwnBudget(advised * 2**20)).train_bytes <= advised * 2**20
    with pytest.raises(UnetgenError, match="too little"):
        suggested(row, OwnBudget((advised - 1) * 2**20))


@pytest.mark.parametrize("size", [(7, 9), (1, 1), (5, 6, 7), (1, 11)])
def test_images_that_cannot_be_halved_are_refused(size: tuple[int, ...]) -> None:
    ones = (1.0,) * len(size)
    fingerprint = Fingerprint.of([size] * 3, [ones] * 3, ones, 1, 2)
    with pytest.raises(
        UnetgenError,
        match=r"nnU-Net's rules halve no axis of images of .* one needs 12 positions or two need 8",
    ):
        suggest(fingerprint, Dataset(1, 2), PLAIN, OwnBudget(GIB), "suggested")


def test_a_short_axis_of_the_finest_spacing_is_told() -> None:
    """nnU-Net's planner makes a network of one stage of them, which it cannot build."""
    spacing = (3.0, 1.0, 3.0)
    fingerprint = Fingerprint.of([(56, 11, 143)] * 3, [spacing] * 3, spacing, 1, 2)
    with pytest.raises(
        UnetgenError, match=r"halve no axis of images of 56 x 11 x 143 positions at .* 3 x 1 x 3"
    ):
        suggest(fingerprint, Dataset(1, 2), PLAIN, OwnBudget(GIB), "suggested")


@pytest.mark.parametrize(("size", "stages"), [((8, 8), 2), ((1, 12), 2), ((8, 9, 3), 2), ((17, 5, 3), 2)])
def test_the_smallest_images_get_a_network(size: tuple[int, ...], stages: int) -> None:
    ones = (1.0,) * len(size)
    fingerprint = Fingerprint.of([size] * 3, [ones] * 3, ones, 1, 2)
    found = suggest(fingerprint, Dataset(1, 2), PLAIN, OwnBudget(GIB), "suggested")
    assert found.shape.stages == stages
    assert all(a >= b for a, b in zip(found.shape.patch, size, strict=True))
    assert found.batch == 2


@pytest.mark.parametrize(
    "row", [row for row in REFERENCE if row["kind"] == "plain" and row["median"] > [100]], ids=named
)
def test_in_half_precision_our_prediction_is_nnunets_target(row: dict[str, Any]) -> None:
    fingerprint, dataset, family = seen(row)
    found = suggest(fingerprint, dataset, family, OwnBudget(8.2 * GIB), "suggested", "mixed_bfloat16")
    assert list(found.shape.patch) == row["patch"]
    assert list(map(list, found.shape.strides)) == row["strides"]
    assert row["batch"] <= found.batch <= 1.05 * row["batch"]


def test_a_loaded_network_is_the_suggested_one(tmp_path: Path) -> None:
    from unetgen.importing.yaml_text import config_text

    found = suggested(REFERENCE[0], OwnBudget(GIB))
    file = tmp_path / "suggested.yaml"
    file.write_text(config_text(found.data))
    assert load_design(file).plan.fingerprint == found.candidate.design.plan.fingerprint
