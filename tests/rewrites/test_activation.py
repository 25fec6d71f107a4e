"""Activations as their convolutions' own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.ops import op_of
from tests.rewrites.checking import chain, check
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Concat, Conv, MergedConv, TransposedConv, Upsample
from unetgen.plan.place import Piece
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites.activation import FuseActivation
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.merged_conv import MergeUpsampling

FUSE = FuseActivation()
CONV = Conv(4, (3,), (1,), (1,))


def _branches(*names: str) -> Plan:
    """Convolutions with each of the activations behind it, joined."""
    builder = Builder(TensorSpec((5,), 2))
    ends = []
    for name in names:
        conv = builder.add(CONV, builder.input, name=f"conv_{name}")
        ends.append(builder.add(Activation(name), conv, name=name))
    return builder.finish(builder.add(CONV, builder.add(Concat(), *ends, name="joined"), name="end"))


def test_every_plain_activation_bit_for_bit() -> None:
    names = ("relu", "relu6", "sigmoid", "tanh", "gelu", "silu", "leaky_relu", "softplus", "linear")
    done = check(_branches(*names), [FUSE])
    assert done.guarantee == "bitwise"
    assert [op_of(done.plan.by_name[f"conv_{name}"], Conv).activation for name in names] == list(names)
    assert not any(isinstance(node.op, Activation) for node in done.plan.nodes)


def test_into_a_merged_convolution() -> None:
    ops = (Upsample((2,)), CONV, Activation("tanh"), CONV)
    done = check(chain(TensorSpec((4,), 2), *ops), [MergeUpsampling(), FUSE], float32=False)
    (merged, end) = done.plan.nodes[1:]
    assert isinstance(merged.op, MergedConv)
    assert (merged.op.conv.activation, op_of(end, Conv).activation) == ("tanh", None)


@pytest.mark.parametrize(
    "ops",
    [
        (CONV, Activation("softmax"), CONV),
        (CONV, Activation("glu"), CONV),
        (CONV, Activation("leaky_relu", {"negative_slope": 0.1}), CONV),
        (CONV, Activation("relu")),
        (replace(CONV, activation="relu"), Activation("tanh"), CONV),
        (TransposedConv(2, (2,), (2,)), Activation("relu"), CONV),
        (Activation("relu"), CONV),
    ],
    ids=["softmax", "glu", "options", "output", "has one", "transposed", "no convolution"],
)
def test_refused(ops: tuple[Any, ...]) -> None:
    assert list(FUSE.changes(Graph(chain(TensorSpec((5,), 2), *ops)))) == []


def test_refused_where_the_convolution_is_used_elsewhere() -> None:
    builder = Builder(TensorSpec((5,), 2))
    conv = builder.add(CONV, builder.input, name="conv")
    relu = builder.add(Activation("relu"), conv, name="relu")
    joined = builder.add(Concat(), conv, relu, name="joined")
    assert list(FUSE.changes(Graph(builder.finish(joined)))) == []
    as_output = builder.finish(builder.add(CONV, relu, name="end"), conv, joined)
    assert list(FUSE.changes(Graph(as_output))) == []


def test_refused_where_weights_are_shared() -> None:
    builder = Builder(TensorSpec((5,), 4))
    x = builder.input
    for name in ("once", "again"):
        with builder.piece(name, weights_of=Piece("once")):
            x = builder.add(CONV, x, name="conv")
            x = builder.add(Activation("relu"), x, name="relu")
    plan = builder.finish(builder.add(CONV, x, name="end"))
    assert plan.by_name["again_conv"].weights_of == "once_conv"
    assert list(FUSE.changes(Graph(plan))) == []
