"""The largest network of nnU-Net's rules that fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from unetgen.config.loader import design_from_dict
from unetgen.emit.text.tables import bytes_text
from unetgen.errors import UnetgenError
from unetgen.importing.nnunet import PAPERS, TITLES
from unetgen.importing.nnunet_config import config_of
from unetgen.importing.nnunet_labels import Dataset
from unetgen.suggesting.budget import MemoryBudget, OwnBudget, TriedPatch
from unetgen.suggesting.families import LEAST_BATCH, NetworkFamily
from unetgen.suggesting.fingerprint import Fingerprint
from unetgen.suggesting.topology import COARSEST, NnunetTopology, candidates

MIB = 2**20
POOLED = 1 / 8
"""Of a patch that shows less than this share of an image, classes are often missing: nnU-Net then takes Dice
over the batch. It does where it plans a network for a lower resolution too, which this comes close to."""


@dataclass(frozen=True)
class SuggestedNetwork:
    """A network that fits, and how it came about."""

    fingerprint: Fingerprint
    candidate: TriedPatch
    data: Mapping[str, object]
    """The config, as plain data."""
    batch: int
    most: int
    """The largest batch that the data allow."""
    is_first: bool
    """Whether nothing larger had to be tried."""

    @property
    def shape(self) -> NnunetTopology:
        """Patch and topology."""
        return self.candidate.shape

    @cached_property
    def train_bytes(self) -> int:
        """The predicted memory of a training step of `batch` patches."""
        return self.candidate.train_bytes(self.batch)

    @property
    def shown(self) -> float:
        """The share of an image of median size that a patch shows."""
        return min(1.0, math.prod(self.shape.patch) / math.prod(self.fingerprint.size))


def suggest(
    fingerprint: Fingerprint,
    dataset: Dataset,
    family: NetworkFamily,
    budget: MemoryBudget,
    name: str,
    precision: str = "float32",
) -> SuggestedNetwork:
    """The first, which is the largest, of the candidates that fits in `budget`, with its batch.

    Raises `UnetgenError` where the images are too small to be halved once, or nothing fits.
    """
    least: TriedPatch | None = None
    for number, shape in enumerate(candidates(fingerprint.spacing, fingerprint.size)):
        data = _config(shape, fingerprint, dataset, family, name, precision)
        least = TriedPatch(shape, family, design_from_dict(data), dataset.num_classes)
        if budget.fits(least):
            most = max(LEAST_BATCH, round(fingerprint.positions * family.share / math.prod(shape.patch)))
            batch = budget.batch(least, most)
            return SuggestedNetwork(fingerprint, least, data, batch, most, number == 0)
    if least is None:
        size, spacing = (
            " x ".join(f"{each:.4g}" for each in row) for row in (fingerprint.size, fingerprint.spacing)
        )
        raise UnetgenError(
            f"nnU-Net's rules halve no axis of images of {size} positions at a spacing of {spacing}: of the "
            f"axes of the finest spacing, one needs {3 * COARSEST} positions or two need {2 * COARSEST}; "
            "write a config of few levels by hand, or set another `data.spacing`"
        )
    raise UnetgenError(_too_little(budget, least))


def _config(
    shape: NnunetTopology,
    fingerprint: Fingerprint,
    dataset: Dataset,
    family: NetworkFamily,
    name: str,
    precision: str,
) -> dict[str, Any]:
    is_part = math.prod(shape.patch) < POOLED * math.prod(fingerprint.size)
    network = family.network(shape, batch_dice=fingerprint.dims == 2 or is_part)
    source = f"by the rules of {TITLES[family.kind]}: {PAPERS[family.kind]}"
    data = config_of(network, dataset, name, source)
    return data if precision == "float32" else {**data, "execution": {"precision": precision}}


def _too_little(budget: MemoryBudget, least: TriedPatch) -> str:
    needed = least.train_bytes(least.family.patch_batch[least.dims])
    patch = " x ".join(map(str, least.shape.patch))
    batch = least.family.patch_batch[least.dims]
    given = bytes_text(budget.limit) if isinstance(budget, OwnBudget) else "nnunet"
    return (
        f"--memory: {given} is too little: the smallest network of nnU-Net's rules takes {batch} patches of "
        f"{patch} at once, and these {bytes_text(needed)}; give --memory {math.ceil(needed / MIB)}MiB or more"
    )
