"""Checkpoints that PyTorch itself writes and reads, and that hold no plain network: each refused by name."""

# ruff: noqa: E501  (an exact message stays on one line)

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.conftest import GOOD, Unetgen


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


Make = Callable[[Any, Path], object]


def saved(held: Callable[[Any], Any]) -> Make:
    return lambda torch, file: torch.save(held(torch), file)


def deflated(torch: Any, file: Path) -> None:
    """Tensors of zeros, 512 MiB in a file of half a MB: PyTorch writes nothing compressed."""
    torch.save({"w": torch.zeros(2**27)}, file)
    with (
        zipfile.ZipFile(file) as source,
        zipfile.ZipFile(file.with_suffix(".z"), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    file.with_suffix(".z").replace(file)


def plain_pickle(torch: Any, file: Path) -> None:
    file.write_bytes(pickle.dumps({"state_dict": Evil()}))


CASES: dict[str, tuple[Make, str]] = {
    "a number as a key": (saved(lambda torch: {0: torch.ones(2, 2)}), "holds a tensor under 0; names of tensors are texts"),
    "a tuple as a key": (saved(lambda torch: {("a", 1): torch.ones(2, 2)}), "holds a tensor under ('a', 1); names of tensors are texts"),
    "a number as a key within": (saved(lambda torch: {"state_dict": {1: torch.ones(2, 2)}}), "holds a tensor under 1; names"),
    "a tensor without values": (saved(lambda torch: {"w": torch.empty(2, device="meta")}), "'w': has no values: it is on the device `meta`"),
    "a sparse tensor": (saved(lambda torch: {"w": torch.eye(3).to_sparse()}), "'w': is sparse"),
    "a sparse tensor in rows": (saved(lambda torch: {"w": torch.eye(3).to_sparse_csr()}), "'w': is sparse"),
    "a quantized tensor": (saved(lambda torch: {"w": torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 0, torch.qint8)}), "'w': is quantized"),
    "complex numbers": (saved(lambda torch: {"w": torch.ones(2, dtype=torch.complex64)}), "has tensors of the type 'ComplexFloatStorage'"),
    "one number said to be 4 GB": (saved(lambda torch: {"w": torch.zeros(1).expand(10**9)}), "'w' is damaged (ValueError)"),
    "deflated zeros": (deflated, "claims to hold 512 MiB in"),
    "no dictionary": (saved(lambda torch: [torch.ones(2, 2)]), "holds no dictionary of tensors; save"),
    "a tensor alone": (saved(lambda torch: torch.ones(2, 2)), "holds no dictionary of tensors; save"),
    "an empty dictionary": (saved(lambda torch: {}), "holds no tensors at its top"),
    "numbers among tensors": (saved(lambda torch: {"w": torch.ones(2, 2), "n": 3}), "the tensors are those of none of MONAI's"),
    "code": (saved(lambda torch: {"w": Evil()}), "holds no tensors at its top"),
    "code in a plain pickle": (plain_pickle, "is not a file of PyTorch's"),
    "nothing": (lambda _, file: file.write_bytes(b""), "is not a file of PyTorch's"),
    "text": (lambda _, file: file.write_text("weights"), "is not a file of PyTorch's"),
    "a control character in a name": (saved(lambda torch: {"w\x1b[2J\u202e": torch.empty(2, device="meta")}), "has no values"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("make", "said"), CASES.values(), ids=CASES)
def test_it_is_named_and_nothing_is_written(make: Make, said: str, tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (the extra unetgen[torch])")
    make(torch, tmp_path / "c.pt")
    outcome = unetgen(
        "import", "weights", "c.pt", "--from", "monai", "--config", "a.yaml", "--out", "o.keras"
    )
    assert (outcome.code, outcome.out) == (2, ""), outcome.err
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert all(char == "\n" or char.isprintable() for char in outcome.err)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.yaml", "c.pt"]
