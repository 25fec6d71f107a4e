"""V-Net's block: its input is tiled and added as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops import op_of
from tests.parts.blocks.lowering import Arithmetic, assert_computes, model_of, plan_of, sample, words
from unetgen import plan as plan_of_config
from unetgen.config.loader import from_dict
from unetgen.parts.blocks.vnet import VNetBlock
from unetgen.parts.norms.none import NoNorm
from unetgen.plan.ops import Conv

AUTHORS: dict[str, Any] = {
    "input": {"shape": [128, 128, 64], "channels": 1},
    "depth": 5,
    "base_filters": 16,
    "num_classes": 2,
    "kernel": 5,
    "activation": "prelu",
    "block": {"kind": "vnet", "convs": [1, 1, 2, 3, 3]},
    "down": {"kind": "strided_conv", "filters": "next"},
    "up": {"kind": "transposed", "activation": True},
    "decoder": {"block": {"kind": "vnet", "convs": [1, 1, 2, 3]}, "filters": [32, 64, 128, 256]},
}


def test_the_authors_activate_after_the_addition_only() -> None:
    plan = plan_of(VNetBlock(), (4, 4), norm=NoNorm(), activation="prelu")
    assert words(plan) == ["conv3x3 4", "prelu", "conv3x3 4", "add", "prelu"]


def test_monai_also_activates_before_it() -> None:
    block = VNetBlock(activation_before_add=(False, True))
    ends = [words(plan_of(block, (4,), activation="elu", level=level)) for level in (0, 1)]
    assert ends == [["conv3x3 4", "batch", "add", "elu"], ["conv3x3 4", "batch", "elu", "add", "elu"]]


def test_fewer_channels_are_tiled() -> None:
    plan = plan_of(VNetBlock(), (6,), (4, 5), 2, norm=NoNorm())
    assert words(plan) == ["conv3x3 6", "concat 3", "add", "relu"]
    model, x = model_of(plan), sample(2, 4, 5, 2)
    expected = Arithmetic(model).conv(x, "conv1") + np.concatenate([x, x, x], axis=-1)
    assert_computes(model, x, np.maximum(expected, 0))


def test_what_cannot_be_tiled_is_projected() -> None:
    for filters, channels, strides in [(6, 4, None), (4, 8, None), (4, 4, (2, 2)), (8, 4, (2, 1))]:
        plan = plan_of(VNetBlock(projection_norm=False), (filters,), (4, 4), channels, strides=strides)
        assert op_of(plan.by_name["shortcut"], Conv).kernel == (1, 1)
    always = plan_of(VNetBlock(projection="always"), (8,), (4, 4), 4)
    assert "concat 2" not in words(always)


def test_the_trunk_has_the_authors_count() -> None:
    # Prototxt/train_noPooling_ResNet_cinque.prototxt: 61,982,682 with its end, a 5x5x5 convolution of the 32
    # channels to 2, a PReLU and a 1x1x1 convolution, where this network has one 1x1x1 convolution.
    plan = plan_of_config(from_dict(AUTHORS))
    end = (5**3 * 32 * 2 + 2) + 2 + (2 * 2 + 2)
    assert plan.params - (32 * 2 + 2) == 61_982_682 - end
    shortcuts = [node for node in plan.nodes if node.scope.endswith("shortcut")]
    assert [(node.scope, len(node.inputs)) for node in shortcuts] == [("encoder/level0/shortcut", 16)]


def test_the_trunk_has_monai_s_count() -> None:
    # monai 1.6.1, VNet(): 45,593,892 with its end, a 5x5x5 convolution to 1, a batch norm and a 1x1x1 one.
    data = AUTHORS | {
        "num_classes": 1,
        "norm": "batch",
        "activation": "elu",
        "use_bias": False,
        "block": {
            "kind": "vnet",
            "convs": [1, 1, 2, 3, 2],
            "activation_before_add": [False, True, True, True, True],
        },
        "up": {"kind": "transposed", "norm": True, "activation": True, "use_bias": True},
        "decoder": {
            "block": {"kind": "vnet", "convs": [1, 1, 2, 2], "activation_before_add": True},
            "filters": [32, 64, 128, 256],
        },
    }
    plan = plan_of_config(from_dict(data))
    head = plan.params_of(next(node for node in plan.nodes if node.scope == "head"))
    assert plan.trainable_params - head == 45_593_892 - (5**3 * 32 + 2 + 2)
