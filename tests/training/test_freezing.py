"""Frozen layers stay as they begin, bit for bit, and learn after a thaw, resumed or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.tiers import thorough
from tests.training.test_fitting import Stop, values
from unetgen.model.building import built_with_optimizer
from unetgen.model.loading import loaded
from unetgen.model.saving import write_with_config
from unetgen.runs.loader import load_run
from unetgen.runs.run import Run
from unetgen.training.fitting import train

Weights = dict[str, list[np.ndarray]]
SMALL = "model.block={kind: plain, convs: 1}"
QUICK = (
    SMALL,
    "data.split={kind: listed, train: [disc0, disc1], validation: []}",
    "data.augment=none",
    "fit.monitor=loss",
    "fit.steps=2",
)
"""No validation: what is looked at here is the weights."""


def weights(model: keras.Model) -> Weights:
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


class Watch(keras.callbacks.Callback):
    """The weights after each epoch, and how often training began and ended."""

    def __init__(self) -> None:
        super().__init__()
        self.after: dict[int, Weights] = {}
        self.slots: dict[int, Weights] = {}
        self.calls: list[str] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.after[0] = weights(self.model)
        self.calls.append("begin")

    def on_train_end(self, logs: Any = None) -> None:
        self.calls.append("end")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.after[epoch + 1] = weights(self.model)
        variables = self.model.optimizer.variables
        self.slots[epoch + 1] = {each.path: [np.asarray(each)] for each in variables}


def changed(before: Weights, after: Weights) -> set[str]:
    return {
        name
        for name, arrays in before.items()
        if any(not np.array_equal(a, b) for a, b in zip(arrays, after[name], strict=True))
    }


def watched(run: Run, out: Path, **options: Any) -> Watch:
    watch = Watch()
    train(run, out, callbacks=[watch], **options)
    return watch


def test_frozen_layers_stay_as_they_are_bit_for_bit_and_learn_after_the_thaw(
    discs: Path, tmp_path: Path
) -> None:
    run = load_run(discs, [*QUICK, "fit.frozen=encoder", "fit.thaw=3", "fit.epochs=3"])
    seen = watched(run, tmp_path / "out")
    encoder = {name for name in seen.after[0] if name.startswith("encoder")}
    norms = [name for name in encoder if len(seen.after[0][name]) == 4]
    assert norms and len(encoder) < len(seen.after[0])
    assert changed(seen.after[0], seen.after[2]) == set(seen.after[0]) - encoder
    assert changed(seen.after[2], seen.after[3]) == set(seen.after[0])
    moved = (zip(seen.after[2][name], seen.after[3][name], strict=True) for name in norms)
    assert all(not np.array_equal(a, b) for pairs in moved for a, b in pairs)
    # One optimizer throughout: what it held before the thaw it goes on with, and frozen layers had nothing.
    still = {path for path, (slot,) in seen.slots[2].items() if slot.ndim and not slot.any()}
    assert still and all("encoder" in path for path in still)
    assert not any(not slot.any() for (slot,) in (seen.slots[3][path] for path in still))
    (steps,) = (slot for path, (slot,) in seen.slots[3].items() if path.endswith("iteration"))
    assert int(steps) == 6
    assert seen.calls == ["begin", "end"]


def test_a_run_goes_on_across_a_thaw_as_if_it_had_not_been_interrupted(discs: Path, tmp_path: Path) -> None:
    run = load_run(
        discs,
        [*QUICK, "fit.deterministic=true", "fit.frozen=[head, decoder_*]", "fit.thaw=2", "fit.epochs=2"],
    )
    whole = train(run, tmp_path / "whole")
    out = tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        train(run, out, callbacks=[Stop(2)])
    resumed = train(run, out, resume=True)
    assert values(resumed) == values(whole)
    ours, theirs = (loaded(each.model_file).get_weights() for each in (resumed, whole))
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


@thorough
def test_a_model_that_is_kept_while_layers_are_frozen_learns_wherever_it_is_loaded(
    discs: Path, tmp_path: Path
) -> None:
    trained = train(load_run(discs, ["fit.frozen=encoder", "fit.epochs=1"]), tmp_path / "out")
    model = keras.saving.load_model(trained.model_file)
    assert all(layer.trainable for layer in model.layers)
    assert len(model.optimizer.variables) == 2 + 2 * len(model.trainable_variables)


ENCODED = """\
model: {input: {shape: [16, 24], channels: 1}, depth: 2, num_classes: 2, decoder: {filters: [4]},
        encoder: {kind: resnet18, frozen: true},
        compile: {loss: sparse_categorical_crossentropy, metrics: []}}
data: {labels: {0: background, 255: disc}}
fit: {epochs: 2, batch_size: 2, frozen: [head], thaw: 2}
"""


@thorough
def test_what_the_network_freezes_never_thaws_and_is_frozen_where_it_is_loaded(
    discs: Path, tmp_path: Path
) -> None:
    discs.write_text(ENCODED)
    run = load_run(discs, QUICK[1:])
    seen = watched(run, tmp_path / "out")
    names = set(seen.after[0])
    assert changed(seen.after[0], seen.after[1]) == names - run.design.frozen - {"head"}
    assert changed(seen.after[1], seen.after[2]) == names - run.design.frozen
    model = keras.saving.load_model(tmp_path / "out" / "model.keras")
    assert {layer.name for layer in model.layers if not layer.trainable} == run.design.frozen


@thorough
@pytest.mark.parametrize(
    "override",
    [
        "model.execution.remat=blocks",
        "model.execution.remat=cheap",
        "model.execution.optimize=training",
        "model.execution.precision=mixed_float16",
        "model.compile.optimizer={kind: adamw, weight_decay: 0.1}",
        "model.compile.optimizer={kind: sgd, momentum: 0.9, gradient_accumulation_steps: 2}",
        "model.head.deep_supervision={levels: 1, upsample: true}",
        "model.kernel_regularizer={kind: l2, l2: 0.01}",
    ],
)
def test_nothing_frozen_changes_however_a_model_is_trained(
    override: str, discs: Path, tmp_path: Path
) -> None:
    frozen = ["fit.frozen=encoder", "fit.thaw=3", "fit.epochs=3", "fit.schedule=constant"]
    seen = watched(load_run(discs, [override, *frozen]), tmp_path / "out")
    encoder = {name for name in seen.after[0] if name.startswith("encoder")}
    assert not changed(seen.after[0], seen.after[2]) & encoder
    assert changed(seen.after[0], seen.after[2]) and changed(seen.after[2], seen.after[3]) >= encoder


@thorough
def test_a_run_may_be_interrupted_before_within_and_after_the_thaw(discs: Path, tmp_path: Path) -> None:
    run = load_run(discs, ["fit.deterministic=true", "fit.frozen=encoder", "fit.thaw=3"])
    whole, out = train(run, tmp_path / "whole"), tmp_path / "parts"
    for epoch in (2, 3, 4):
        with pytest.raises(KeyboardInterrupt):
            train(run, out, resume=epoch > 2, callbacks=[Stop(epoch)])
    assert values(train(run, out, resume=True)) == values(whole)


@thorough
def test_training_that_is_ended_before_the_thaw_does_not_go_on(discs: Path, tmp_path: Path) -> None:
    class End(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    run = load_run(discs, ["fit.frozen=encoder", "fit.thaw=3"])
    assert len(train(run, tmp_path / "out", callbacks=[End()]).history.rows) == 1


def write_source(file: Path, run: Run) -> keras.Model:
    """A model of the network of `run` with weights that are not initial ones."""
    from unetgen.model.running import give_random_weights

    model = built_with_optimizer(run.design)
    give_random_weights(model)
    write_with_config(model, run.design.config, file)
    return model
