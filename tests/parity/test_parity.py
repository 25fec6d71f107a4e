"""Networks of other packages, with their weights, compute what they compute there.

The outputs come from PyTorch (make_fixtures.py), or from Keras (make_keras_fixtures.py), on the CPU and in
float32.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import unetgen
from tests.parity.convnet_families import CONVNETS
from tests.parity.keras_families import FAMILIES
from tests.parity.originals import NAMES, Array, Original, read
from tests.tiers import sampled
from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.importing.families import NNUNET, recognized
from unetgen.importing.mednext import authors_tensors
from unetgen.model.running import called, predicted
from unetgen.weights.transplant import WeightFamily, transplant

TOLERANCE = 1e-4
"""Of the largest difference, relative to the largest output."""
FIRST = {"nafnet", "pytorch_3dunet_residual"} | {
    name for name in NAMES if not name.startswith(tuple(CONVNETS))
}
each_original = pytest.mark.parametrize("name", sampled(NAMES, FIRST))


def family_of(original: Original) -> WeightFamily:
    known = {"nnunet": NNUNET, **FAMILIES, **CONVNETS}
    of_name = (family for start, family in known.items() if original.name.startswith(start))
    return next(of_name, None) or recognized(original.tensors)


@cache
def model_of(name: str) -> Any:
    return build(unetgen.plan(unetgen.load(read(name).config)), name, Emission("channels_last"))


def differences(name: str, layers: dict[str, list[Array]]) -> list[float]:
    """How far each output of the Keras model with these weights is from the original's: of the model called,
    and in `predict`, which TensorFlow compiles."""
    original, model = read(name), model_of(name)
    for layer, arrays in layers.items():
        model.get_layer(layer).set_weights(arrays)
    x = np.moveaxis(original.x, 0, -1)[None]
    wanted = [np.moveaxis(each, 0, -1) for each in original.outputs]
    return [
        float(np.abs(found[0] - right).max() / np.abs(right).max())
        for run in (called, predicted)
        for found, right in zip(run(model, x), wanted, strict=True)
    ]


def layers_of(name: str) -> dict[str, list[Array]]:
    original = read(name)
    plan = unetgen.plan(unetgen.load(original.config))
    tensors = authors_tensors(original.tensors) if "mednext" in name else original.tensors
    return transplant(plan, tensors, family_of(original))


@each_original
def test_outputs_are_the_original_s(name: str) -> None:
    assert max(differences(name, layers_of(name))) < TOLERANCE


@each_original
def test_the_whole_model_is_filled(name: str) -> None:
    assert set(layers_of(name)) == {layer.name for layer in model_of(name).layers if layer.weights}


@each_original
def test_wrong_transplants_are_seen(name: str) -> None:
    right = layers_of(name)
    kernels = [key for key, arrays in right.items() if arrays[0].ndim > 2 and arrays[0].shape[0] > 1]
    offsets = [key for key, arrays in right.items() if arrays[0].ndim == 1 and len(arrays) > 1]
    for spoiled in (*kernels[:1], *kernels[-1:]):
        flipped = {**right, spoiled: [right[spoiled][0][::-1], *right[spoiled][1:]]}
        assert max(differences(name, flipped)) > 10 * TOLERANCE, f"{spoiled} flipped"
    for spoiled in (*offsets[:1], *offsets[-1:]):
        lost = {**right, spoiled: [right[spoiled][0], 0 * right[spoiled][1], *right[spoiled][2:]]}
        assert max(differences(name, lost)) > 10 * TOLERANCE, f"offset of {spoiled} lost"
    for spoiled in (key for key in offsets[-1:] if len(right[key]) == 4):
        for which, initial in ((2, 0), (3, 1)):
            lost = {**right, spoiled: [*right[spoiled]]}
            lost[spoiled][which] = np.full_like(right[spoiled][which], initial)
            assert max(differences(name, lost)) > 10 * TOLERANCE, f"statistics of {spoiled} lost"
