"""Networks on encoders compute what segmentation_models_pytorch's Unets compute with the same weights.

The outputs come from PyTorch (make_encoder_fixtures.py), on the CPU and in float32.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.parity import drawn
from tests.parity.drawn import Array
from tests.parity.encoder_cases import CASES
from tests.tiers import sampled
from unetgen.config.loader import design_from_dict
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.model.running import predicted
from unetgen.weights.transplant import transplant

TOLERANCE = 1e-4
"""Of the largest difference, relative to the largest output."""


@cache
def model_of(name: str) -> tuple[Any, dict[str, list[Array]]]:
    """Our network, and the original's weights by its layers."""
    case = CASES[name]
    plan = design_from_dict(case.config).plan
    layers = transplant(plan, drawn.tensors(case.read()[0]), case.family)
    return build(plan, name, Emission("channels_last")), layers


def difference(name: str, changed: dict[str, list[Array]] | None = None) -> float:
    model, layers = model_of(name)
    for layer, arrays in (layers | (changed or {})).items():
        model.get_layer(layer).set_weights(arrays)
    x = np.moveaxis(drawn.tensor("input", (1, 3, *CASES[name].size)), 1, -1)
    right = np.moveaxis(CASES[name].read()[1], 1, -1)
    (found,) = predicted(model, x)
    return float(np.abs(found - right).max() / np.abs(right).max())


@pytest.mark.parametrize("name", sampled(CASES, first={"resnet18"}))
def test_outputs_are_the_original_s(name: str) -> None:
    assert difference(name) < TOLERANCE
    assert set(model_of(name)[1]) == {layer.name for layer in model_of(name)[0].layers if layer.weights}


def test_a_wrong_transplant_is_seen() -> None:
    layers = model_of("resnet18")[1]
    stem, norm = "encoder_level1_stem", "encoder_level2_block2_conv2_norm"
    flipped = {stem: [layers[stem][0][::-1]]}
    assert difference("resnet18", flipped) > 10 * TOLERANCE
    without_statistics = {norm: [*layers[norm][:2], 0 * layers[norm][2], layers[norm][3]]}
    assert difference("resnet18", without_statistics) > 10 * TOLERANCE
