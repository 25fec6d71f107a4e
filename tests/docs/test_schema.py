"""The JSON Schema: it says what the loader says, as far as a schema can."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import from_dict
from unetgen.config.schema.examples import BASE
from unetgen.config.schema.json_schema import json_schema
from unetgen.errors import ConfigError

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

LEGAL: list[dict[str, Any]] = [
    {},
    {"name": "a.b-c_1", "source": "a paper"},
    {"input": {"shape": [64], "channels": 2, "data_format": "channels_first"}},
    {"base_filters": None, "filters": [8, [8, 16], 32]},
    {"kernel": 3},
    {"kernel": [1, 3]},
    {"kernel": [[1, 3], [3, 3], [3, 3]]},
    {"filter_growth": 1.5, "max_filters": 20},
    {"conv_widths": [1, 1.5]},
    {"dropout": 0},
    {"dropout": [0.0, 0.1, 0.2]},
    {"dropout": {"kind": "spatial", "rate": 0.1, "place": "block_end"}},
    {"activation": "relu"},
    {"activation": {"kind": "relu", "max_value": None}},
    {"activation": {"kind": "threshold", "threshold": 0, "default_value": -1.0}},
    {"norm": "batch"},
    {"norm": {"kind": "group", "groups": 4}},
    {"order": ["norm", "activation", "conv"]},
    {"kernel_initializer": "he_normal", "kernel_regularizer": {"kind": "l2", "l2": 1e-4}},
    {"up": "pixel_shuffle"},
    {"up": {"kind": "nearest", "conv": [3, 3], "filters": "half"}},
    {"up": {"kind": "transposed", "filters": 16, "conv": {"norm": False}}},
    {"skip": {"kind": "concat", "axis": -1}},
    {"decoder": {"kernel": 1, "norm": "batch", "dropout": 0.5}},
    {"block": ["plain", {"kind": "residual", "convs": 3}, "none"], "use_bias": [True, False, True]},
    {
        "norm": ["none", {"kind": "batch", "momentum": 0.9}, "none"],
        "activation": ["relu", {"kind": "elu"}, "relu"],
    },
    {"down": ["max_pool", {"kind": "average_pool", "size": [2, 1]}], "up": ["nearest", "transposed"]},
    {"skip": ["none", {"kind": "attention", "gating": "up"}]},
    {"decoder": {"block": ["none", "plain"], "norm": ["none", "batch"], "use_bias": [True, False]}},
    {"head": {"deep_supervision": 1, "activation": "sigmoid"}},
    {"head": {"deep_supervision": {"levels": 1, "weights": [1, 0.5]}}},
    {"resize": "pad_and_crop"},
    {"resize": {"policy": "resize_to_skip", "interpolation": "linear"}},
    {"compile": {"loss": "dice"}},
    {"compile": {"loss": ["dice", {"kind": "categorical_crossentropy", "weight": 2}]}},
    {"compile": {"optimizer": "lion", "metrics": ["dice", {"kind": "mean_iou"}], "jit_compile": True}},
    {
        "compile": {
            "optimizer": {
                "kind": "adam",
                "learning_rate": {"kind": "cosine_decay", "initial_learning_rate": 0.1, "decay_steps": 9},
            }
        }
    },
    {"execution": {"precision": "mixed_bfloat16", "layout": "channels_last"}, "seed": 7},
    {"execution": {"precision": "auto", "layout": "auto", "remat": "blocks", "optimize": "training"}},
    {"execution": {"remat": "cheap"}},
    {"execution": "low_memory"},
]

ILLEGAL: list[dict[str, Any]] = [
    {"depth": "3"},
    {"depth": True},
    {"depth": 1},
    {"depth": 2.5},
    {"dept": 3},
    {"input": {"shape": []}},
    {"input": {"shape": [64, 64, 64, 64]}},
    {"input": {"channels": 1}},
    {"input": {"shape": [64, 64], "data_format": "nchw"}},
    {"base_filters": None},
    {"name": "not a name"},
    {"kernel": 0},
    {"kernel": "3"},
    {"kernel": []},
    {"padding": "full"},
    {"dropout": 1},
    {"dropout": True},
    {"dropout": {"rate": 0.1, "place": "anywhere"}},
    {"activation": "rleu"},
    {"activation": "threshold"},
    {"activation": {"kind": "leaky_relu", "negative_slope": -1}},
    {"activation": {"kind": "leaky_relu", "alpha": 0.1}},
    {"activation": {"name": "relu"}},
    {"norm": None},
    {"norm": "bach"},
    {"norm": ["batch", "bach", "none"]},
    {"norm": [["batch"], ["batch"], ["batch"]]},
    {"skip": []},
    {"skip": ["none", {"order": "up_first"}]},
    {"down": ["max_pool", None]},
    {"use_bias": [True, 1, True]},
    {"norm": {"epsilon": 0.1}},
    {"norm": {"kind": "batch", "groups": 4}},
    {"order": ["norm"]},
    {"order": ["conv", "conv"]},
    {"up": {"kind": "nearest", "kernel": 2}},
    {"up": {}},
    {"skip": {"kind": "concat", "axis": "class"}},
    {"decoder": {"skip": "add"}},
    {"head": {"deep_supervision": True}},
    {"resize": "shrink"},
    {"compile": None},
    {"compile": {"loss": []}},
    {"compile": {"loss": "dise"}},
    {"compile": {"loss": {"kind": "dice", "gamma": 1}}},
    {"compile": {"metrics": "dice"}},
    {"compile": {"jit_compile": 1}},
    {"compile": {"optimizer": {"learning_rate": 0.1}}},
    {"compile": {"optimizer": {"kind": "adam", "learning_rate": {"kind": "cosine_decay"}}}},
    {"compile": {"optimizer": {"kind": "sgd", "beta_1": 0.9}}},
    {"execution": {"remat": "all"}},
    {"execution": {"optimize": "everything"}},
    {"execution": "quick"},
    {"seed": -1},
]


@pytest.mark.parametrize("change", LEGAL, ids=str)
def test_what_the_loader_accepts_the_schema_accepts(change: dict[str, Any]) -> None:
    document = {**BASE, **change}
    from_dict(document)
    VALIDATOR.validate(document)


@pytest.mark.parametrize("change", ILLEGAL, ids=str)
def test_what_the_loader_refuses_the_schema_refuses(change: dict[str, Any]) -> None:
    document = {**BASE, **change}
    with pytest.raises(ConfigError):
        from_dict(document)
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("missing", BASE)
def test_required_fields_are_asked_for_unless_the_file_composes(missing: str) -> None:
    document = {key: value for key, value in BASE.items() if key != missing}
    assert not VALIDATOR.is_valid(document)
    assert VALIDATOR.is_valid(
        {**document, "defaults": ["base", {"up": "transposed"}, {"norm": None}, "_self_"]}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": "${depth}"},
        {"kernel": [1, "${depth}"]},
        {"up": "${down}"},
        {"input": {"shape": ["${depth}", 64]}},
        {"up": {"kind": "transposed", "filters": "${base_filters}"}},
        {"compile": {"optimizer": {"kind": "adam", "learning_rate": "${other}"}}},
        {"compile": "${training}"},
    ],
    ids=str,
)
def test_a_reference_may_stand_for_a_value(change: dict[str, Any]) -> None:
    VALIDATOR.validate({**BASE, **change})


@pytest.mark.parametrize("text", ["${}", "${oc.env:HOME}", "{depth}", "$depth"])
def test_what_only_looks_like_a_reference_is_refused(text: str) -> None:
    assert not VALIDATOR.is_valid({**BASE, "kernel": text})


@pytest.mark.parametrize("file", bundled_configs().values(), ids=lambda file: file.stem)
def test_bundled_configs_are_valid_and_name_the_schema(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    VALIDATOR.validate(yaml.safe_load(text))
    up = "../" if file.parent.name == "zoo" else ""
    assert text.startswith(f"# yaml-language-server: $schema={up}unetgen.schema.json\n")
