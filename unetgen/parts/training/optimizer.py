"""Optimizer: any of Keras's with its options and learning-rate schedule, and the memory that it needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated

from unetgen.errors import Problem
from unetgen.parts.keras_names import OPTIMIZERS
from unetgen.parts.options import KerasChoice, OneOf
from unetgen.plan.call import Call

SLOTS: Mapping[str, int] = {
    "adadelta": 2, "adafactor": 1, "adagrad": 1, "adam": 2, "adamax": 2, "adamw": 2, "ftrl": 2, "lamb": 2,
    "lion": 1, "muon": 2, "nadam": 2, "rmsprop": 1, "schedule_free_adamw": 2, "sgd": 0,
}  # fmt: skip
"""Copies of each trainable weight that an optimizer keeps with its default options."""

SLOT_OPTIONS = ("amsgrad", "centered", "use_ema", "gradient_accumulation_steps")
"""Options that add one copy where they are on; `momentum` does so in sgd and rmsprop."""


class Optimizer(KerasChoice):
    """An optimizer with all of its options."""

    def keras(self) -> Call:
        """The Keras object. It gets an explicit name: Keras's own counts the optimizers of a process."""
        return self.call(always=("learning_rate",), name=self.name)

    def slots_per_weight(self) -> int:
        """Full-size copies kept for each trainable weight; see `slot_elements` for the exceptions."""
        momentum = self.name in ("sgd", "rmsprop") and self["momentum"] > 0
        return SLOTS[self.name] + momentum + sum(bool(self.get(option)) for option in SLOT_OPTIONS)

    def slot_elements(self, shape: tuple[int, ...]) -> int:
        """Numbers kept for one trainable weight of `shape`, without the optimizer's own few scalars."""
        copies = self.slots_per_weight() * math.prod(shape)
        if self.name == "adafactor":
            # The factors of the second moment, one without the last axis and one without the last but one.
            return copies + (
                math.prod(shape[:-1]) + math.prod((*shape[:-2], shape[-1])) if len(shape) > 1 else 2
            )
        if self.name == "muon" and len(shape) == 2 and not self["exclude_layers"]:
            return copies - math.prod(shape)  # a matrix keeps its momentum only
        return copies


def optimizer_problems(optimizer: Optimizer) -> list[Problem]:
    """What no option shows alone: clippings that exclude each other, and schedules that do not add up."""
    problems = []
    clips = [key for key in ("clipnorm", "clipvalue", "global_clipnorm") if optimizer.get(key) is not None]
    if len(clips) > 1:
        problems.append(
            Problem(f"contradicts {clips[0]}", (clips[1],), hint="Keras clips in one way at a time")
        )
    schedule = optimizer["learning_rate"]
    if not isinstance(schedule, KerasChoice):
        return problems
    path = ("learning_rate",)
    if schedule.name == "piecewise_constant_decay":
        boundaries, values = schedule["boundaries"], schedule["values"]
        if not boundaries or any(first >= second for first, second in pairwise(boundaries)):
            problems.append(Problem("must hold ascending steps", (*path, "boundaries"), got=list(boundaries)))
        if len(values) != len(boundaries) + 1:
            message = f"needs one value more than boundaries, {len(boundaries) + 1} in all"
            problems.append(Problem(message, (*path, "values"), got=list(values)))
    if schedule.name == "cosine_decay" and (schedule["warmup_target"] is None) != (
        not schedule["warmup_steps"]
    ):
        missing, given = ("warmup_target", "warmup_steps")[:: 1 if schedule["warmup_steps"] else -1]
        problems.append(Problem(f"{given} needs it too", (*path, missing), got=schedule[missing]))
    if optimizer.name == "schedule_free_adamw":
        problems.append(Problem("schedule_free_adamw takes no schedule", path, hint="give a number"))
    return problems


OptimizerField = Annotated[Optimizer, OneOf(OPTIMIZERS, into=Optimizer, check=optimizer_problems)]
"""A bare name or a mapping with `kind`."""


def default_optimizer() -> Optimizer:
    """Adam with Keras's defaults."""
    return Optimizer.parse(OPTIMIZERS, "adam")
