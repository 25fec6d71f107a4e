"""Checkpoints of pytorch-3dunet become Keras models; what they compute stands in tests/parity."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.parity.originals import read
from tests.weights import written
from unetgen.errors import UnetgenError
from unetgen.importing.checkpoint import import_weights


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def test_a_checkpoint_of_its_training_is_imported(tmp_path: Path) -> None:
    original = read("pytorch_3dunet_residual")
    held = {f"module.{name}": array for name, array in original.tensors.items()}
    file, out = written.archive(held, tmp_path / "best.pytorch", num_epochs=3), tmp_path / "a.keras"
    with pytest.raises(UnetgenError, match=r"not installed to compare with \(pip install pytorch-3dunet\)"):
        import_weights(file, "pytorch-3dunet", str(original.config), (), out)
    found = import_weights(file, "pytorch-3dunet", str(original.config), (), out, unchecked=True)
    assert (found.family, found.drawn, found.left_out) == ("pytorch-3dunet ResidualUNet", 0, ())
    (right,) = [np.moveaxis(each, 0, -1) for each in original.outputs]
    model = keras.saving.load_model(out, compile=False)
    np.testing.assert_allclose(
        model.predict(np.moveaxis(original.x, 0, -1)[None], verbose=0)[0], right, atol=1e-4
    )


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    original = read("pytorch_3dunet")
    held = {**original.tensors, "encoders.0.basic_module.se_module.fc1.weight": np.zeros((2, 2), np.float32)}
    for tensors, said in (
        (held, "tensors without a layer:\n  encoders.0.basic_module.se_module.fc1.weight (2, 2)"),
        ({"a": np.zeros(2, np.float32)}, "the tensors are those of none of pytorch-3dunet's UNet and Res"),
    ):
        file = written.archive(tensors, tmp_path / "a.pt")
        with pytest.raises(UnetgenError) as caught:
            import_weights(file, "pytorch-3dunet", str(original.config), (), tmp_path / "a.keras")
        assert str(caught.value).startswith(f"{file}: ")
        assert said in str(caught.value)
    assert not (tmp_path / "a.keras").exists()
