"""An ensemble: one network or several of one kind, whose scores are averaged tile by tile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.image import Values
from unetgen.predicting.network import ImageNetwork, Size
from unetgen.predicting.settings import Cut, Settings, cut_for
from unetgen.predicting.tiling import WEIGHTINGS, Place, Position, Scores, Tiles, read_tile, weighted_means

Told = Callable[[int, int], None]
"""Told how many tiles of an image are predicted, and how many there are."""


@dataclass(frozen=True)
class Tiling:
    """One image's way through an ensemble: how it is cut, and where the tiles lie."""

    cut: Cut
    tiles: Tiles


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Networks that take the same images and give the same classes, and how they predict."""

    networks: tuple[ImageNetwork, ...]
    settings: Settings

    def __post_init__(self) -> None:
        first, *others = self.networks
        for other in others:
            for what in ("dims", "channels", "classes", "gives_raw_scores"):
                mine, its = getattr(first, what), getattr(other, what)
                if mine != its:
                    names = f"{first.name} has {mine}, {other.name} {its}"
                    raise UnetgenError(f"models: can be averaged only with the same {what} ({names})")
        for network in self.networks:
            self.settings.require_fit(network)

    def tiling(self, size: Sequence[int]) -> Tiling:
        """How an image of `size` is predicted; `UnetgenError` where networks have no tile in common.

        The largest of their tiles is tried with all of them.
        """
        cuts = [cut_for(network, size, self.settings) for network in self.networks]
        cut = max(cuts, key=lambda each: math.prod(each.tile))
        settings = replace(self.settings, tile=cut.tile)
        for network in self.networks:
            settings.require_fit(network)
            if (other := cut_for(network, size, settings)) != cut:
                raise UnetgenError(
                    f"models: {network.name} makes {list(other.used)} positions of a tile {list(cut.tile)}, "
                    f"another one {list(cut.used)}; they cannot be averaged"
                )
        return Tiling(cut, Tiles(tuple(size), cut.used, self.settings.overlap))

    def slabs(
        self, images: Sequence[Values], tiling: Tiling, tell: Told | None = None
    ) -> Iterator[tuple[Place, Scores]]:
        """The scores ``(*slab, classes)`` at places that together cover the image.

        `images` has the image ``(*spatial, channels)`` as each network sees it. What is held meanwhile is a
        batch of tiles and one slab of the image, whatever the image's size.
        """
        weights = WEIGHTINGS[self.settings.weighting](tiling.cut.used)
        return weighted_means(tiling.tiles, weights, self._predictions(images, tiling, tell))

    def _predictions(
        self, images: Sequence[Values], tiling: Tiling, tell: Told | None
    ) -> Iterator[tuple[Position, Scores]]:
        count = self.settings.batch_size
        if all(network.batch_size is None for network in self.networks):
            count = min(count, len(tiling.tiles))
        batch = self.networks[0].empty_batch(count, tiling.cut.tile)
        batch[...] = 0
        predicted = 0
        for positions in _groups(tiling.tiles, count):
            total: Scores | None = None
            before: Values | None = None
            for network, image in zip(self.networks, images, strict=True):
                if image is not before:
                    _fill(batch, image, positions, tiling.cut)
                before = image
                total = self._added(total, network, batch)
            assert total is not None
            scores = _middle(total, tiling.cut.used)
            if (views := len(self.networks) * 2 ** len(self.settings.mirrored(self.networks[0]))) > 1:
                scores = np.divide(scores, views, dtype="float32")
            yield from zip(positions, scores, strict=False)
            predicted += len(positions)
            if tell is not None:
                tell(predicted, len(tiling.tiles))

    def _added(self, total: Scores | None, network: ImageNetwork, batch: Scores) -> Scores:
        """`total` and what `network` gives for `batch`, seen in all mirrored ways."""
        for axes in _subsets([1 + axis for axis in self.settings.mirrored(network)]):
            scores = np.flip(network(np.flip(batch, axes)), axes)
            total = scores if total is None else np.add(total, scores)
        assert total is not None
        return total


def _fill(batch: Scores, image: Values, positions: Sequence[Position], cut: Cut) -> None:
    """Tiles at these positions; a last batch that has fewer keeps the others of the one before.

    So all batches have one size: a network is compiled anew for another.
    """
    for room, position in zip(batch, positions, strict=False):
        start = [at - edge for at, edge in zip(position, cut.margin, strict=True)]
        read_tile(room, image, start, mirrored=cut.is_valid)
        if not np.isfinite(room).all():
            raise UnetgenError("the image has values that are not finite (NaN or infinite); replace them")


def _middle(scores: Scores, used: Size) -> Scores:
    edges = [(given - size) // 2 for given, size in zip(scores.shape[1:], used, strict=False)]
    return scores[(slice(None), *(slice(edge, edge + n) for edge, n in zip(edges, used, strict=True)))]


def _subsets(axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for count in range(len(axes) + 1):
        yield from combinations(axes, count)


def _groups(positions: Iterable[Position], count: int) -> Iterator[list[Position]]:
    waiting = iter(positions)
    while group := list(islice(waiting, count)):
        yield group
