"""Weights that all sides get: none is trivial, and each network can be given them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import unetgen
from unetgen.emit.source.torch_weights import NAMES
from unetgen.measuring.side import SideJob, TimedSide
from unetgen.measuring.weights import Weights, _drawn, drawn, save_weights, weights_of
from unetgen.plan.ops import Add, Norm
from unetgen.plan.ops.base import Weight

TINY = ("input.shape=[16,16]", "depth=2", "base_filters=2")


def test_every_weight_of_every_op_can_be_drawn_and_none_is_one_number() -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d", TINY))
    random = np.random.default_rng(0)
    for op, names in NAMES.items():
        for name in names:
            array = _drawn(plan.nodes[1], Weight(name, (3, 4, 5)), random)
            assert array.shape == (3, 4, 5), op
            assert array.std() > 1e-3, (op, name)
            assert name != "moving_variance" or array.min() > 0.4


def test_the_weights_of_a_folder_are_those_that_were_kept(tmp_path: Path) -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d", TINY))
    kept = drawn(plan, seed=3)
    job = SideJob(TimedSide("a", "config"), "inference", "quickstart2d", TINY, folder=str(tmp_path))
    assert not same(weights_of(job, plan), kept)  # nothing is there yet: drawn as for everybody
    save_weights(plan, kept, tmp_path)
    assert same(weights_of(job, plan), kept)


def same(one: Weights, other: Weights) -> bool:
    pairs = [pair for name in one for pair in zip(one[name], other[name], strict=True)]
    return one.keys() == other.keys() and all(np.array_equal(a, b) for a, b in pairs)


def test_values_keep_their_size_through_sums_of_many_blocks() -> None:
    """The statistics of norms follow what reaches them: else a deep ResNet's outputs would all be 0 or 1."""
    plan = unetgen.plan(unetgen.load("smp_unet_resnet34", ["input.shape=[64,64]"]))
    weights = drawn(plan)
    variances = {
        node.name: float(weights[node.name][-1].mean())
        for node in plan.nodes
        if isinstance(node.op, Norm) and node.op.method == "batch"
    }
    assert min(variances.values()) > 0.5
    sums = [node for node in plan.nodes if isinstance(node.op, Add)]
    assert len(sums) == 16
    assert max(variances.values()) > 3 * min(variances.values())
