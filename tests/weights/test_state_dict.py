"""Files of tensors are read as they were written, and nothing in them runs."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.weights import written
from tests.weights.written import Array
from unetgen.errors import UnetgenError
from unetgen.weights.safetensors import read_safetensors
from unetgen.weights.state_dict import read_state_dict

TENSORS: dict[str, Array] = {
    "conv1.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
    "bn1.running_var": np.array([0.5, 2.0]),
    "bn1.num_batches_tracked": np.array(7),
}
WRITERS: dict[str, tuple[Callable[..., Path], Callable[[Path], dict[str, Array]]]] = {
    "archive": (written.archive, read_state_dict),
    "former": (written.former, read_state_dict),
    "safetensors": (written.safetensors, read_safetensors),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_tensors_are_those_that_were_written(kind: str, tmp_path: Path) -> None:
    write, read = WRITERS[kind]
    found = read(write(TENSORS, tmp_path / "model"))
    assert list(found) == list(TENSORS)
    for name, array in TENSORS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].shape == array.shape
        assert found[name].dtype == (np.float64 if array.dtype == np.float64 else np.float32)


def test_the_weights_of_a_training_program_are_found(tmp_path: Path) -> None:
    file = written.archive(TENSORS, tmp_path / "last.ckpt", epoch=3, losses=[0.5, {"a": (1, None, True)}])
    assert list(read_state_dict(file)) == list(TENSORS)


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("ran"),)


@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_runs(protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "attack.pth"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps({"state_dict": Attack()}, protocol))
    with pytest.raises(UnetgenError, match="holds no tensors at its top or under state_dict"):
        read_state_dict(file)
    assert not (tmp_path / "ran").exists()


def damaged(kind: str, file: Path) -> Path:
    whole = written.archive(TENSORS, file) if kind != "former" else written.former(TENSORS, file)
    if kind == "former":
        file.write_bytes(file.read_bytes()[:-4])
        return file
    with zipfile.ZipFile(whole) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changes = {
        "short": {"model/data/0": members["model/data/0"][:-4]},
        "cut": {"model/data.pkl": members["model/data.pkl"][:-9]},
        "none": {"model/data.pkl": pickle.dumps([1, 2], 2)},
        "program": {"model/constants.pkl": b"."},
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (members | changes[kind]).items():
            archive.writestr(name, content)
    return file


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("short", "'conv1.weight' is damaged"),
        ("cut", "is a damaged pickle"),
        ("none", r"holds no dictionary of tensors; save the network's state_dict\(\)"),
        ("program", "is a TorchScript program"),
        ("former", "ends before its tensors do"),
    ],
)
def test_a_damaged_file_is_refused(kind: str, expected: str, tmp_path: Path) -> None:
    file = damaged(kind, tmp_path / "model.pth")
    with pytest.raises(UnetgenError, match=expected) as caught:
        read_state_dict(file)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, (2).to_bytes(8, "little") + b"[]"])
def test_what_is_no_file_of_safetensors_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(content)
    with pytest.raises(UnetgenError, match="is not a file of safetensors"):
        read_safetensors(file)
