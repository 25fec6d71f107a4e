"""The original network: what it does not take is said, and is no traceback."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.parity.originals import Array
from unetgen.errors import UnetgenError
from unetgen.importing import originals


class Network:
    """A PyTorch module that refuses small inputs, as instance norms of PyTorch's do."""

    def load_state_dict(self, state: Any) -> None:
        self.state = state

    def eval(self) -> None:
        self.is_evaluated = True

    def __call__(self, x: Array) -> SimpleNamespace:
        if x.shape[2] < 4:
            raise ValueError("Expected more than 1 spatial element\n when training")
        return SimpleNamespace(numpy=lambda: x * self.state["scale"])


def test_an_input_that_the_original_does_not_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = SimpleNamespace(from_numpy=lambda array: array, no_grad=contextlib.nullcontext)
    monkeypatch.setattr(originals, "import_module", lambda name: {"torch": torch}[name])
    compute = originals.Original("MONAI", Network).load({"scale": np.array(2.0)})
    (output,) = compute(np.ones((1, 1, 4, 4)))
    assert (output == 2).all()
    with pytest.raises(UnetgenError) as caught:
        compute(np.ones((1, 1, 2, 4)))
    assert str(caught.value) == (
        "MONAI's own network does not take an input of 2\u00d74: Expected more than 1 spatial element when "
        "training"
    )
