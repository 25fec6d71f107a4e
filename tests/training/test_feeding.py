"""Batches follow from the seed, the epoch and their place in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unetgen.runs.loader import load_run
from unetgen.training.data_set import data_set
from unetgen.training.feeding import PatchBatches


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_every_epoch_has_patches_of_its_own(discs: Path, tmp_path: Path, data_format: str) -> None:
    run = load_run(discs, [f"model.input.data_format={data_format}"])
    sampler = data_set(run, tmp_path / "prepared").sampler
    batches = PatchBatches(sampler, run.design, batch_size=2, steps=3, seed=5)
    assert len(batches) == 3
    seen = []
    for epoch in range(2):
        for index in range(3):
            x, y = batches[index]
            first = (epoch * 3 + index) * 2
            for place in range(2):
                patch = sampler.patch(first + place, 5)
                is_last = data_format == "channels_last"
                expected = patch.values if is_last else np.moveaxis(patch.values, -1, 0)
                np.testing.assert_array_equal(x[place], expected)
                assert isinstance(y, np.ndarray)
                np.testing.assert_array_equal(y[place].squeeze(), patch.labels)
            seen.append(x.tobytes())
        batches.on_epoch_end()
    assert len(set(seen)) == 6
    later = PatchBatches(sampler, run.design, batch_size=2, steps=3, seed=5, epoch=1)
    assert later[2][0].tobytes() == seen[5]
    assert PatchBatches(sampler, run.design, 2, 3, seed=6)[0][0].tobytes() != seen[0]
