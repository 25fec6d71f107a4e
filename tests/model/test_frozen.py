"""What a config freezes stays bit for bit as it begins while all else learns, and after saving too."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.config.test_frozen import BOTTLENECK, config, design
from tests.emit.source.sources import run
from tests.tiers import sampled
from tests.training.test_freezing import changed, weights
from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.config.loader import design_from_dict
from unetgen.emit.source.keras import keras_source
from unetgen.model.building import build_model
from unetgen.model.loading import design_of, loaded
from unetgen.model.running import give_random_weights
from unetgen.model.saving import write_build
from unetgen.model.transfer.transferring import transferred

SMALL = {"depth": 2, "decoder": {"filters": [4]}, "input": {"shape": [16, 16], "channels": 3}}
THREE = {**SMALL, "input": {"shape": [8, 8, 8], "channels": 1, "data_format": "channels_first"}}
SETTINGS = {
    "compile": {
        "optimizer": {"kind": "adamw", "weight_decay": 0.1, "use_ema": True, "ema_overwrite_frequency": 1}
    },
    "kernel_regularizer": "l2",
    "execution": {"precision": "mixed_bfloat16"},
}
"""All that may move a weight whose gradient is 0."""
DROPS = {"decoder": {"filters": [4], "dropout": 0.3, "norm": "batch"}}
BLOCKS = {"execution": {"remat": "blocks", "optimize": "training"}}
CASES = {
    "with dropout and norms behind": config(True, **{**SMALL, **DROPS}),
    "3D, channels first": config(True, **THREE),
    "a level before one that learns": config([1]),
    "averages, decay, mixed precision": config(True, **SMALL, **SETTINGS),
    "rewritten and computed again": config([1], **SMALL, **BLOCKS),
}


def learned(model: keras.Model, design: Design, steps: int = 3) -> keras.Model:
    """The model after some steps on noise."""
    rng = np.random.default_rng(0)
    shape, outputs = model.input_shape[1:], model.output_shape[1:]
    x = rng.normal(size=(steps, *shape)).astype("float32")
    numbers = rng.integers(0, 2, (steps, *outputs)).astype("float32")
    axis = 1 if design.config.input.data_format == "channels_first" else -1
    first = np.take(numbers, [0], axis)
    model.fit(x, np.concatenate([first, 1 - first], axis), batch_size=1, verbose=0)
    return model


@pytest.mark.parametrize("case", sampled(CASES, first=["3D, channels first"]))
def test_three_steps_leave_frozen_weights_and_statistics_and_change_all_others(case: str) -> None:
    made = design_from_dict(CASES[case])
    model = build_model(made)
    give_random_weights(model)
    before = weights(model)
    learned(model, made)
    assert made.frozen and changed(before, weights(model)) == set(before) - made.frozen
    counted = sum(int(np.prod(each.shape)) for each in model.trainable_weights)
    assert (
        Summary(made).params.trainable == counted == model.count_params() - Summary(made).params.non_trainable
    )


def test_a_saved_model_is_frozen_as_its_config_says_and_another_config_thaws_it(tmp_path: Path) -> None:
    made = design([1], **SMALL)
    write_build(made, (), tmp_path)
    file = tmp_path / "model.keras"
    assert design_of(file).frozen == made.frozen
    model = keras.saving.load_model(file)
    assert {layer.name for layer in model.layers if not layer.trainable} == made.frozen
    assert len(model.optimizer.variables) == 2 + 2 * len(model.trainable_variables)
    before = weights(model)
    assert changed(before, weights(learned(model, made))) == set(before) - made.frozen
    kept = weights(model)
    model.save(file)
    thawed, _ = transferred(loaded(file), design(None, **SMALL))
    assert not changed(kept, weights(thawed))
    assert changed(kept, weights(learned(thawed, design(None, **SMALL)))) == set(kept)


def test_a_printed_source_freezes_the_same() -> None:
    made = design(True, **SMALL, **BOTTLENECK)
    built = run(keras_source(made))["build_model"]()
    assert {layer.name for layer in built.layers if not layer.trainable} == made.frozen
