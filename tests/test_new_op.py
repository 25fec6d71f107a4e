"""What a new op touches: its class, its line in `ALL_OPS`, and its row in the table of Keras layers.

The op here has no more than that, and stands in a whole network.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

import unetgen
from unetgen.analysis.summary import Summary
from unetgen.config.lowering import lower
from unetgen.emit.figure.figure import figure_of
from unetgen.emit.keras import table
from unetgen.emit.keras.table import Emission
from unetgen.emit.text.report import report
from unetgen.plan.call import Call
from unetgen.plan.graph import Plan
from unetgen.plan.ops.base import Op, SamePosition, Specs
from unetgen.plan.tensor import TensorSpec
from unetgen.plan.verify import verify

CONFIG = unetgen.load("quickstart2d", ["execution.optimize=inference"])


@dataclass(frozen=True, slots=True)
class HalfOf(SamePosition):
    """Half of each value."""

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]


def with_halves(plan: Plan) -> Plan:
    """The plan with the op behind its first convolution."""
    index = next(i for i, node in enumerate(plan.nodes) if plan.weights(node))
    conv = plan.nodes[index]
    half = replace(conv, name=f"{conv.name}_half", op=HalfOf(), inputs=(conv.name,))
    later = [
        replace(node, inputs=tuple(half.name if name == conv.name else name for name in node.inputs))
        for node in plan.nodes[index + 1 :]
    ]
    return verify(Plan((*plan.nodes[: index + 1], half, *later), plan.outputs))


def test_it_is_costed_described_and_drawn() -> None:
    design = lower(CONFIG)
    changed = replace(design, plan=with_halves(design.plan))
    plain, summary = Summary(design), Summary(changed)
    assert summary.macs == plain.macs
    assert summary.memory.train_bytes > 0
    assert summary.receptive_field == plain.receptive_field
    assert summary.fingerprint != plain.fingerprint
    assert "half of" in report(summary)
    assert "half of" in figure_of(changed, view="block").svg
    assert "half of" in figure_of(changed, view="stage").svg


def test_its_row_makes_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    from unetgen.emit.keras.construction import build

    plan = with_halves(unetgen.plan(CONFIG))
    with pytest.raises(KeyError, match="HalfOf"):
        build(plan, "halves", Emission("channels_last"))
    row = Call("keras.layers.Rescaling", {"scale": 0.5})
    rows: dict[type[Op], Callable[[Any, Specs, Emission], Call]] = {HalfOf: lambda op, inputs, emission: row}
    monkeypatch.setattr(table, "LAYERS", {**table.LAYERS, **rows})
    halved = build(plan, "halves", Emission("channels_last"))
    plain = build(unetgen.plan(CONFIG), "plain", Emission("channels_last"))
    x = np.random.default_rng(0).normal(size=(1, 16, 16, 1)).astype("float32")
    weights = plain.get_weights()
    halved.set_weights([weights[0] * 2, *weights[1:]])
    assert np.allclose(halved(x), plain(x), atol=1e-6)
