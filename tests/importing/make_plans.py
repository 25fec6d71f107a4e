"""Writes tests/importing/plans/*.json: plans files as nnU-Net v2 writes them, in the new and the old format.

Run by hand: ``python tests/importing/make_plans.py``. The hyper-parameters are those of the networks whose
counts are in tests/zoo/ground_truth.json, and of one anisotropic data set. Only what says the network and its
data is written; a real plans file has intensities, spacings and resampling too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REQUIRE_IMPORT = ["conv_op", "norm_op", "dropout_op", "nonlin"]
ARCHITECTURE = (
    *("n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage"),
    *("n_blocks_per_stage", "n_conv_per_stage_decoder", "conv_bias", "norm_op", "norm_op_kwargs"),
    *("dropout_op", "dropout_op_kwargs", "nonlin", "nonlin_kwargs"),
)
DATASETS: dict[str, dict[str, Any]] = {
    "Dataset001_BrainTumour": {
        "channel_names": {"0": "FLAIR", "1": "T1w", "2": "T1gd", "3": "T2w"},
        "labels": {"background": 0, "edema": 1, "non-enhancing tumor": 2, "enhancing tumour": 3},
    },
    "Dataset003_Liver": {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "liver": 1, "cancer": 2},
    },
    "Dataset004_Hippocampus": {
        "channel_names": {"0": "MRI"},
        "labels": {"background": 0, "Anterior": 1, "Posterior": 2},
    },
    "Dataset005_Prostate": {
        "channel_names": {"0": "T2", "1": "ADC"},
        "labels": {"background": 0, "PZ": 1, "TZ": 2},
    },
}
PATCHES = {
    "Dataset001_BrainTumour": {"2d": ([192, 160], 6), "3d_fullres": ([128, 128, 128], 6)},
    "Dataset003_Liver": {"2d": ([512, 512], 8), "3d_fullres": ([128, 128, 128], 6)},
    "Dataset004_Hippocampus": {"2d": ([56, 40], 4), "3d_fullres": ([40, 56, 40], 4)},
    "Dataset005_Prostate": {"3d_fullres": ([20, 320, 256], 7)},
}
"""Patch size and stages: of three data sets as nnU-Net's planner (2.8.1) chose them. The prostate's is
written by hand, as a plan for thick slices looks, and no planner has confirmed it."""
# Six steps, four of which leave the slices alone, and flat kernels in the first two stages.
FLAT_KERNELS = {"Dataset005_Prostate": [[1, 3, 3]] * 2 + [[3, 3, 3]] * 5}
FLAT_STRIDES = {"Dataset005_Prostate": [[1, 1, 1]] + [[1, 2, 2]] * 2 + [[2, 2, 2]] * 2 + [[1, 2, 2]] * 2}
BLOCKS = [1, 3, 4, 6, 6, 6, 6, 6]
UNET = "dynamic_network_architectures.architectures.unet"


def hyperparameters(dataset: str, name: str, kind: str) -> dict[str, Any]:
    """One network's, in the words of dynamic-network-architectures."""
    patch, stages = PATCHES[dataset][name]
    dims = len(patch)
    most = 512 if dims == 2 else 320
    residual = kind == "ResEncM"
    convs = {"n_blocks_per_stage": BLOCKS[:stages]} if residual else {"n_conv_per_stage": [2] * stages}
    return {
        "patch_size": patch,
        "n_stages": stages,
        "features_per_stage": [min(32 * 2**stage, most) for stage in range(stages)],
        "conv_op": f"torch.nn.modules.conv.Conv{dims}d",
        "kernel_sizes": FLAT_KERNELS.get(dataset, [[3] * dims] * stages),
        "strides": FLAT_STRIDES.get(dataset, [[1] * dims, *[[2] * dims] * (stages - 1)]),
        **convs,
        "n_conv_per_stage_decoder": [1 if residual else 2] * (stages - 1),
        "conv_bias": True,
        "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dims}d",
        "norm_op_kwargs": {"eps": 1e-05, "affine": True},
        "dropout_op": None,
        "dropout_op_kwargs": None,
        "nonlin": "torch.nn.LeakyReLU",
        "nonlin_kwargs": {"inplace": True},
    }


def new(values: dict[str, Any], network_class: str) -> dict[str, Any]:
    """One configuration as nnU-Net writes it since 2.3."""
    kwargs = {key: values[key] for key in ARCHITECTURE if key in values}
    return {
        "data_identifier": "nnUNetPlans",
        "patch_size": values["patch_size"],
        "architecture": {
            "network_class_name": network_class,
            "arch_kwargs": kwargs,
            "_kw_requires_import": REQUIRE_IMPORT,
        },
        "batch_dice": False,
    }


def old(values: dict[str, Any], network_class: str) -> dict[str, Any]:
    """One configuration as nnU-Net wrote it up to 2.2."""
    strides = values["strides"]
    return {
        "data_identifier": "nnUNetPlans",
        "patch_size": values["patch_size"],
        "UNet_class_name": network_class.rpartition(".")[2],
        "UNet_base_num_features": values["features_per_stage"][0],
        "n_conv_per_stage_encoder": values.get("n_conv_per_stage") or values["n_blocks_per_stage"],
        "n_conv_per_stage_decoder": values["n_conv_per_stage_decoder"],
        "num_pool_per_axis": [sum(s > 1 for s in axis) for axis in zip(*strides, strict=True)],
        "pool_op_kernel_sizes": strides,
        "conv_kernel_sizes": values["kernel_sizes"],
        "unet_max_num_features": 512 if len(values["patch_size"]) == 2 else 320,
        "batch_dice": False,
    }


def plans(dataset: str, kind: str) -> dict[str, tuple[dict[str, Any], str]]:
    """The configurations of one data set: hyper-parameters and network class by name."""
    network_class = f"{UNET}.{'ResidualEncoderUNet' if kind == 'ResEncM' else 'PlainConvUNet'}"
    return {name: (hyperparameters(dataset, name, kind), network_class) for name in PATCHES[dataset]}


def main() -> None:
    """Write every file."""
    folder = HERE / "plans"
    folder.mkdir(exist_ok=True)
    for dataset, data in DATASETS.items():
        stem = dataset.partition("_")[2].lower()
        write(folder / f"{stem}_dataset.json", {**data, "numTraining": 4, "file_ending": ".nii.gz"})
        for kind, plans_name in (("default", "nnUNetPlans"), ("ResEncM", "nnUNetResEncUNetMPlans")):
            found = plans(dataset, kind)
            for form, make in (("", new), ("_old", old)):
                configurations = {name: make(*values) for name, values in found.items()}
                whole = {"dataset_name": dataset, "plans_name": plans_name, "configurations": configurations}
                suffix = "_resenc" if kind == "ResEncM" else ""
                write(folder / f"{stem}{suffix}{form}.json", whole)


def write(file: Path, data: dict[str, Any]) -> None:
    """Write `data` as nnU-Net writes JSON: indented, in the order of its keys."""
    file.write_text(json.dumps(data, indent=4) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
