"""Batches follow from the seed, the epoch and their place in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from unetgen.runs.loader import load_run
from unetgen.training.callbacks import OfEpoch
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
        batches.epoch = epoch
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
    assert len(set(seen)) == 6
    later = PatchBatches(sampler, run.design, batch_size=2, steps=3, seed=5, epoch=1)
    assert later[2][0].tobytes() == seen[5]
    assert PatchBatches(sampler, run.design, 2, 3, seed=6)[0][0].tobytes() != seen[0]


def test_fit_takes_the_patches_of_its_epochs_from_the_first_one_on(discs: Path, tmp_path: Path) -> None:
    run = load_run(discs)
    sampler = data_set(run, tmp_path / "prepared").sampler

    class Watched(keras.Model):
        """Has no weights; keeps what its steps are given."""

        def train_step(self, data: Any) -> dict[str, Any]:
            taken.append(data[0].numpy())
            return {"loss": 0.0}

    for begin in (0, 2):
        taken: list[np.ndarray] = []
        model = Watched()
        model.compile(run_eagerly=True)
        batches = PatchBatches(sampler, run.design, batch_size=2, steps=3, seed=5, epoch=begin)
        options: dict[str, Any] = {"verbose": 0, "shuffle": False, "callbacks": [OfEpoch(batches)]}
        model.fit(batches, epochs=begin + 2, initial_epoch=begin, **options)
        expected = [sampler.patch(number, 5).values for number in range(begin * 6, (begin + 2) * 6)]
        np.testing.assert_array_equal(np.concatenate(taken), np.stack(expected))
