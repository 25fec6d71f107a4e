"""Devices: several GPUs of one machine, each of which learns from an equal part of every batch.

What a run comes to does not depend on them, but for rounding and the masks of dropout. What Keras 3.15 cannot
do on several devices is refused here, each by the field's name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from unetgen.errors import ConfigError, Problem, UnetgenError
from unetgen.model.sharing import as_on_one, copy_on_one, share_batches
from unetgen.runs.run import Run

if TYPE_CHECKING:
    import keras

    from unetgen.model.session import Strategy
    from unetgen.training.callbacks import Validate

Asked = int | Literal["all"] | None


@dataclass(frozen=True, eq=False)
class Devices:
    """Where a run computes: by itself on one device, or on several by a strategy of TensorFlow's."""

    names: tuple[str, ...] = ()
    """As TensorFlow has them, such as ``GPU:0``; none where it chooses by itself."""
    strategy: Strategy | None = None
    """None for one device."""

    @property
    def count(self) -> int:
        """How many there are."""
        return max(len(self.names), 1)

    def line(self, batch_size: int) -> str | None:
        """What a run says of them, where they were asked for."""
        if not self.names:
            return None
        if self.strategy is None:
            return f"1 device: {_listed(self.names)}"
        share = f"{batch_size // self.count} of the {batch_size} patches of a batch"
        return f"{self.count} devices, each with {share}: {_listed(self.names)}"

    def scope(self) -> contextlib.AbstractContextManager[object]:
        """Within, models and optimizers are made with a copy of every variable on each device."""
        return contextlib.nullcontext() if self.strategy is None else self.strategy.scope()

    def share(self, model: keras.Model) -> None:
        """Let `model`, made and compiled within the scope, learn as on one device."""
        if self.strategy is not None:
            share_batches(model)

    def as_on_one(self, model: keras.Model) -> contextlib.AbstractContextManager[None]:
        """Within, `model` is saved as one that has learned on one device."""
        return contextlib.nullcontext() if self.strategy is None else as_on_one(model)

    def validating(self, validate: Validate | None, model: keras.Model) -> Validate | None:
        """`validate` for `model`: it is given a copy of it on one device.

        Measured in Keras 3.15: `predict_on_batch` of a model on two devices predicts each batch twice.
        """
        if validate is None or self.strategy is None:
            return validate
        alone = copy_on_one(model)

        def validated(model: keras.Model) -> Mapping[str, float]:
            alone.set_weights(model.get_weights())
            return validate(alone)

        return validated


def devices_of(asked: Asked, run: Run) -> Devices:
    """The devices that are `asked` for: how many, or ``all``; None takes one, as Keras does by itself.

    They are the GPUs that TensorFlow sees; without any, the CPU, which is one whatever its cores. Raises
    `ConfigError` with every reason why `run` cannot learn on so many.
    """
    if asked not in (None, "all") and (not isinstance(asked, int) or isinstance(asked, bool) or asked < 1):
        raise UnetgenError(str(Problem("must be a positive whole number, or 'all'", ("devices",), asked)))
    if asked is None or asked == 1:
        return Devices()
    from unetgen.model.session import several_devices, visible_devices

    names = visible_devices()
    count = len(names) if asked == "all" else asked
    problems = [] if count == 1 else list(_problems(run, count))
    if count > len(names):
        problems.insert(0, _too_many(count, names))
    if problems:
        raise ConfigError(problems)
    chosen = names[:count]
    return Devices(chosen, several_devices(chosen) if count > 1 else None)


def _too_many(count: int, names: tuple[str, ...]) -> Problem:
    there_are = "there is 1" if len(names) == 1 else f"there are {len(names)}"
    hint = "leave it out" if len(names) == 1 else f"ask for at most {len(names)}"
    return Problem(f"{there_are}: {_listed(names)}", ("devices",), got=count, hint=hint)


def _listed(names: tuple[str, ...]) -> str:
    return (
        "the CPU, with all its cores, as TensorFlow sees no GPU" if names == ("CPU:0",) else ", ".join(names)
    )


def _problems(run: Run, count: int) -> Iterator[Problem]:
    """What `run` says that cannot be done on so many; Keras 3.15 fails in both that the model says."""
    batch_size, compiled = run.config.fit.batch_size, run.design.config.compile
    if batch_size % count:
        near = sorted({batch_size // count * count or count, -(-batch_size // count) * count})
        yield Problem(
            f"must be a multiple of the {count} devices, which get equal parts of a batch",
            ("fit", "batch_size"),
            got=batch_size,
            hint=f"the nearest: {' and '.join(map(str, near))}",
        )
    if (steps := compiled.optimizer.get("gradient_accumulation_steps")) is not None:
        yield Problem(
            f"Keras does not accumulate gradients on {count} devices",
            ("model", "compile", "optimizer", "gradient_accumulation_steps"),
            got=steps,
            hint="leave it out: several devices take larger batches",
        )
    if compiled.jit_compile is True:
        hint = "write auto or false"
        yield Problem(
            f"XLA does not compile for {count} devices", ("model", "compile", "jit_compile"), True, hint
        )
