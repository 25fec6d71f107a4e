"""Layers that do not learn for a time: which, in which epochs, and a model that is saved meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unetgen.model.building import compiled_again
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
    """What is left of `run` after `begun` epochs, in the parts that a thaw makes of it."""
    fit = run.config.fit
    frozen = frozen_layers(fit.frozen, run.design.plan)
    border = fit.epochs if fit.thaw is None else fit.thaw - 1
    both = (Phase(begun, min(border, fit.epochs), frozen), Phase(max(begun, border), fit.epochs, frozenset()))
    return [phase for phase in both if phase.begin < phase.end]


def freeze(model: keras.Model, names: Collection[str], run: Run) -> None:
    """Let all layers learn but these, statistics of batches among what does not change; compiled again."""
    if _frozen(model) == set(names):
        return
    _set(model, names)
    compiled_again(model, run.design)


@contextlib.contextmanager
def as_if_thawed(model: keras.Model) -> Iterator[None]:
    """Within, a model is saved as one of which all layers learn: whoever loads it decides anew."""
    names = _frozen(model)
    _set(model, ())
    try:
        yield
    finally:
        _set(model, names)


def _frozen(model: keras.Model) -> set[str]:
    return {layer.name for layer in model.layers if not layer.trainable}


def _set(model: keras.Model, names: Collection[str]) -> None:
    for layer in model.layers:
        layer.trainable = layer.name not in names
