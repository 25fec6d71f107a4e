"""How the learning rate changes over a run: kinds of `fit.schedule`, epoch by epoch."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from unetgen.parts.choice import Kinds
from unetgen.parts.part import Part


class ConstantRate(Part):
    """Leaves the learning rate as the model's optimizer has it."""

    kind: Literal["constant"] = "constant"

    def factor(self, epoch: int, epochs: int) -> float:
        """What the optimizer's learning rate is multiplied by in `epoch`, from 0, of `epochs`."""
        return 1.0


class PolynomialRate(Part):
    """Lets the learning rate fall to nothing by a power, as nnU-Net does (Isensee et al. 2021)."""

    kind: Literal["polynomial"] = "polynomial"
    power: float = Field(0.9, gt=0, le=10)
    """The exponent of the share of epochs that are left."""

    def factor(self, epoch: int, epochs: int) -> float:
        """``(1 - epoch / epochs) ** power``.

        >>> PolynomialRate(power=1.0).factor(25, 100)
        0.75
        """
        return float((1 - epoch / epochs) ** self.power)


class CosineRate(Part):
    """Warms up linearly, then lets the learning rate fall along half a cosine (arXiv 1608.03983)."""

    kind: Literal["cosine"] = "cosine"
    warmup: int = Field(0, ge=0, le=10**6)
    """How many epochs it takes until the optimizer's learning rate is reached."""
    end: float = Field(0.0, ge=0, le=1)
    """The share of it that is left at the end."""

    def factor(self, epoch: int, epochs: int) -> float:
        """The share of the optimizer's learning rate.

        >>> schedule = CosineRate(warmup=2)
        >>> [round(schedule.factor(epoch, 6), 3) for epoch in range(6)]
        [0.333, 0.667, 1.0, 0.854, 0.5, 0.146]
        """
        if epoch < self.warmup:
            return (epoch + 1) / (self.warmup + 1)
        done = (epoch - self.warmup) / max(epochs - self.warmup, 1)
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * done)) / 2


AnySchedule = ConstantRate | PolynomialRate | CosineRate
ScheduleField = Annotated[AnySchedule, Kinds("rate", AnySchedule)]
"""The schedules of Keras are another choice: `model.compile.optimizer.learning_rate` takes one of them."""
