"""MedNeXt's tensors by either of their names, in the layers that they are of."""

from __future__ import annotations

import numpy as np
import pytest

import unetgen
from tests.parity.originals import read
from unetgen.errors import UnetgenError
from unetgen.importing.mednext import MEDNEXT, authors_tensors
from unetgen.weights.transplant import transplant

Module = tuple[str, tuple[int, ...]]
HELD: dict[str, dict[str, Module]] = {
    "mednext_2d": {
        "encoder_level0_depthwise": ("enc_block_0.0.conv1", (2, 3, 1, 0)),
        "encoder_level1_block2_depthwise": ("enc_block_1.1.conv1", (2, 3, 1, 0)),
        "encoder_level4_block1_depthwise": ("bottleneck.0.conv1", (2, 3, 1, 0)),
        "encoder_level3_down_depthwise": ("down_2.conv1", (2, 3, 1, 0)),
        "decoder_level3_up_depthwise": ("up_3.conv1", (2, 3, 1, 0)),
        "decoder_level1_block1_depthwise": ("dec_block_1.0.conv1", (2, 3, 1, 0)),
        "head_level4": ("out_4.conv_out", (2, 3, 0, 1)),
    },
    "monai_mednext_3d": {
        "encoder_level1_block2_depthwise": ("enc_stages.1.1.conv1", (2, 3, 4, 1, 0)),
        "encoder_level2_down_depthwise": ("down_blocks.1.conv1", (2, 3, 4, 1, 0)),
        "decoder_level1_up_depthwise": ("up_blocks.0.conv1", (2, 3, 4, 1, 0)),
        "decoder_level1_block2_depthwise": ("dec_stages.0.1.conv1", (2, 3, 4, 1, 0)),
        "decoder_level0_depthwise": ("dec_stages.1.0.conv1", (2, 3, 4, 1, 0)),
    },
}
"""By the fixture and the layer: the original's module, and its axes in Keras's order. A bias before a norm of
each channel moves no output, so that outputs cannot tell where it is."""


@pytest.mark.parametrize("name", HELD)
def test_each_layer_has_the_tensors_of_its_module(name: str) -> None:
    original = read(name)
    plan = unetgen.plan(unetgen.load(original.config))
    layers = transplant(plan, authors_tensors(original.tensors), MEDNEXT)
    for layer, (module, axes) in HELD[name].items():
        kernel, bias = layers[layer]
        np.testing.assert_array_equal(kernel, original.tensors[f"{module}.weight"].transpose(axes))
        np.testing.assert_array_equal(bias, original.tensors[f"{module}.bias"])
        assert bias.any()


def test_monai_s_further_heads_are_counted_from_the_bottom() -> None:
    names = [f"up_blocks.{index}.conv1.weight" for index in range(4)]
    names += [f"out_blocks.{index}.conv_out.weight" for index in range(4)]
    tensors = {name: np.full((2, 3, 1), index) for index, name in enumerate(names)}
    found = authors_tensors(tensors)
    heads = [found[f"out_{level}.conv_out.weight"] for level in (4, 3, 2, 1)]
    assert [int(head.flat[0]) for head in heads] == [4, 5, 6, 7]
    assert {head.shape for head in heads} == {(3, 2, 1)}


def test_what_does_not_fit_is_said() -> None:
    original = read("monai_mednext_3d")
    plan = unetgen.plan(unetgen.load(original.config, overrides=["up.expansion=2"]))
    with pytest.raises(UnetgenError, match=r"'up_1.conv2.weight' is \(48, 16, 1, 1, 1\)"):
        transplant(plan, authors_tensors(original.tensors), MEDNEXT)
