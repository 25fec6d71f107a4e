"""`unetgen import nnunet`: a plans file and a dataset.json in, a checked config out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from unetgen.config.loader import design_from_dict
from unetgen.config.model import UNetConfig
from unetgen.errors import ConfigError, Path, Problem, UnetgenError
from unetgen.importing.json_file import JsonValue
from unetgen.importing.nnunet_config import config_of
from unetgen.importing.nnunet_labels import Dataset, dataset_of
from unetgen.importing.nnunet_plans import PlannedNetwork, configuration, network_of
from unetgen.importing.nnunet_v1 import refuse_v1_plans
from unetgen.plan.graph import Plan

PAPERS = {
    "plain": "Isensee et al. 2021, doi 10.1038/s41592-020-01008-z",
    "residual": "Isensee et al. 2024, arXiv 2404.09556",
}
TITLES = {"plain": "nnU-Net", "residual": "nnU-Net with a residual encoder"}
_NEW = {
    "input.shape": ("patch_size",),
    "filters": ("architecture", "arch_kwargs", "features_per_stage"),
    "kernel": ("architecture", "arch_kwargs", "kernel_sizes"),
    "down.size": ("architecture", "arch_kwargs", "strides"),
}
_OLD = {
    "input.shape": ("patch_size",),
    "filters": ("UNet_base_num_features",),
    "kernel": ("conv_kernel_sizes",),
    "down.size": ("pool_op_kernel_sizes",),
}
"""Where plans of either format have what a config calls otherwise."""


@dataclass(frozen=True)
class Imported:
    """What an import found: the config, as data and checked, its plan, and the network it came from."""

    data: Mapping[str, Any]
    config: UNetConfig
    plan: Plan
    network: PlannedNetwork
    dataset: Dataset
    title: str

    @property
    def header(self) -> tuple[str, ...]:
        """What the comments above the config say."""
        notes = [self.title, f"Trainable parameters: {self.plan.trainable_params:,}."]
        if self.network.cascade:
            notes.append("A cascade: the last input channels are the previous stage's labels, one-hot.")
        if self.dataset.ignore_label is not None:
            label, mark = self.dataset.ignore_label, self.dataset.ignore_class
            notes.append(
                f"Voxels of the ignore label {label} count nowhere: targets hold {mark} in all channels."
            )
        return tuple(notes)


def import_plans(
    plans: JsonValue,
    chosen: str,
    dataset: JsonValue | Dataset | None,
    name: str | None = None,
) -> Imported:
    """The config of the configuration called `chosen`; raises `ConfigError` with file and key path.

    `dataset` is a dataset.json, or what is known of the images and classes without one.
    """
    refuse_v1_plans(plans)
    settings = configuration(plans, chosen)
    network = network_of(settings)
    if isinstance(dataset, JsonValue):
        dataset = dataset_of(dataset, network.cascade)
    elif dataset is not None and network.cascade:
        dataset = dataset.with_previous_labels()
    if dataset is None:
        raise UnetgenError("say what the data is: --dataset-json FILE, or --channels N and --classes N")
    named = plans.value.get("dataset_name")
    title = f"{TITLES[network.family]}, {_plain(named) or 'unnamed data set'}, {chosen}"
    name = name or legal_name(f"nnunet_{_plain(named) or 'network'}_{chosen}")
    data = config_of(network, dataset, name, f"{title}; {PAPERS[network.family]}")
    try:
        design = design_from_dict(data)
    except ConfigError as error:
        places = _OLD if settings.get("architecture") is None else _NEW
        problems = [_in_plans(problem, places, plans.file, chosen) for problem in error.problems]
        raise ConfigError(problems) from None
    return Imported(data, design.config, design.plan, network, dataset, title)


def _in_plans(problem: Problem, places: Mapping[str, Path], file: str, chosen: str) -> Problem:
    """A problem of the config, said of the plans that it was made of."""
    for config_path, plans_path in places.items():
        if problem.dotted_path.startswith(config_path):
            path = ("configurations", chosen, *plans_path)
            return replace(problem, path=path, where=file, hint=None)
    message = f"gives a config that is refused: {problem.dotted_path}: {problem.message}"
    return Problem(message, ("configurations", chosen), problem.got, problem.hint, file)


def legal_name(text: str) -> str:
    """`text` as a config's name.

    >>> legal_name("nnunet_Dataset004_Hippocampus_3d fullres")
    'nnunet_Dataset004_Hippocampus_3d_fullres'
    """
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text)[:100]


def _plain(value: object) -> str | None:
    is_name = isinstance(value, str) and value.isprintable() and 0 < len(value) <= 100
    return str(value) if is_name else None
