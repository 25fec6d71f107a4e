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
        self._edges: dict[int, int] = {}  # of every free chunk: its start to its end, its end to its start
        self._taken: dict[int, tuple[int, int]] = {}  # start: (size, bytes asked for)

    def copy(self) -> Heap:
        """A heap of its own in the same state."""
        twin = Heap()
        twin.live, twin.live_peak, twin._region_next = self.live, self.live_peak, self._region_next
        twin._touched, twin._free = self._touched.copy(), self._free.copy()
        twin._edges, twin._taken = self._edges.copy(), self._taken.copy()
        return twin

    @property
    def resident(self) -> int:
        """Bytes ever touched: each region from its start to the end of its furthest chunk."""
        return sum(self._touched)

    def alloc(self, size: int) -> int:
        """The start of a chunk for `size` bytes."""
        needed = -(-size // _GRAIN) * _GRAIN or _GRAIN
        place = bisect_left(self._free, (needed, 0))
        if place == len(self._free):
            self._extend(needed)  # by a chunk larger than the others
        have, start = self._free.pop(place)
        end = start + have
        del self._edges[start], self._edges[end]
        if have >= 2 * needed or have - needed >= _LARGEST_WASTE:
            self._insert(start + needed, end)
            have = needed
        self._taken[start] = (have, size)
        self.live += size
        if self.live > self.live_peak:
            self.live_peak = self.live
        region, offset = divmod(start, _REGION)
        if offset + size > self._touched[region]:
            self._touched[region] = offset + size
        return start

    def free(self, start: int) -> None:
        """Give a chunk back; it grows together with its free neighbours."""
        have, size = self._taken.pop(start)
        self.live -= size
        free, edges, end = self._free, self._edges, start + have
        if (after := edges.pop(end, None)) is not None:
            del free[bisect_left(free, (after - end, end))]
            end = after
        if (before := edges.pop(start, None)) is not None:
            del free[bisect_left(free, (start - before, before))]
            start = before
        self._insert(start, end)

    def _extend(self, needed: int) -> None:
        size = self._region_next
        while size < needed:
            size *= 2
        self._region_next = size * 2 if size == self._region_next else size
        start = len(self._touched) * _REGION
        self._touched.append(0)
        self._insert(start, start + size)

    def _insert(self, start: int, end: int) -> None:
        insort(self._free, (end - start, start))
        self._edges[start], self._edges[end] = end, start
