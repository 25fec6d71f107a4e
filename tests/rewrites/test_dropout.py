"""Dropout is dropped for inference, and only there."""

from __future__ import annotations

from tests.rewrites.checking import chain, check
from unetgen.plan.ops import Conv, Dropout
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_TRAINING
from unetgen.rewrites.dropout import DropDropout


def test_every_dropout_but_that_of_an_output_is_dropped() -> None:
    conv = Conv(4, (3,), (1,), (1,))
    ops = (Dropout(0.5), conv, Dropout(0.2), Dropout(0.1, spatial=True), conv, Dropout(0.2))
    done = check(chain(TensorSpec((5,), 2), *ops), [DropDropout()])
    assert [node.name for node in done.plan.nodes] == ["input", "n2", "n5", "n6"]
    assert done.guarantee == "bitwise"


def test_not_for_training() -> None:
    assert not any(isinstance(rewrite, DropDropout) for rewrite in FOR_TRAINING)
