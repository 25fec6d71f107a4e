"""Published U-Nets compute what their originals compute with the same weights.

The outputs come from PyTorch (make_unet_fixtures.py), on the CPU and in float32.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.parity import drawn
from tests.parity.drawn import Array
from tests.parity.unet_cases import CASES, pix2pix
from tests.tiers import sampled
from unetgen.config.loader import design_from_dict
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.model.running import predicted
from unetgen.weights.transplant import transplant

TOLERANCE = 1e-4
"""Of the largest difference, relative to the largest output."""
FIRST = {"pix2pix"}


@cache
def model_of(name: str) -> tuple[Any, dict[str, list[Array]]]:
    """Our network, and the original's weights by its layers."""
    case = CASES[name]
    plan = design_from_dict(case.data).plan
    layers = transplant(plan, drawn.tensors(case.read()[0]), case.family)
    return build(plan, name, Emission("channels_last")), layers


def difference(name: str, changed: dict[str, list[Array]] | None = None) -> float:
    model, layers = model_of(name)
    for layer, arrays in (layers | (changed or {})).items():
        model.get_layer(layer).set_weights(arrays)
    x = np.moveaxis(drawn.tensor("input", (1, *CASES[name].shape)), 1, -1)
    right = np.moveaxis(CASES[name].read()[1], 1, -1)
    (found,) = predicted(model, x)
    return float(np.abs(found - right).max() / np.abs(right).max())


@pytest.mark.parametrize("name", sampled(CASES, FIRST))
def test_outputs_are_the_original_s(name: str) -> None:
    assert difference(name) < TOLERANCE
    assert set(model_of(name)[1]) == {layer.name for layer in model_of(name)[0].layers if layer.weights}


@pytest.mark.parametrize("name", sampled(CASES, FIRST))
def test_a_wrong_transplant_is_seen(name: str) -> None:
    layers = model_of(name)[1]
    kernels = [key for key, arrays in layers.items() if max(arrays[0].shape[:-2], default=1) > 1]
    for kernel in (kernels[0], kernels[-1]):
        flipped = {kernel: [layers[kernel][0][::-1], *layers[kernel][1:]]}
        assert difference(name, flipped) > 10 * TOLERANCE


TERNAUSNET_16 = {
    **CASES["ternausnet"].data,
    "encoder": "vgg16",
    "up": {"kind": "transposed", "kernel": 4, "activation": True, "filters": [32, 64, 256, 256, 256]},
}


@pytest.mark.parametrize(
    ("data", "params"),
    [
        ({"input": {"shape": [128, 128], "channels": 3}, **pix2pix(7, 64)}, 41_828_995),
        ({"input": {"shape": [256, 256], "channels": 3}, **pix2pix(8, 64)}, 54_413_955),
        (TERNAUSNET_16, 32_202_337),
    ],
    ids=["unet_128", "unet_256", "UNet16 with transposed convolutions"],
)
def test_other_sizes_have_the_counts_of_the_originals(data: dict[str, Any], params: int) -> None:
    # instantiated and counted with PyTorch
    assert design_from_dict(data).plan.trainable_params == params
