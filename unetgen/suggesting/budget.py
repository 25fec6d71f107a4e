"""What fits: by our own prediction of a training step's memory, or by nnU-Net's measure and target."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import final

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.config.loader import design_from_dict
from unetgen.errors import UnetgenError
from unetgen.suggesting.families import LEAST_BATCH, NetworkFamily
from unetgen.suggesting.topology import NnunetTopology

NNUNET = "nnunet"
"""Stands for nnU-Net's own target."""


@dataclass(frozen=True)
class TriedPatch:
    """A network that may fit."""

    shape: NnunetTopology
    family: NetworkFamily
    data: Mapping[str, object]
    """Its config, as plain data."""
    classes: int

    @cached_property
    def design(self) -> Design:
        """The checked config and its plan."""
        return design_from_dict(dict(self.data))

    def train_bytes(self, batch: int) -> int:
        """What `unetgen show --batch` predicts for a training step."""
        return Summary(self.design, batch).memory.train_bytes

    @property
    def positions(self) -> int:
        """Positions of a patch."""
        return math.prod(self.shape.patch)

    @property
    def dims(self) -> int:
        """Axes of the patch."""
        return len(self.shape.patch)


class MemoryBudget(ABC):
    """Says which patches fit, and how many at once."""

    @abstractmethod
    def fits(self, candidate: TriedPatch) -> bool:
        """Whether the smallest batch fits."""

    @abstractmethod
    def batch(self, candidate: TriedPatch, most: int) -> int:
        """The largest batch that fits, up to `most`."""


@final
@dataclass(frozen=True)
class OwnBudget(MemoryBudget):
    """So many bytes, by `unetgen.analysis.memory`."""

    limit: float

    def fits(self, candidate: TriedPatch) -> bool:
        return candidate.train_bytes(candidate.family.patch_batch[candidate.dims]) <= self.limit

    def batch(self, candidate: TriedPatch, most: int) -> int:
        fits, too_large = LEAST_BATCH, max(most, LEAST_BATCH) + 1
        while too_large - fits > 1:
            middle = (fits + too_large) // 2
            if candidate.train_bytes(middle) <= self.limit:
                fits = middle
            else:
                too_large = middle
        return fits


@final
@dataclass(frozen=True)
class NnunetBudget(MemoryBudget):
    """nnU-Net's target for a family: it counts the values of feature maps, and trains in half precision."""

    def fits(self, candidate: TriedPatch) -> bool:
        family, dims = candidate.family, candidate.dims
        values = family.values(candidate.shape, candidate.classes)
        share = family.patch_batch[dims] / family.reference_batch[dims]
        return values * share <= family.reference_values[dims]

    def batch(self, candidate: TriedPatch, most: int) -> int:
        family, dims = candidate.family, candidate.dims
        share = family.reference_values[dims] / family.values(candidate.shape, candidate.classes)
        return max(min(round(share * family.reference_batch[dims]), most), LEAST_BATCH)


def budget_of(memory: float | str) -> MemoryBudget:
    """The budget of so many bytes, or nnU-Net's own; raises `UnetgenError` for what is neither."""
    if memory == NNUNET:
        return NnunetBudget()
    if isinstance(memory, str) or not 0 < memory < float("inf"):
        raise UnetgenError(f"memory: must be a positive number of bytes, or {NNUNET!r} (got {memory!r})")
    return OwnBudget(memory)
