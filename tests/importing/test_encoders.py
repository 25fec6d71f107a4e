"""Weights of networks for image classification go into the encoder of a config, and are compared."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.tiers import thorough
from tests.weights import written
from tests.weights.keras_written import drawn, labelled, named
from tests.weights.test_encoder import config, design, resnet_shapes, tensors
from unetgen.errors import UnetgenError
from unetgen.importing import encoders
from unetgen.importing.checkpoint import import_weights
from unetgen.parts.encoders.encoder import Encoder
from unetgen.weights.encoder import ReadEncoder, encoder_weights, read_encoder
from unetgen.weights.files import Held

KIND = "keras_mobilenet_v3_small"


def written_config(folder: Path, kind: str, weights: str | None = None) -> str:
    file = folder / "a.yaml"
    file.write_text(yaml.safe_dump(config(weights, kind=kind)))
    return str(file)


def calm(arrays: dict[str, list[np.ndarray]]) -> dict[str, list[np.ndarray]]:
    """Arrays with which a network computes numbers of about one."""
    for held in arrays.values():
        for number, array in enumerate(held):
            if array.ndim > 1:
                fan = array.size // array.shape[-1] if array.shape[-1] > 1 else array.shape[0] ** 2
                held[number] = array * np.float32((1.5 / fan) ** 0.5)
            elif len(held) == 4:
                held[number] = np.abs(1 + 0.2 * array) if number in (0, 3) else 0.2 * array
    return arrays


def spoiled(chosen: Encoder, held: Held) -> ReadEncoder:
    """What is read, and the mean of one norm another."""
    right = read_encoder(chosen, held)
    norm = "encoder_level1_stem_norm"
    gamma, beta, mean, variance = right.arrays[norm]
    return replace(
        right, arrays={**right.arrays, norm: [gamma, beta, np.asarray(mean, np.float64) + 1, variance]}
    )


@thorough
def test_keras_itself_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, _ = drawn(KIND)
    file = named(labelled(calm(arrays)), tmp_path / "a.h5")
    asked = (file, "keras", written_config(tmp_path, KIND), (), tmp_path / "a.keras")
    found = import_weights(*asked)
    assert found.checked_with == "keras.applications"
    assert found.difference is not None
    assert found.difference < 1e-5
    filled = sum(array.size for held in encoder_weights(design(file, kind=KIND)).values() for array in held)
    assert found.drawn == found.params - filled > 0
    assert f"not in the file: {found.drawn:,} parameters, which start as the config's" in found.as_text()
    monkeypatch.setattr(encoders, "read_encoder", spoiled)
    with pytest.raises(UnetgenError, match="differ from the original's by"):
        import_weights(*asked)


def test_torchvision_s_classifier_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    held = tensors(resnet_shapes((2, 2, 2, 2)) | {"fc.weight": (9, 512), "fc.bias": (9,)})
    file, out = written.archive(held, tmp_path / "a.pth"), tmp_path / "a.keras"
    asked = (file, "torchvision", written_config(tmp_path, "resnet18"), (), out)
    with pytest.raises(UnetgenError, match=r"not installed to compare with \(pip install torchvision\)"):
        import_weights(*asked)
    found = import_weights(*asked, unchecked=True)
    assert found.left_out[:2] == ("fc.weight", "fc.bias")
    assert all(re.match(r"encoder_level[345]_", name) for name in found.left_out[2:])
    import keras

    model = keras.saving.load_model(out, compile=False)
    for name, arrays in encoder_weights(design(file)).items():
        for a, b in zip(model.get_layer(name).get_weights(), arrays, strict=True):
            np.testing.assert_array_equal(a, b)


def test_one_file_is_enough(tmp_path: Path) -> None:
    file = written.archive(tensors(resnet_shapes((2, 2, 2, 2))), tmp_path / "a.pth")
    for source, text, said in (
        ("torchvision", written_config(tmp_path, "resnet18", "b.pth"), "the config names a file in encoder"),
        ("torchvision", "unet2d_baseline", "is for the encoder of a config, and this one has none"),
    ):
        with pytest.raises(UnetgenError, match=said):
            import_weights(file, source, text, (), tmp_path / "a.keras")
