"""What fits: by our own prediction of a training step's memory, or by nnU-Net's measure of 8 GB."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.suggesting.families import LEAST_BATCH, NetworkFamily
from unetgen.suggesting.topology import NnunetTopology


@dataclass(frozen=True)
class TriedPatch:
    """A network that may fit."""

    shape: NnunetTopology
    family: NetworkFamily
    design: Design
    classes: int

    def train_bytes(self, batch: int) -> int:
        """What `unetgen show --batch` predicts for a training step."""
        return Summary(self.design, batch).memory.train_bytes

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
    """nnU-Net's own target of 8 GB: it counts the values of feature maps, and trains in half precision."""

    def fits(self, candidate: TriedPatch) -> bool:
        family, dims = candidate.family, candidate.dims
        values = family.values(candidate.shape, candidate.classes)
        share = family.patch_batch[dims] / family.reference_batch[dims]
        return values * share <= family.reference_values[dims]

    def batch(self, candidate: TriedPatch, most: int) -> int:
        family, dims = candidate.family, candidate.dims
        share = family.reference_values[dims] / family.values(candidate.shape, candidate.classes)
        return max(min(round(share * family.reference_batch[dims]), most), LEAST_BATCH)
