"""Recurrent blocks: one set of weights for all steps of a unit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parts.blocks.lowering import Arithmetic, assert_computes, model_of, plan_of, sample, words
from unetgen import plan as plan_of_config
from unetgen.config.loader import from_dict
from unetgen.parts.blocks.recurrent import RecurrentBlock

UNIT = ["conv3x3 8", "batch", "relu"]


def test_each_unit_runs_once_and_then_on_its_sum_with_its_input() -> None:
    plan = plan_of(RecurrentBlock(), (8,))
    again = ["add", *UNIT]
    assert words(plan) == ["conv1x1 8", *(UNIT + again * 2) * 2, "add"]
    assert words(plan_of(RecurrentBlock(units=1, steps=1, residual=False), (8,))) == [
        *("conv1x1 8", *UNIT, *again)
    ]


def test_the_steps_of_a_unit_share_all_their_weights() -> None:
    plan = plan_of(RecurrentBlock(), (8,))
    one = 9 * 8 * 8 + 8 + 4 * 8
    assert plan.params == (4 * 8 + 8) + 2 * one
    assert plan_of(RecurrentBlock(steps=5), (8,)).params == plan.params
    assert {node.weights_of for node in plan.nodes if node.scope == "unit2/step3"} == {
        *("unit2_step1", "unit2_step1_norm", None)
    }
    assert len(model_of(plan).weights) == 2 + 2 * 6


@pytest.mark.parametrize("spatial", [(5,), (4, 5), (3, 4, 2)], ids=str)
def test_the_block_computes_the_recurrence(spatial: tuple[int, ...]) -> None:
    model = model_of(plan_of(RecurrentBlock(), (3,), spatial, 2))
    layers, x = Arithmetic(model), sample(2, *spatial, 2)
    first = u = layers.conv(x, "project")
    for unit in ("unit1", "unit2"):
        y = layers.unit(u, f"{unit}_step1")
        for _ in range(2):
            y = layers.unit(u + y, f"{unit}_step1")
        u = y
    assert_computes(model, x, u + first)


def test_strides_are_taken_by_the_first_convolution() -> None:
    plan = plan_of(RecurrentBlock(), (8,), strides=(1, 2))
    assert words(plan)[0] == "conv1x2 8 /1x2"
    assert np.prod(plan.nodes[-1].spec.spatial) == 32


def test_r2u_net_has_the_count_of_its_public_network() -> None:
    # github.com/LeeJunHyun/Image_Segmentation, network.py: R2U_Net(img_ch=3, output_ch=1, t=2).
    data = {
        "input": {"shape": [64, 64], "channels": 3},
        "depth": 5,
        "base_filters": 64,
        "num_classes": 1,
        "norm": "batch",
        "block": {"kind": "recurrent", "units": 2, "steps": 2},
        "up": {"kind": "nearest", "conv": 3, "filters": "skip"},
        "skip": {"kind": "concat", "order": "skip_first"},
    }
    assert plan_of_config(from_dict(data)).trainable_params == 39_091_393
