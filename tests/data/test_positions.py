"""Positions of classes: all where there are few, an even draw where there are many."""

from __future__ import annotations

import numpy as np
import pytest

from unetgen.data import blocks
from unetgen.data.positions import ClassPositions


@pytest.mark.parametrize("spatial", [(1,), (50,), (17, 23), (9, 11, 13)])
def test_a_class_with_few_positions_has_all(
    spatial: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks.blocks, "__defaults__", (64,))
    rng = np.random.default_rng(0)
    labels = rng.choice([-1, 0, 1, 2, 9], spatial).astype(np.int32)
    positions = ClassPositions.of(labels, [1, 2, 3, 9], rng)
    for label in (1, 2, 3, 9):
        expected = np.flatnonzero(labels == label)
        assert np.array_equal(positions.indices.get(label, []), expected)
        assert (label in positions.indices) == bool(expected.size)


def test_what_is_remembered_is_an_even_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks.blocks, "__defaults__", (999,))
    labels = np.zeros((100, 100), np.int32)
    labels[10:90, 30:] = 1
    kept = [
        ClassPositions.of(labels, [1], np.random.default_rng(seed), most=200).indices[1] for seed in range(50)
    ]
    for indices in kept:
        assert len(np.unique(indices)) == 200
        assert (labels.ravel()[indices] == 1).all()
    rows, columns = np.unravel_index(np.concatenate(kept), labels.shape)
    assert np.abs(np.bincount(rows, minlength=100)[10:90] - 125).max() < 5 * np.sqrt(125)
    assert np.abs(np.bincount(columns, minlength=100)[30:] - 143).max() < 5 * np.sqrt(143)


def test_a_draw_takes_every_class_as_often() -> None:
    labels = np.zeros((40, 40), np.int32)
    labels[:30] = 1
    labels[39, 39] = 2
    rng = np.random.default_rng(0)
    positions = ClassPositions.of(labels, [1, 2], rng)
    drawn = [labels[positions.draw(rng)] for _ in range(1000)]
    assert 440 < drawn.count(1) < 560
    assert drawn.count(1) + drawn.count(2) == 1000


def test_a_mask_without_classes_has_no_positions() -> None:
    rng = np.random.default_rng(0)
    positions = ClassPositions.of(np.zeros((4, 4), np.int32), [1, 2], rng)
    assert positions.indices == {}
    with pytest.raises(ValueError, match="has none of the classes"):
        positions.draw(rng)
    assert ClassPositions.of(np.ones((4, 4), np.int32), [], rng).indices == {}


def test_a_large_mask_takes_little_memory() -> None:
    import tracemalloc

    labels = np.zeros((64, 128, 128), np.int32)
    labels[20:] = 1
    tracemalloc.start()
    positions = ClassPositions.of(labels, range(1, 4), np.random.default_rng(0))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(indices.nbytes for indices in positions.indices.values()) == 40_000
    assert held < 100_000
    assert peak < 40 * 2**20
