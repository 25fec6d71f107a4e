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
from benchmarks.sides.makers import MAKERS
from tests.tiers import thorough
from unetgen.measuring.side import Array, SideJob, TimedSide, What

PACKAGES = {
    ("torch", "nnunet"): "dynamic_network_architectures",
    ("torch", "dynunet"): "monai",
    ("keras", "keras_unet_collection"): "keras_unet_collection",
}
DECLARED = TimedSide("declared", "config")
PAIRS = [
    (name, side)
    for name, comparison in COMPARISONS.items()
    for side in comparison.theirs
    if side.precision == "float32"
]


def job(comparison: Comparison, side: TimedSide, what: What) -> SideJob:
    return SideJob(side, what, comparison.config, comparison.overrides + comparison.tiny)


def outputs(comparison: Comparison, side: TimedSide) -> Array:
    return import_module(MAKERS[side.maker]).made(job(comparison, side, "inference")).outputs()[0]


@cache
def declared_outputs(name: str) -> Array:
    return outputs(COMPARISONS[name], DECLARED)


def skip_unless_installed(side: TimedSide) -> None:
    package = PACKAGES.get((side.maker, side.network))
    for needed in filter(None, ("torch" if side.maker == "torch" else None, package)):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed; it is not a dependency: the benchmark can use it")


@pytest.mark.parametrize(("name", "side"), PAIRS, ids=[f"{name}-{side.name}" for name, side in PAIRS])
def test_a_side_computes_what_the_declared_network_does(name: str, side: TimedSide) -> None:
    skip_unless_installed(side)
    theirs, declared = outputs(COMPARISONS[name], side), declared_outputs(name)
    assert theirs.shape == declared.shape
    assert theirs.std() > 1e-3 * np.abs(theirs).max()  # not one value everywhere
    relative = COMPARISONS[name].tolerances["float32"] if side.maker == "torch" else 1e-5
    np.testing.assert_allclose(theirs, declared, rtol=0, atol=relative * np.abs(declared).max())


def test_the_first_losses_of_a_side_are_those_of_the_declared_network() -> None:
    comparison = COMPARISONS["article"]

    def losses(side: TimedSide) -> Array:
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
    assert SideJob.of(json.loads(json.dumps(given.plain()))) == given


FILES = [side for side in runtimes.SIDES if side.name != "OpenVINO, by its converter, bfloat16"]
"""The one that is left out is another's file, compiled with the hint that a third one is."""


@thorough
@pytest.mark.parametrize("side", FILES, ids=[side.name for side in FILES])
def test_a_file_in_its_runtime_computes_what_the_declared_network_does(side: TimedSide) -> None:
    runtime = side.network.partition(",")[0]
    for needed in filter(
        None, (runtime.replace("litert", "tensorflow"), "tf2onnx" * ("tf2onnx" in side.name))
    ):
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
