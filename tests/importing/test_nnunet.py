"""Configs from nnU-Net's plans: the counts that its own networks have, and every field of a plans file."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unetgen
from unetgen.config.bundled import ZOO, config_dir
from unetgen.errors import ConfigError
from unetgen.importing.json_file import JsonValue, read_json
from unetgen.importing.nnunet import Imported, import_plans
from unetgen.importing.nnunet_config import loss_weights
from unetgen.importing.nnunet_labels import Dataset, dataset_of
from unetgen.model.batches import targets

PLANS = Path(__file__).parent / "plans"
TRUTH = json.loads((Path(__file__).parents[1] / "zoo/ground_truth.json").read_text("utf-8"))["networks"]
NNUNETS = [row for row in TRUTH if row["name"].startswith("nnU-Net v2")]


def imported(stem: str, configuration: str = "3d_fullres") -> Imported:
    data = stem.partition("_")[0]
    return import_plans(
        read_json(PLANS / f"{stem}.json"), configuration, read_json(PLANS / f"{data}_dataset.json")
    )


def stem_of(row: dict[str, Any]) -> tuple[str, str]:
    """The plans file of a ground truth such as `nnU-Net v2 ResEncM Dataset003_Liver 3d_fullres`."""
    _, _, kind, data, configuration = row["name"].split()
    return data.partition("_")[2].lower() + ("_resenc" if kind == "ResEncM" else ""), configuration


def test_there_are_ten_networks_to_hit() -> None:
    assert len(NNUNETS) == 10


@pytest.mark.parametrize("form", ["", "_old"])
@pytest.mark.parametrize("row", NNUNETS, ids=lambda row: row["name"])
def test_counts_are_those_of_the_original(row: dict[str, Any], form: str) -> None:
    stem, configuration = stem_of(row)
    found = imported(stem + form, configuration)
    assert found.plan.trainable_params == found.plan.params == row["params"]
    assert found.config.input.shape == tuple(row["input_shape"][2:])
    assert found.config.input.channels == row["input_shape"][1]
    assert found.config.num_classes == row["output_shape"][1]


@pytest.mark.parametrize(
    ("stem", "params"),
    [("prostate", 44_578_770), ("prostate_old", 44_578_770), ("prostate_resenc", 140_403_602)],
)
def test_an_anisotropic_network_has_the_count_of_the_original(stem: str, params: int) -> None:
    # dynamic-network-architectures 0.4.4, instantiated and counted
    found = imported(stem)
    assert found.plan.params == params
    finest = found.plan.by_name["head"].spec.spatial
    assert finest == (20, 320, 256)
    assert found.plan.by_name["head_level5"].spec.spatial == (5, 10, 8)


@pytest.mark.parametrize(
    "file", sorted((config_dir() / ZOO).glob("nnunet_*.yaml")), ids=lambda file: file.stem
)
def test_the_zoo_s_files_are_imports(file: Path) -> None:
    words = file.stem.removeprefix("nnunet_").split("_")
    resenc = words[-1] == "resenc"
    dims = words[-2] if resenc else words[-1]
    data = "".join(words[: words.index(dims)])
    found = imported(data + ("_resenc" if resenc else ""), "2d" if dims == "2d" else "3d_fullres")
    config = unetgen.load(file)
    kept = {key: value for key, value in config.to_dict().items() if key not in ("name", "source")}
    assert kept == {key: value for key, value in found.config.to_dict().items() if key in kept}
    assert unetgen.plan(config).fingerprint == found.plan.fingerprint


# --- every field ---


def changed(**kwargs: Any) -> Imported:
    """Hippocampus in 3D with other arguments of its network."""
    return import_changed({("architecture", "arch_kwargs", key): value for key, value in kwargs.items()})


def import_changed(changes: dict[tuple[str, ...], Any], stem: str = "hippocampus") -> Imported:
    plans = json.loads((PLANS / f"{stem}.json").read_text("utf-8"))
    for path, value in changes.items():
        here = plans["configurations"]["3d_fullres"]
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = value
    return import_plans(JsonValue("plans.json", plans), "3d_fullres", Dataset(1, 3))


def test_single_numbers_stand_for_all_stages() -> None:
    found = changed(kernel_sizes=3, strides=[1, 2, 2, 2], n_conv_per_stage=2, n_conv_per_stage_decoder=2)
    assert found.plan.params == 5_603_177


def test_the_decoder_s_convolutions_are_listed_from_the_coarsest() -> None:
    names = set(changed(n_conv_per_stage_decoder=[1, 2, 3]).plan.by_name)
    assert {"decoder_level0_conv3", "decoder_level1_conv2", "decoder_level2_conv1"} <= names
    assert not {"decoder_level1_conv3", "decoder_level2_conv2"} & names


def test_filters_that_follow_no_rule_are_said_outright() -> None:
    found = changed(features_per_stage=[8, 12, 20, 18])
    assert found.data["filters"] == [8, 12, 20, 18]
    assert found.plan.by_name["encoder_level3_conv2"].spec.channels == 18


@pytest.mark.parametrize(
    ("kwargs", "field", "expected"),
    [
        ({"conv_bias": False}, "use_bias", False),
        ({"nonlin": "torch.nn.ReLU"}, "activation", {"kind": "relu"}),
        (
            {"nonlin_kwargs": {"negative_slope": 0.2, "inplace": True}},
            "activation",
            {"kind": "leaky_relu", "negative_slope": 0.2},
        ),
        ({"nonlin": None}, "activation", {"kind": "linear"}),
        ({"norm_op": None}, "norm", {"kind": "none"}),
        (
            {"norm_op": "torch.nn.modules.batchnorm.BatchNorm3d", "norm_op_kwargs": {}},
            "norm",
            {"kind": "batch", "epsilon": 1e-5, "momentum": 0.9, "affine": True},
        ),
        (
            {"norm_op_kwargs": {}},  # PyTorch's InstanceNorm learns no scale by default
            "norm",
            {"kind": "instance", "epsilon": 1e-5, "affine": False},
        ),
        ({"nonlin_first": True}, "order", ["conv", "activation", "norm"]),
        (
            {"dropout_op": "torch.nn.Dropout3d", "dropout_op_kwargs": {"p": 0.2}},
            "order",
            ["conv", "dropout", "norm", "activation"],
        ),
        (
            {"dropout_op": "torch.nn.Dropout3d", "dropout_op_kwargs": {"p": 0.2}},
            "dropout",
            {"kind": "spatial", "rate": 0.2},
        ),
    ],
)
def test_arguments_become_fields(kwargs: dict[str, Any], field: str, expected: object) -> None:
    assert changed(**kwargs).data[field] == expected


def test_a_configuration_inherits_from_another() -> None:
    plans = json.loads((PLANS / "hippocampus.json").read_text("utf-8"))
    plans["configurations"]["bs4"] = {"inherits_from": "3d_fullres", "batch_size": 4}
    plans["configurations"]["small"] = {"inherits_from": "bs4", "patch_size": [24, 24, 24]}
    found = import_plans(JsonValue("p.json", plans), "small", Dataset(1, 3))
    assert found.config.input.shape == (24, 24, 24)
    assert found.plan.params == 5_603_177


def test_a_cascade_sees_the_labels_of_the_stage_before() -> None:
    plans = json.loads((PLANS / "liver.json").read_text("utf-8"))
    plans["configurations"]["3d_cascade_fullres"] = {
        "inherits_from": "3d_fullres",
        "previous_stage": "3d_lowres",
    }
    found = import_plans(
        JsonValue("p.json", plans), "3d_cascade_fullres", read_json(PLANS / "liver_dataset.json")
    )
    assert found.config.input.channels == 1 + 2
    # dynamic-network-architectures 0.4.4, instantiated and counted
    by_numbers = import_plans(JsonValue("p.json", plans), "3d_cascade_fullres", Dataset(2, 2))
    assert by_numbers.plan.params == 31_197_322
    assert any("previous stage" in line for line in found.header)


def test_two_stages_have_one_head() -> None:
    found = changed(
        n_stages=2,
        features_per_stage=[4, 8],
        kernel_sizes=3,
        strides=[1, 2],
        n_conv_per_stage=2,
        n_conv_per_stage_decoder=2,
    )
    assert found.config.head.deep_supervision is None
    assert len(found.plan.outputs) == 1


def test_the_coarsest_head_weighs_nothing_and_all_together_one() -> None:
    assert loss_weights(5) == pytest.approx([8 / 15, 4 / 15, 2 / 15, 1 / 15, 0])
    deep = imported("liver").config.head.deep_supervision
    assert deep is not None
    assert deep.loss_weights == pytest.approx([8 / 15, 4 / 15, 2 / 15, 1 / 15, 0])


def test_batch_dice_pools_the_batch() -> None:
    for pooled in (True, False):
        dice = import_changed({("batch_dice",): pooled}).data["compile"]["loss"][0]
        assert dice["per_sample"] is not pooled


# --- dataset.json ---

LABELS = {"background": 0, "a": 1, "b": 2}


@pytest.mark.parametrize(
    ("data", "cascade", "expected"),
    [
        ({"channel_names": {"0": "CT"}, "labels": LABELS}, False, Dataset(1, 3)),
        ({"channel_names": ["T1", "T2"], "labels": LABELS}, False, Dataset(2, 3)),
        ({"modality": {"0": "CT", "1": "PET"}, "labels": LABELS}, False, Dataset(2, 3)),
        ({"channel_names": {"0": "CT"}, "labels": LABELS}, True, Dataset(3, 3)),
        (
            {"channel_names": {"0": "CT"}, "labels": {**LABELS, "ignore": 3}},
            True,
            Dataset(3, 3, ignore_label=3),
        ),
        (  # BraTS: whole tumour, core, enhancing
            {
                "channel_names": {str(i): "MR" for i in range(4)},
                "labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": 3},
                "regions_class_order": [1, 2, 3],
            },
            False,
            Dataset(4, 3, regions=True),
        ),
    ],
)
def test_channels_and_classes(data: dict[str, Any], cascade: bool, expected: Dataset) -> None:
    assert dataset_of(JsonValue("dataset.json", data), cascade) == expected


def test_regions_overlap() -> None:
    plans = read_json(PLANS / "hippocampus.json")
    config = import_plans(plans, "3d_fullres", Dataset(1, 3, regions=True)).config
    assert config.head.activation is not None
    assert config.head.activation.name == "sigmoid"
    assert [loss["kind"] for loss in config.to_dict()["compile"]["loss"]] == ["dice", "binary_crossentropy"]


@pytest.mark.parametrize(
    ("dataset", "ignored"),
    [
        (Dataset(1, 3), None),
        (Dataset(1, 3, ignore_label=3), 3),
        (Dataset(1, 3, regions=True, ignore_label=4), 4),
        (Dataset(1, 5, regions=True, ignore_label=3), 5),  # 3 is a region
    ],
)
def test_the_ignore_label_is_ignored(dataset: Dataset, ignored: int | None) -> None:
    made = import_plans(read_json(PLANS / "hippocampus.json"), "3d_fullres", dataset)
    assert made.config.compile.ignore_class == ignored
    assert made.data["compile"].get("ignore_class") == ignored
    assert any(f"targets hold {ignored} in all channels" in line for line in made.header) is (
        ignored is not None
    )


def test_targets_with_ignored_voxels_are_what_an_imported_network_takes() -> None:
    made = import_plans(read_json(PLANS / "hippocampus.json"), "3d_fullres", Dataset(1, 3, ignore_label=3))
    labels = np.random.default_rng(0).integers(4, size=(1, *made.plan.input.spec.spatial))
    y = targets(made.config, made.plan, labels)
    assert isinstance(y, np.ndarray)
    assert (y[labels == 3] == 3).all()
    np.testing.assert_array_equal(y[labels < 3], np.eye(3)[labels[labels < 3]])
    unetgen.check_targets(made.config, y)
    with pytest.raises(unetgen.UnetgenError, match=r"sum 1 for categorical_crossentropy \(found 0 at"):
        unetgen.check_targets(made.config, np.where(y == 3, 0, y))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"modality": {"0": "CT"}, "labels": {"0": "background", "1": "a"}},
            "labels: are those of nnU-Net v1, which is not read: number to name, where v2 has name to "
            "number; convert the data set with "
            "nnUNetv2_convert_old_nnUNet_dataset and plan it with nnUNetv2_plan_and_preprocess; v2's "
            "nnUNetPlans.json and dataset.json are read",
        ),
        ({"labels": {"a": 1}}, "labels: must have a background, which is label 0"),
        (
            {"labels": {**LABELS, "ignore": 7}},
            "labels.ignore: must be the highest label plus 1 (got 7); 3",
        ),
        (
            {"labels": {"background": 0, "a": [1, 2], "b": 2}},
            "regions_class_order: missing; regions need it",
        ),
        (
            {"labels": {"background": 0, "a": [1, 2], "b": 2}, "regions_class_order": [1]},
            "regions_class_order: has 1 entry for 2 regions",
        ),
        ({"labels": {"background": 0, "a": []}}, "labels.a: must be a label or a list of labels (got [])"),
        ({"channel_names": {}}, "channel_names: must name the channels (got {})"),
    ],
)
def test_data_sets_that_cannot_be(change: dict[str, Any], message: str) -> None:
    data = {"channel_names": {"0": "CT"}, "labels": LABELS, **copy.deepcopy(change)}
    with pytest.raises(ConfigError) as caught:
        dataset_of(JsonValue("dataset.json", data), cascade=False)
    assert str(caught.value) == f"dataset.json: {message}"
