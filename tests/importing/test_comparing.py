"""The comparison of an imported network with its original sees what TensorFlow compiles wrongly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import unetgen
from unetgen.config.loader import from_dict
from unetgen.emit.keras import table
from unetgen.importing.comparing import largest_difference, small
from unetgen.model.building import arrays_of
from unetgen.model.running import called, give_random_weights

CONFIG: dict[str, Any] = {
    "input": {"shape": [16, 16], "channels": 2},
    "depth": 2,
    "base_filters": 4,
    "num_classes": 2,
    "block": {"kind": "residual", "projection_bias": True},
    "activation": {"kind": "leaky_relu", "negative_slope": 0.01},
}


@pytest.mark.parametrize("is_merged", [False, True], ids=["as it is", "merged"])
def test_predict_is_compared_too(is_merged: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    config = from_dict(CONFIG)
    original = unetgen.build(small(config))
    give_random_weights(original)

    def compute(x: Any) -> list[Any]:
        return [np.moveaxis(each, -1, 1) for each in called(original, np.moveaxis(x, 1, -1))]

    if is_merged:
        monkeypatch.setattr(table, "unfused", lambda *_: None)
    difference = largest_difference(config, arrays_of(original), compute)
    assert difference > 0.01 if is_merged else difference < 1e-5
