from __future__ import annotations

import random
from itertools import pairwise

from unetgen.analysis.allocator import MIB, Heap


def test_a_freed_chunk_is_used_again() -> None:
    heap = Heap()
    heap.free(heap.alloc(MIB))
    heap.alloc(MIB)
    assert (heap.live, heap.live_peak, heap.resident) == (MIB, MIB, MIB)


def test_the_smallest_chunk_that_is_large_enough_is_taken() -> None:
    heap = Heap()
    large, _, small, _ = (heap.alloc(size) for size in (400_000, 1, 200_000, 1))
    heap.free(large)
    heap.free(small)
    assert heap.alloc(150_000) == small


def test_free_neighbours_grow_together() -> None:
    heap = Heap()
    first, second, third, _ = (heap.alloc(256 * 1024) for _ in range(4))
    for start in (first, third, second):
        heap.free(start)
    assert heap.alloc(3 * 256 * 1024) == first


def test_a_region_that_is_too_small_stays_and_the_next_is_larger() -> None:
    heap = Heap()
    heap.free(heap.alloc(2 * MIB))  # fills the first region
    heap.alloc(3 * MIB)  # does not fit it
    assert heap.resident == 5 * MIB


def test_resident_is_at_least_the_live_peak_and_nothing_leaks() -> None:
    rng = random.Random(0)
    heap, live = Heap(), 0
    taken: dict[int, int] = {}
    for _ in range(2000):
        if taken and rng.random() < 0.5:
            live -= taken.pop(start := rng.choice(list(taken)))
            heap.free(start)
        else:
            size = rng.randrange(1, 8 * MIB)
            start = heap.alloc(size)
            assert start not in taken
            taken[start] = size
            live += size
        assert heap.live == live <= heap.live_peak <= heap.resident
        spans = sorted((start, start + size) for start, size in taken.items())
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    for start in taken:
        heap.free(start)
    assert heap.live == 0
