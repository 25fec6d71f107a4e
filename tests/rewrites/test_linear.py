"""The activation that does nothing is dropped."""

from __future__ import annotations

from tests.rewrites.checking import chain, check
from unetgen.plan.ops import Activation, Conv
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites.linear import DropLinear

CONV = Conv(4, (3,), (1,), (1,))


def test_linear_is_dropped_but_not_as_an_output() -> None:
    ops = (Activation("linear"), CONV, Activation("linear"), CONV, Activation("linear"))
    done = check(chain(TensorSpec((5,), 2), *ops), [DropLinear()], float32=False)
    assert [node.name for node in done.plan.nodes] == ["input", "n2", "n4", "n5"]
