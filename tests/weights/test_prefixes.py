"""What stands before all names of a network's tensors goes, whatever it is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parity.originals import MONAI_NAMES, read
from unetgen.errors import UnetgenError
from unetgen.importing.families import MONAI_MARKS, NNUNET_MARKS, recognized
from unetgen.weights.prefixes import without_prefix

PREFIXES = [
    "module.",
    "_orig_mod.",
    "_model.",
    "net.",
    "module._orig_mod.",
    "model.model.",
    "a.b.c.",
    "encoder.",
]


@pytest.mark.parametrize("prefix", ["", *PREFIXES])
@pytest.mark.parametrize("name", MONAI_NAMES)
def test_any_constant_prefix_of_monai_s_goes(name: str, prefix: str) -> None:
    tensors = read(name).tensors
    plain = without_prefix({prefix + key: tensor for key, tensor in tensors.items()}, MONAI_MARKS)
    assert list(plain) == list(tensors)
    assert recognized(plain) is recognized(tensors)


@pytest.mark.parametrize("prefix", ["", *PREFIXES, "decoder."])
def test_any_constant_prefix_of_nnunet_s_goes(prefix: str) -> None:
    tensors = read("nnunet_plain_2d").tensors
    copies = {f"decoder.{key}": tensor for key, tensor in tensors.items() if key.startswith("encoder.")}
    held = {**tensors, **copies}
    plain = without_prefix({prefix + key: tensor for key, tensor in held.items()}, NNUNET_MARKS)
    assert list(plain) == list(held)


def test_what_has_another_beginning_keeps_its_name() -> None:
    tensors = {"net.in_tr.weight": np.zeros(1), "loss.weight": np.zeros(2)}
    assert list(without_prefix(tensors, ["in_tr."])) == ["in_tr.weight", "loss.weight"]


def test_two_networks_are_refused_by_their_beginnings() -> None:
    tensors = {"in_tr.weight": np.zeros(1), "ema.in_tr.weight": np.zeros(1)}
    with pytest.raises(UnetgenError, match=r"holds 2 networks, under '\(none\)', 'ema\.'; save one of them"):
        without_prefix(tensors, ["in_tr."])


def test_a_mark_begins_a_part_of_a_name() -> None:
    tensors = {"main_tr.weight": np.zeros(1)}
    assert list(without_prefix(tensors, ["in_tr."])) == ["main_tr.weight"]
