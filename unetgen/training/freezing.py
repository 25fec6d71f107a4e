"""Layers that do not learn for a time: which, in which epochs, and a model that is saved meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unetgen.model.building import compiled_again, freeze
from unetgen.runs.frozen import frozen_layers
from unetgen.runs.run import Run

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Phase:
    """Epochs ``begin <= epoch < end``, counted from 0, in which the same layers are frozen."""

    begin: int
    end: int
    frozen: frozenset[str]


def phases(run: Run, begun: int) -> list[Phase]:
    """What is left of `run` after `begun` epochs, in the parts that a thaw makes of it.

    What the network's own config freezes is frozen in both.
    """
    fit, always = run.config.fit, run.design.frozen
    frozen = always | frozen_layers(fit.frozen, run.design.plan)
    border = fit.epochs if fit.thaw is None else fit.thaw - 1
    both = (Phase(begun, min(border, fit.epochs), frozen), Phase(max(begun, border), fit.epochs, always))
    return [phase for phase in both if phase.begin < phase.end]


def freeze_for(phase: Phase, model: keras.Model, run: Run) -> None:
    """Let all layers learn but those of `phase`, statistics of batches among what does not change."""
    if not_learning(model) != phase.frozen & {layer.name for layer in model.layers}:
        freeze(model, phase.frozen)
        compiled_again(model, run.design)


@contextlib.contextmanager
def as_the_config_says(model: keras.Model, run: Run) -> Iterator[None]:
    """Within, `model` is saved as one of which all layers learn that the network's own config lets learn:
    whoever loads it decides anew of those that the run freezes."""
    names = not_learning(model)
    freeze(model, run.design.frozen)
    try:
        yield
    finally:
        freeze(model, names)


def not_learning(model: keras.Model) -> frozenset[str]:
    """The names of the layers that do not learn."""
    return frozenset(layer.name for layer in model.layers if not layer.trainable)
