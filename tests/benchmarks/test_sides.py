"""Every side that the speed benchmark compares computes the config's network, on a tiny one."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import importlib.util
import json
from functools import cache
from importlib import import_module

import numpy as np
import pytest

from benchmarks import runtimes
from benchmarks.comparisons import COMPARISONS, Comparison
from benchmarks.sides.side import MAKERS, Array, Job, Side, What
from tests.tiers import thorough

PACKAGES = {
    ("torch", "nnunet"): "dynamic_network_architectures",
    ("torch", "dynunet"): "monai",
    ("keras", "keras_unet_collection"): "keras_unet_collection",
}
DECLARED = Side("declared", "config")
PAIRS = [
    (name, side)
    for name, comparison in COMPARISONS.items()
    for side in comparison.theirs
    if side.precision == "float32"
]


def job(comparison: Comparison, side: Side, what: What) -> Job:
    return Job(side, what, comparison.config, comparison.overrides + comparison.tiny)


def outputs(comparison: Comparison, side: Side) -> Array:
    return import_module(MAKERS[side.maker]).made(job(comparison, side, "inference")).outputs()


@cache
def declared_outputs(name: str) -> Array:
    return outputs(COMPARISONS[name], DECLARED)


def skip_unless_installed(side: Side) -> None:
    package = PACKAGES.get((side.maker, side.network))
    for needed in filter(None, ("torch" if side.maker == "torch" else None, package)):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; it is not a dependency: the benchmark can use it")


@pytest.mark.parametrize(("name", "side"), PAIRS, ids=[f"{name}-{side.name}" for name, side in PAIRS])
def test_a_side_computes_what_the_declared_network_does(name: str, side: Side) -> None:
    skip_unless_installed(side)
    theirs, declared = outputs(COMPARISONS[name], side), declared_outputs(name)
    assert theirs.shape == declared.shape
    assert theirs.std() > 1e-3 * np.abs(theirs).max()  # not one value everywhere
    relative = COMPARISONS[name].tolerances["float32"] if side.maker == "torch" else 1e-5
    np.testing.assert_allclose(theirs, declared, rtol=0, atol=relative * np.abs(declared).max())


def test_the_first_losses_of_a_side_are_those_of_the_declared_network() -> None:
    comparison = COMPARISONS["article"]

    def losses(side: Side) -> Array:
        step = import_module(MAKERS[side.maker]).made(job(comparison, side, "training")).step
        return np.array([step() for _ in range(3)], float)

    declared = losses(DECLARED)
    for side in comparison.theirs:
        if side.maker == "keras":
            np.testing.assert_allclose(losses(side), declared, rtol=1e-5)
        elif side.precision == "float32" and importlib.util.find_spec("torch"):
            # It has taken a step in each memory format to find the faster one.
            np.testing.assert_allclose(losses(side)[:2], declared[1:], rtol=1e-5)


def test_a_job_survives_json() -> None:
    comparison = COMPARISONS["article"]
    given = job(comparison, comparison.theirs[0], "training")
    assert Job.of(json.loads(json.dumps(given.plain()))) == given


@thorough
@pytest.mark.parametrize("side", runtimes.SIDES, ids=[side.name for side in runtimes.SIDES])
def test_a_file_in_its_runtime_computes_what_the_declared_network_does(side: Side) -> None:
    for needed in filter(None, (side.network.partition(",")[0], "tf2onnx" if "tf2onnx" in side.name else "")):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; the benchmark compares with it")
    theirs, declared = outputs(COMPARISONS["article"], side), declared_outputs("article")
    limit = COMPARISONS["article"].tolerances[side.precision]
    assert theirs.shape == declared.shape
    assert np.abs(theirs - declared).max() <= limit * np.abs(declared).max()


def test_every_pair_of_runtimes_is_of_sides_that_there_are() -> None:
    names = {side.name for side in runtimes.SIDES}
    assert {name for pair in runtimes.PAIRS for name in (pair.theirs, pair.ours)} <= names
    assert (
        {case for pair in runtimes.PAIRS for case in pair.limits} <= set(runtimes.CASES) <= set(COMPARISONS)
    )
