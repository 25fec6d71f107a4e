"""MedNeXts become Keras models, by both names; what they compute stands in tests/parity."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tests.parity.originals import read
from tests.tiers import thorough
from tests.weights import written
from unetgen.errors import UnetgenError
from unetgen.importing import mednext_weights
from unetgen.importing.checkpoint import import_weights
from unetgen.importing.mednext import authors_tensors


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.mark.parametrize(
    ("name", "package"),
    [("monai_mednext_3d", "monai"), ("mednext_2d", r"git\+https://github.com/MIC-DKFZ/MedNeXt")],
)
def test_what_is_missing_to_compare_with_is_named(name: str, package: str, tmp_path: Path) -> None:
    held = read(name).tensors | {"dummy_tensor": np.ones(1, np.float32)}
    file = written.archive({f"module.{key}": array for key, array in held.items()}, tmp_path / "a.pt")
    asked = (file, "mednext", str(read(name).config), (), tmp_path / "a.keras")
    with pytest.raises(UnetgenError, match=rf"not installed to compare with \(pip install {package}\)"):
        import_weights(*asked)
    written.archive({key: array for key, array in held.items() if key != "stem.bias"}, file)
    with pytest.raises(UnetgenError, match=r"no tensor 'stem\.bias'"):
        import_weights(*asked)
    assert not (tmp_path / "a.keras").exists()


@thorough
def test_the_scalar_that_nothing_reads_is_named(tmp_path: Path) -> None:
    held = read("mednext_2d").tensors | {"dummy_tensor": np.ones(1, np.float32)}
    file = written.archive(held, tmp_path / "a.pt")
    out = tmp_path / "a.keras"
    found = import_weights(file, "mednext", str(read("mednext_2d").config), (), out, unchecked=True)
    assert (found.left_out, found.drawn) == (("dummy_tensor",), 0)


def test_ratios_and_blocks_are_those_of_the_original() -> None:
    named = authors_tensors(read("mednext_2d").tensors)
    levels = range(4)
    stages = [*(f"enc_block_{n}" for n in levels), "bottleneck", *(f"dec_block_{3 - n}" for n in levels)]
    ratios = [mednext_weights._ratio(stage, named) for stage in stages]
    blocks = [mednext_weights._blocks(stage, named) for stage in stages]
    assert (ratios, blocks) == ([2, 3, 1, 2, 1, 2, 1, 3, 2], [1, 2, 1, 1, 2, 1, 1, 2, 1])
