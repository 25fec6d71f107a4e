"""The largest network of nnU-Net's rules that fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from unetgen.emit.text.tables import bytes_text
from unetgen.errors import MEMORY, ConfigError, Problem, UnetgenError
from unetgen.importing.nnunet import PAPERS, TITLES
from unetgen.importing.nnunet_config import config_of
from unetgen.importing.nnunet_labels import Dataset
from unetgen.suggesting.budget import MemoryBudget, OwnBudget, TriedPatch
from unetgen.suggesting.families import LEAST_BATCH, NetworkFamily
from unetgen.suggesting.fingerprint import Fingerprint
from unetgen.suggesting.resolution import LEAST_REDUCTION, SHOWN_ENOUGH, coarser
from unetgen.suggesting.topology import COARSEST, NnunetTopology, candidates

MIB = 2**20
FAR = 1.5
"""By so much nnU-Net's measure may be off from ours, from one network of a kind to another."""


@dataclass(frozen=True)
class SuggestedNetwork:
    """A network that fits, and how it came about."""

    fingerprint: Fingerprint
    candidate: TriedPatch
    batch: int
    most: int
    """The largest batch that the data allow."""
    is_first: bool
    """Whether nothing larger had to be tried."""
    low: SuggestedNetwork | None = None
    """The network for the same images at a lower resolution that nnU-Net plans beside this one."""

    @property
    def data(self) -> Mapping[str, object]:
        """The config, as plain data."""
        return self.candidate.data

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
        return min(1.0, self.candidate.positions / math.prod(self.fingerprint.size))


def suggest(
    fingerprint: Fingerprint,
    dataset: Dataset,
    family: NetworkFamily,
    budget: MemoryBudget,
    name: str,
    precision: str = "float32",
) -> SuggestedNetwork:
    """The first, which is the largest, of the candidates that fits in `budget`, with its batch; and the
    network for a lower resolution, where its patch shows too little of the images.

    Raises `UnetgenError` where the images are too small to be halved once, or nothing fits.
    """
    search = _Search(dataset, family, budget, name, precision)
    tried, fits = search.largest(fingerprint)
    if tried is not None and fits:
        found = search.network(fingerprint, tried)
        low = search.low(found) if fingerprint.dims == 3 else None
        # Of a patch that shows little of an image classes are often missing: Dice is taken over the batch.
        is_pooled = fingerprint.dims == 2 or low is not None
        return replace(found, low=low, candidate=search.tried(found.shape, is_pooled))
    if tried is None:
        size, spacing = (
            " x ".join(f"{each:.4g}" for each in row) for row in (fingerprint.size, fingerprint.spacing)
        )
        raise UnetgenError(
            f"nnU-Net's rules halve no axis of images of {size} positions at a spacing of {spacing}: of the "
            f"axes of the finest spacing, one needs {3 * COARSEST} positions or two need {2 * COARSEST}; "
            "write a config of few levels by hand, or set another `data.spacing`"
        )
    raise ConfigError([Problem(_too_little(budget, tried), page=MEMORY)])


@dataclass(frozen=True)
class _Search:
    """One kind of network in one budget, for images of any resolution."""

    dataset: Dataset
    family: NetworkFamily
    budget: MemoryBudget
    name: str
    precision: str
    fits: dict[NnunetTopology, bool] = field(default_factory=dict)
    """Of what was tried: resolutions that differ little have candidates in common."""

    def is_hopeless(self, shape: NnunetTopology) -> bool:
        """Whether a far smaller network did not fit, so that this one, at another resolution, need not be
        built."""
        values = self.values(shape)
        return any(values > FAR * self.values(tried) for tried, fits in self.fits.items() if not fits)

    def values(self, shape: NnunetTopology) -> int:
        """nnU-Net's measure of memory, to which ours is nearly proportional."""
        return self.family.values(shape, self.dataset.num_classes)

    def largest(self, fingerprint: Fingerprint) -> tuple[TriedPatch | None, bool]:
        """The largest network that fits, and true; else the smallest that there is, if there is one."""
        tried: TriedPatch | None = None
        for shape in candidates(fingerprint.spacing, fingerprint.size):
            tried = self.tried(shape)
            if shape not in self.fits:
                self.fits[shape] = not self.is_hopeless(shape) and self.budget.fits(tried)
            if self.fits[shape]:
                return tried, True
        return tried, False

    def low(self, full: SuggestedNetwork) -> SuggestedNetwork | None:
        """The network for the first resolution of which a patch shows enough, where that is worth it."""
        fingerprint, found = full.fingerprint, full.candidate
        resolutions = coarser(fingerprint)
        while found.positions < SHOWN_ENOUGH * fingerprint.positions / fingerprint.cases:
            fingerprint = next(resolutions)
            tried, fits = self.largest(fingerprint)
            if tried is None or not fits:
                return None
            found = tried
        is_worth_it = fingerprint.positions * LEAST_REDUCTION <= full.fingerprint.positions
        return self.network(fingerprint, found) if is_worth_it else None

    def network(self, fingerprint: Fingerprint, fitting: TriedPatch) -> SuggestedNetwork:
        """The network with the batch that fits."""
        positions = fingerprint.positions * self.family.share
        most = max(LEAST_BATCH, round(positions / fitting.positions))
        is_first = fitting.shape == next(candidates(fingerprint.spacing, fingerprint.size))
        batch = self.budget.batch(fitting, most)
        return SuggestedNetwork(fingerprint, fitting, batch, most, is_first)

    def tried(self, shape: NnunetTopology, is_pooled: bool = False) -> TriedPatch:
        """The network of this shape, its Dice over the batch or over each patch."""
        network = self.family.network(shape, batch_dice=is_pooled)
        source = f"by the rules of {TITLES[self.family.kind]}: {PAPERS[self.family.kind]}"
        data = config_of(network, self.dataset, self.name, source)
        if self.precision != "float32":
            data = {**data, "execution": {"precision": self.precision}}
        return TriedPatch(shape, self.family, data, self.dataset.num_classes)


def _too_little(budget: MemoryBudget, least: TriedPatch) -> str:
    needed = least.train_bytes(least.family.patch_batch[least.dims])
    patch = " x ".join(map(str, least.shape.patch))
    batch = least.family.patch_batch[least.dims]
    given = bytes_text(budget.limit) if isinstance(budget, OwnBudget) else "nnunet"
    return (
        f"--memory: {given} is too little: the smallest network of nnU-Net's rules takes {batch} patches of "
        f"{patch} at once, and these {bytes_text(needed)}; give --memory {math.ceil(needed / MIB)}MiB or more"
    )
