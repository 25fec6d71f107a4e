"""How images are cut into tiles, how tiles overlap, and how often each is predicted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from unetgen.errors import UnetgenError
from unetgen.predicting.network import ImageNetwork, Size
from unetgen.predicting.tiling import WEIGHTINGS

MOST_POSITIONS = 2**21
"""A network of free size takes an image whole up to this many positions, and tiles of at most as many beyond:
32 channels of it are 256 MiB, and a network holds some of these at a time. The number is the same on every
machine, because a network with statistics over positions gives other values for other tiles."""


ALL_AXES: Literal["all"] = "all"
"""In `mirror`, stands for each axis of the image but that of slices."""
Mirror = tuple[int, ...] | Literal["all"]
_TRIES = 3


@dataclass(frozen=True)
class Settings:
    """What a prediction depends on beside the network and the image."""

    overlap: float = 0.5
    weighting: str = "gaussian"
    mirror: Mirror = ()
    batch_size: int = 1
    tile: Size | None = None
    margin: Size | int = 0

    def __post_init__(self) -> None:
        if wrong := list(self._problems()):
            raise UnetgenError("\n".join(wrong))

    def _problems(self) -> Iterator[str]:
        if not 0 <= self.overlap < 1:
            yield f"overlap: must be at least 0 and less than 1 (got {self.overlap})"
        if self.weighting not in WEIGHTINGS:
            yield f"weighting: must be one of {', '.join(WEIGHTINGS)} (got {self.weighting!r})"
        if isinstance(self.mirror, str):
            if self.mirror != ALL_AXES:
                yield f"mirror: must be axes, or {ALL_AXES!r} (got {self.mirror!r})"
        elif len(set(self.mirror)) < len(self.mirror):
            yield f"mirror: names an axis twice (got {list(self.mirror)})"
        if self.batch_size < 1:
            yield f"batch_size: must be at least 1 (got {self.batch_size})"
        if self.tile is not None and min(self.tile, default=1) < 1:
            yield f"tile: must be positive on each axis (got {list(self.tile)})"
        if min([self.margin] if isinstance(self.margin, int) else self.margin, default=0) < 0:
            yield f"margin: must not be negative (got {self.margin})"

    def mirrored(self, network: ImageNetwork) -> tuple[int, ...]:
        """The axes along which images of `network` are mirrored."""
        if not isinstance(self.mirror, str):
            return self.mirror
        return tuple(axis for axis in range(network.dims) if axis != network.slices)

    def tile_of(self, network: ImageNetwork) -> Size | None:
        """The tile on the axes of the image: that of a slice is 1 deep, if it does not say so itself."""
        if self.tile is None or network.slices is None or len(self.tile) == network.dims:
            return self.tile
        return (*self.tile[: network.slices], 1, *self.tile[network.slices :])

    def require_fit(self, network: ImageNetwork) -> None:
        """Raise `UnetgenError` with all that does not fit `network`, whatever the image."""
        if wrong := list(self._misfits(network)):
            raise UnetgenError("\n".join(wrong))

    def _misfits(self, network: ImageNetwork) -> Iterator[str]:
        dims = network.dims
        for axis in self.mirrored(network):
            if not 0 <= axis < dims:
                yield f"mirror: the images have the axes {', '.join(map(str, range(dims)))} (got {axis})"
            elif axis == network.slices:
                yield f"mirror: axis {axis} is that of the slices, of which each stands alone"
        if network.batch_size not in (None, self.batch_size):
            takes = f"{network.name} takes batches of {network.batch_size} alone"
            yield f"batch_size: {takes} (got {self.batch_size})"
        if (tile := self.tile_of(network)) is not None:
            yield from _misfits_of_tile(network, tile)
        if not isinstance(self.margin, int) and len(self.margin) != dims:
            yield f"margin: must be one number, or one for each of {dims} axes (got {list(self.margin)})"


def _misfits_of_tile(network: ImageNetwork, tile: Size) -> Iterator[str]:
    if len(tile) != network.dims:
        yield f"tile: must be one number for each of {network.dims} axes (got {list(tile)})"
        return
    for axis, (given, size, legal) in enumerate(zip(tile, network.sizes, network.legal_sizes, strict=True)):
        if size is not None and given != size:
            takes = f"{network.name} takes {size} positions on axis {axis}"
            yield f"tile: {takes} (got {given}); leave the tile out"
        elif legal is not None and given not in legal:
            near = " or ".join(map(str, legal.near(given)))
            yield f"tile: {network.name} takes {legal} on axis {axis} (got {given}); the nearest is {near}"


@dataclass(frozen=True)
class Cut:
    """A tile as the network takes it, and what is used of its output."""

    tile: Size
    """The network's input."""
    used: Size
    """The middle of it that is used: the network's output, without the margin."""
    is_valid: bool
    """Whether the network's output is smaller than its input."""

    @property
    def margin(self) -> Size:
        """The positions before the used ones on each axis."""
        return tuple((tile - used) // 2 for tile, used in zip(self.tile, self.used, strict=True))


def cut_for(network: ImageNetwork, size: Sequence[int], settings: Settings) -> Cut:
    """How an image of `size` is cut for `network`: whole where that is free and the image small enough.

    Raises `UnetgenError` where nothing would be left of a tile.
    """
    margin = _margins(network, settings.margin)
    tile = settings.tile_of(network) or _tile_for(
        network, [n + 2 * edge for n, edge in zip(size, margin, strict=True)]
    )
    output = network.output_size(tile)
    if any(given > taken for given, taken in zip(output, tile, strict=True)):
        raise UnetgenError(
            f"{network.name}: makes {list(output)} positions of {list(tile)}; expected no more"
        )
    used = tuple(n - 2 * edge for n, edge in zip(output, margin, strict=True))
    if min(used) < 1:
        raise UnetgenError(
            f"margin: leaves nothing of the {list(output)} positions that {network.name} makes of a tile of "
            f"{list(tile)} (got {settings.margin}); name a smaller margin or a larger tile"
        )
    return Cut(tuple(tile), used, is_valid=output != tuple(tile))


def _margins(network: ImageNetwork, margin: Size | int) -> Size:
    """On each axis; a slice has no neighbours, so that one number does not mean its axis."""
    if not isinstance(margin, int):
        return margin
    return tuple(0 if axis == network.slices else margin for axis in range(network.dims))


def _tile_for(network: ImageNetwork, size: Sequence[int]) -> Size:
    """The image's size or the least legal one that covers it; halved on its longest axes if too large."""
    tile = [known or _least(network, axis, size[axis]) for axis, known in enumerate(network.sizes)]
    free = [axis for axis, known in enumerate(network.sizes) if known is None]
    for _ in range(_TRIES):  # what a tile loses at its border can depend on its size
        output = network.output_size(tile)
        for axis in free:
            tile[axis] = _least(network, axis, tile[axis] + max(size[axis] - output[axis], 0))
    while math.prod(tile) > MOST_POSITIONS:
        halves = {axis: _least(network, axis, tile[axis] // 2) for axis in free}
        smaller = [axis for axis in free if halves[axis] < tile[axis]]
        if not smaller:
            break
        axis = max(smaller, key=tile.__getitem__)
        tile[axis] = halves[axis]
    return tuple(tile)


def _least(network: ImageNetwork, axis: int, size: int) -> int:
    """The least legal size of a free axis that is at least `size`."""
    legal = network.legal_sizes[axis]
    return legal.near(size)[-1] if legal is not None else size
