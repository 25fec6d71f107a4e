"""TensorFlow's allocator on a CPU with oneDNN: what it touches once stays resident."""

from __future__ import annotations

from bisect import bisect_left, insort

MIB = 2**20
_GRAIN = 256
_LARGEST_WASTE = 128 * MIB
_REGION = 2**60
"""Regions lie that far apart, so that chunks of two never touch."""


class Heap:
    """`BFCAllocator`: the smallest free chunk that is large enough, in regions that double and never go back.

    Pages count from the first write on; a fresh region costs nothing yet. `live` is what is allocated now,
    `resident` what ever was touched. See tensorflow's bfc_allocator.cc and mkl_cpu_allocator.h.
    """

    def __init__(self) -> None:
        self.live = self.live_peak = 0
        self._region_next = 2 * MIB
        self._touched: list[int] = []
        self._free: list[tuple[int, int]] = []  # (size, start), ascending
        self._by_start: dict[int, int] = {}
        self._by_end: dict[int, int] = {}
        self._taken: dict[int, tuple[int, int]] = {}

    @property
    def resident(self) -> int:
        """Bytes ever touched: each region from its start to the end of its furthest chunk."""
        return sum(self._touched)

    def alloc(self, size: int) -> int:
        """The start of a chunk for `size` bytes."""
        needed = max(-(-size // _GRAIN), 1) * _GRAIN
        place = bisect_left(self._free, (needed, 0))
        if place == len(self._free):
            self._extend(needed)
            place = bisect_left(self._free, (needed, 0))
        have, start = self._free[place]
        self._remove(start, have)
        if have >= 2 * needed or have - needed >= _LARGEST_WASTE:
            self._insert(start + needed, have - needed)
            have = needed
        self._taken[start] = (have, size)
        self.live += size
        self.live_peak = max(self.live, self.live_peak)
        region, offset = divmod(start, _REGION)
        self._touched[region] = max(self._touched[region], offset + size)
        return start

    def free(self, start: int) -> None:
        """Give a chunk back; it grows together with its free neighbours."""
        have, size = self._taken.pop(start)
        self.live -= size
        if (after := self._by_start.get(start + have)) is not None:
            self._remove(start + have, after)
            have += after
        if (before := self._by_end.get(start)) is not None:
            self._remove(start - before, before)
            start, have = start - before, have + before
        self._insert(start, have)

    def _extend(self, needed: int) -> None:
        size = self._region_next
        while size < needed:
            size *= 2
        self._region_next = size * 2 if size == self._region_next else size
        self._insert(len(self._touched) * _REGION, size)
        self._touched.append(0)

    def _insert(self, start: int, size: int) -> None:
        insort(self._free, (size, start))
        self._by_start[start] = self._by_end[start + size] = size

    def _remove(self, start: int, size: int) -> None:
        del self._free[bisect_left(self._free, (size, start))]
        del self._by_start[start], self._by_end[start + size]
