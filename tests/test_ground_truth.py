"""Networks whose shapes and counts are known from papers, articles and other people's code.

Every number here stands in a source: the article's own summary, the papers, or a network of the same
hyper-parameters that was built elsewhere and counted.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import pytest

import unetgen
from unetgen.cli import main

ARTICLE = [  # the article's summary: channels (first) over the spatial size, parameters
    ((4, 160, 160, 16), 0),
    ((32, 160, 160, 16), 3_488),
    ((64, 160, 160, 16), 55_360),
    ((64, 80, 80, 8), 0),
    ((64, 80, 80, 8), 110_656),
    ((128, 80, 80, 8), 221_312),
    ((128, 160, 160, 16), 0),
    ((192, 160, 160, 16), 0),
    ((64, 160, 160, 16), 331_840),
    ((64, 160, 160, 16), 110_656),
    ((3, 160, 160, 16), 195),
]


ONE_LABEL = "num_classes=1 compile.loss=dice compile.metrics=[dice]"
ELLISDG = f"unet3d_depth2 depth=4 input.channels=1 {ONE_LABEL}"
BASELINE = "unet2d_2015 padding=same input.shape=[512,512] norm=batch"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["show", *arguments, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_the_article_layer_by_layer(capsys: pytest.CaptureFixture[str]) -> None:
    layers = shown(capsys, "unet3d_depth2")["layers"]
    rows = [(tuple(row["output_shape"]), row["params"]) for row in layers if row["op"] != "Activation"]
    assert rows == ARTICLE
    assert len(layers) == 18
    assert sum(row["params"] for row in layers) == 833_507


def test_the_article_in_keras_line_by_line() -> None:
    config = unetgen.load("unet3d_depth2")
    model = unetgen.build(config)
    kinds = ["Conv3D", "MaxPooling3D", "UpSampling3D", "Concatenate", "InputLayer"]
    rows = [
        (tuple(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
        if type(layer).__name__ in kinds
    ]
    assert rows == ARTICLE
    assert len(model.layers) == 18
    assert model.get_layer("decoder_level0_skip").axis == 1
    assert model.get_layer("head_activation").activation is keras.activations.sigmoid
    assert model.optimizer.name == "adam"
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-5)


def test_keras_prints_the_plan_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    model = unetgen.build(unetgen.load("unet3d_depth2"))
    lines: list[str] = []
    model.summary(line_length=200, print_fn=lambda text, line_break=True: lines.extend(text.splitlines()))
    printed = [line.split("│")[1:4] for line in lines if line.startswith("│")]
    printed = [[cell.strip() for cell in row] for row in printed if row[0].strip()]
    expected = [
        (row["name"], str((None, *row["output_shape"])), f"{row['params']:,}")
        for row in shown(capsys, "unet3d_depth2")["layers"]
    ]
    assert [(row[0].split(" ")[0], row[1], row[2]) for row in printed] == expected


@pytest.mark.parametrize(
    ("arguments", "trainable", "total", "output"),
    [
        ("unet3d_depth2", 833_507, 833_507, [3, 160, 160, 16]),
        # github.com/ellisdg/3DUnetCNN, legacy/model/unet.py: depth 4, 32 filters, one channel, one label
        (ELLISDG, 16_315_585, 16_315_585, [1, 160, 160, 16]),
        (
            f"{ELLISDG} up.kind=transposed up.filters=keep",
            19_068_993,
            19_068_993,
            [1, 160, 160, 16],
        ),
        (
            f"{ELLISDG} up.kind=transposed up.filters=keep norm=batch",
            19_073_665,
            19_078_337,
            [1, 160, 160, 16],
        ),
        ("unet2d_2015", 31_030_658, 31_030_658, [388, 388, 2]),  # arXiv 1505.04597, figure 1
        # The same with padding, batch norm, and without biases: rebuilt in Keras and counted.
        (BASELINE, 31_042_434, 31_054_210, [512, 512, 2]),
        (
            f"{BASELINE} use_bias=false up.use_bias=true",
            31_036_546,
            31_048_322,
            [512, 512, 2],
        ),
        # github.com/MrGiovanni/UNetPlusPlus states the count of its U-Net baseline.
        (
            f"unet2d_2015 base_filters=32 padding=same input.shape=[96,96] {ONE_LABEL} "
            "head.activation=sigmoid",
            7_759_521,
            7_759_521,
            [96, 96, 1],
        ),
        ("unet3d_2016", 19_069_955, 19_074_627, [44, 44, 28, 3]),  # arXiv 1606.06650 states the count
        ("unet3d_2016 norm.affine=true", 19_074_627, 19_079_299, [44, 44, 28, 3]),
    ],
)
def test_published_counts_are_exact(
    arguments: str, trainable: int, total: int, output: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    shows = shown(capsys, *arguments.split())
    assert shows["params"]["trainable"] == trainable
    assert shows["params"]["total"] == total
    assert shows["output_shapes"] == [output]


def test_nnunet_plain_3d_of_the_hippocampus_has_the_planner_s_count() -> None:
    # nnU-Net v2 default, Dataset004 3d_fullres: 5,603,177 with a head at each of its 3 decoder stages.
    config = unetgen.config.loader.from_dict(
        {
            "input": {"shape": [40, 56, 40], "channels": 1},
            "depth": 4,
            "base_filters": 32,
            "padding": "torch",
            "norm": {"kind": "instance", "epsilon": 1e-5},
            "activation": {"kind": "leaky_relu", "negative_slope": 0.01},
            "down": {"kind": "strided_conv", "into_block": True},
            "up": {"kind": "transposed", "filters": "skip"},
            "num_classes": 3,
            "head": {"deep_supervision": 2},
        }
    )
    assert unetgen.plan(config).params == 5_603_177
