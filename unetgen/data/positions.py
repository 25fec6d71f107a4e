"""Where a mask has which class: positions that are remembered, so that no mask is searched for each patch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetgen.data.blocks import Array, blocks

MOST = 10_000
"""How many positions of a class are remembered, as in nnU-Net: more would not make patches more different."""
Indices = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, eq=False)
class ClassPositions:
    """Positions of each class of one mask, drawn evenly where it has more than are remembered."""

    spatial: tuple[int, ...]
    indices: Mapping[int, Indices]
    """Flat indices of each class that the mask has, ascending."""

    @classmethod
    def of(
        cls, labels: Array, classes: Iterable[int], rng: np.random.Generator, most: int = MOST
    ) -> ClassPositions:
        """Those of `labels` ``(*spatial)``, read twice block by block; `rng` draws what is remembered.

        classes: those that patches may be centred on, the background and an ignored label left out.
        """
        wanted = np.array(sorted(set(classes)), np.int64)
        counts = sum((_counts(labels[block], wanted) for block in blocks(labels)), np.zeros(len(wanted), int))
        ranks = [_ranks(int(count), most, rng) for count in counts]
        kept: list[list[NDArray[np.int64]]] = [[] for _ in wanted]
        before, offset = np.zeros(len(wanted), int), 0
        for block in blocks(labels):
            flat = np.asarray(labels[block]).reshape(-1)
            within = _counts(flat, wanted)
            for number, label in enumerate(wanted):
                first, last = np.searchsorted(ranks[number], before[number] + np.array([0, within[number]]))
                if last > first:
                    chosen = ranks[number][first:last] - before[number]
                    kept[number].append(np.flatnonzero(flat == label)[chosen] + offset)
            before, offset = before + within, offset + flat.size
        small = np.min_scalar_type(labels.size)
        found: dict[int, Indices] = {
            int(label): np.concatenate(parts).astype(small)
            for label, parts in zip(wanted, kept, strict=True)
            if parts
        }
        return cls(labels.shape, found)

    def draw(self, rng: np.random.Generator) -> tuple[int, ...]:
        """A position of one of the classes, each class as likely as the others; `ValueError` without any."""
        if not self.indices:
            raise ValueError("the mask has none of the classes")
        of_class = self.indices[list(self.indices)[rng.integers(len(self.indices))]]
        index = of_class[rng.integers(len(of_class))]
        return tuple(int(place) for place in np.unravel_index(index, self.spatial))


def _counts(labels: Array, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each of the ascending labels `wanted` occurs."""
    if not len(wanted):
        return np.zeros(0, np.int64)
    flat = np.asarray(labels, np.int64).reshape(-1)
    low, high = wanted[0], wanted[-1]
    inside = flat[(flat >= low) & (flat <= high)] - low
    counts: NDArray[np.int64] = np.bincount(inside, minlength=int(high - low) + 1)[wanted - low]
    return counts


def _ranks(count: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if count <= most:
        return np.arange(count)
    return np.sort(rng.choice(count, most, replace=False, shuffle=False))
