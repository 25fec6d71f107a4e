"""Filling a plan from named tensors: everything once, nothing left over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import unetgen
from tests.parity.originals import MONAI_NAMES, Array, read
from unetgen.errors import UnetgenError
from unetgen.importing.families import MONAI, NNUNET, recognized
from unetgen.weights.transplant import Rule, WeightFamily, transplant
from unetgen.weights.where import CONV, encoder

PLAIN = read("nnunet_plain_2d")
PLAN = unetgen.plan(unetgen.load(PLAIN.config))


def refusal(tensors: dict[str, Array], plan: Any = PLAN) -> list[str]:
    with pytest.raises(UnetgenError) as caught:
        transplant(plan, tensors, NNUNET)
    return str(caught.value).splitlines()


def test_kernels_are_turned_and_not_flipped() -> None:
    layers = transplant(PLAN, PLAIN.tensors, NNUNET)
    kernel = PLAIN.tensors["encoder.stages.1.0.convs.0.conv.weight"]
    transposed = PLAIN.tensors["decoder.transpconvs.0.weight"]
    for (a, b, y, x), number in np.ndenumerate(kernel):
        assert layers["encoder_level1_conv1"][0][y, x, b, a] == number
    for (a, b, y, x), number in np.ndenumerate(transposed):
        assert layers["decoder_level2_up"][0][y, x, b, a] == number


def test_every_tensor_is_in_one_place() -> None:
    layers = transplant(PLAN, PLAIN.tensors, NNUNET)
    given = sorted(number for tensor in PLAIN.tensors.values() for number in tensor.ravel().tolist())
    kept = sorted(
        number for arrays in layers.values() for array in arrays for number in array.ravel().tolist()
    )
    assert given == kept
    assert sum(array.size for arrays in layers.values() for array in arrays) == PLAN.params


def test_nothing_is_changed() -> None:
    before = {name: tensor.copy() for name, tensor in PLAIN.tensors.items()}
    transplant(PLAN, PLAIN.tensors, NNUNET)
    assert all((before[name] == tensor).all() for name, tensor in PLAIN.tensors.items())


def test_both_sides_of_what_is_left_are_listed() -> None:
    tensors = dict(PLAIN.tensors)
    tensors["encoder.stem.weight"] = tensors.pop("encoder.stages.0.0.convs.0.conv.weight")
    assert refusal(tensors) == [
        "the checkpoint does not fit the config (nnU-Net)",
        "weights without a tensor:",
        "  encoder_level0_conv1.kernel (3, 3, 2, 4): no tensor 'encoder.stages.0.0.convs.0.conv.weight'",
        "tensors without a layer:",
        "  encoder.stem.weight (4, 2, 3, 3)",
    ]


def test_other_shapes_are_refused() -> None:
    tensors = dict(PLAIN.tensors)
    tensors["decoder.seg_layers.2.weight"] = np.zeros((5, 4, 1, 1), np.float32)
    assert refusal(tensors)[1:] == [
        "weights without a tensor:",
        "  head.kernel (1, 1, 4, 3): 'decoder.seg_layers.2.weight' is (5, 4, 1, 1), that is (1, 1, 4, 5)",
    ]


def test_a_tensor_is_used_once() -> None:
    greedy = WeightFamily("greedy", {}, (Rule(encoder(CONV), ("a",)),))
    with pytest.raises(UnetgenError) as caught:
        transplant(PLAN, {"a.weight": np.zeros((4, 2, 3, 3)), "a.bias": np.zeros(4)}, greedy)
    assert "  encoder_level0_conv1_norm.beta (4,): 'a.bias' is already in encoder_level0_conv1" in str(
        caught.value
    ).split("\n")


def test_a_long_list_is_cut() -> None:
    lines = refusal({})
    assert len(lines) == 2 + 12 + 1
    assert lines[-1].startswith("  ... and ")


def test_counters_and_copies_are_left_alone() -> None:
    tensors = dict(PLAIN.tensors)
    for name, tensor in PLAIN.tensors.items():
        if name.startswith("encoder."):
            tensors[f"decoder.{name}"] = tensor
        if name.endswith(".conv.weight"):
            tensors[name.replace(".conv.", ".all_modules.0.")] = tensor
    tensors["encoder.stages.0.0.convs.0.norm.num_batches_tracked"] = np.array(3)
    layers = transplant(PLAN, tensors, NNUNET)
    assert sum(array.size for arrays in layers.values() for array in arrays) == PLAN.params


def test_a_copy_that_is_none_is_refused() -> None:
    name = "encoder.stages.0.0.convs.0.conv.weight"
    tensors = {**PLAIN.tensors, f"decoder.{name}": PLAIN.tensors[name] + 1}
    assert refusal(tensors)[1:] == [
        "tensors without a layer:",
        f"  decoder.{name} (4, 2, 3, 3), which should be a copy of another and is not",
    ]


def test_a_plan_of_other_blocks_is_refused() -> None:
    lines = refusal(PLAIN.tensors, unetgen.plan(unetgen.load("quickstart2d")))
    assert "weights without a tensor:" in lines
    assert "tensors without a layer:" in lines


def test_further_heads_of_a_dynunet_are_filled() -> None:
    small = read("monai_dynunet_2d")
    plan = unetgen.plan(unetgen.load(small.config, ["head.deep_supervision=1"]))
    head = {"weight": np.ones((2, 6, 1, 1), np.float32), "bias": np.array([3, 4], np.float32)}
    more = {f"deep_supervision_heads.0.conv.conv.{key}": tensor for key, tensor in head.items()}
    copied = {f"skip_layers.next_layer.super_head.conv.conv.{key}": tensor for key, tensor in head.items()}
    layers = transplant(plan, {**small.tensors, **more, **copied}, recognized(small.tensors))
    assert [array.tolist() for array in layers["head_level1"]][1] == [3, 4]


def test_each_of_monai_s_networks_is_recognized() -> None:
    found = {recognized(read(name).tensors).name for name in MONAI_NAMES}
    assert found == {family.name for family in MONAI}
    with pytest.raises(UnetgenError, match=r"none of MONAI's BasicUNet, UNet, .*the first is 'fc.weight'"):
        recognized(["fc.weight"])
