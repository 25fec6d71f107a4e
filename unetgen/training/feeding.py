"""Batches of patches, as `keras.Model.fit` takes them: each the same whenever it is asked for."""

from __future__ import annotations

import keras
import numpy as np

from unetgen.config.design import Design
from unetgen.data.sampling import PatchSampler
from unetgen.model.batches import Array, Targets, targets


class PatchBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """`steps` batches an epoch; the patches of an epoch follow from the seed and its number alone.

    So a run that goes on after an interruption learns from the patches that it would have learned from.

    Args:
        sampler: draws patches, by their number.
        design: the network; it says what targets its losses take, and where channels stand.
        batch_size, steps, seed: of the run.
        epoch: the one that it gives the batches of, from 0; `OfEpoch` sets it.
    """

    def __init__(
        self, sampler: PatchSampler, design: Design, batch_size: int, steps: int, seed: int, epoch: int = 0
    ) -> None:
        super().__init__()
        self._sampler, self._design = sampler, design
        self._batch_size, self._steps, self._seed = batch_size, steps, seed
        self.epoch = epoch

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> tuple[Array, Targets]:
        first = (self.epoch * self._steps + index) * self._batch_size
        patches = [
            self._sampler.patch(number, self._seed) for number in range(first, first + self._batch_size)
        ]
        config = self._design.config
        x = np.stack([patch.values for patch in patches])
        y = np.stack([patch.labels for patch in patches])
        return np.moveaxis(x, -1, config.class_axis), targets(config, self._design.plan, y)
