"""1x1 convolutions before up-sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rewrites.checking import applied, chain, check
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Add, Conv, Op, Resize, Upsample
from unetgen.plan.place import Piece
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.pointwise import PointwiseBeforeLinear, PointwiseBeforeNearest

BOTH = (PointwiseBeforeNearest(), PointwiseBeforeLinear())


def _conv(filters: int, kernel: int, dims: int) -> Conv:
    return Conv(filters, (kernel,) * dims, (1,) * dims, (1,) * dims)


def _plan(spatial: tuple[int, ...], up: Op, dims_conv: Conv | None = None) -> Plan:
    dims = len(spatial)
    pointwise = dims_conv or _conv(3, 1, dims)
    ops = (_conv(4, 3, dims), up, pointwise, Activation("relu"), _conv(2, 3, dims))
    return chain(TensorSpec(spatial, 2), *ops)


@pytest.mark.parametrize(
    ("spatial", "up"),
    [
        ((4, 3), Upsample((2, 3))),
        ((2, 3, 2), Upsample((1, 2, 2))),
        ((4, 3), Upsample((2, 2), "linear")),
        ((2, 3, 2), Upsample((1, 2, 2), "linear")),
        ((4, 3), Resize((7, 8), "linear")),
        ((4, 3), Upsample((2, 3), "linear_align_corners")),
        ((5,), Resize((8,))),
    ],
    ids=str,
)
def test_before_up_sampling(spatial: tuple[int, ...], up: Upsample | Resize) -> None:
    plan = _plan(spatial, up)
    done = check(plan, BOTH, float32=up.interpolation != "nearest")
    assert [type(node.op) for node in done.plan.nodes[2:4]] == [Conv, type(up)]
    assert [node.name for node in done.plan.nodes[2:4]] == ["n3", "n2"]
    factor = plan.by_name["n3"].spec.positions / done.plan.by_name["n3"].spec.positions
    assert plan.macs_of(plan.by_name["n3"]) == factor * done.plan.macs_of(done.plan.by_name["n3"])
    assert len(rewritten(plan, BOTH).steps) == 1


def test_an_activation_goes_along_before_nearest_only() -> None:
    fused = replace(_conv(3, 1, 1), activation="tanh")
    done = check(_plan((4,), Upsample((2,)), fused), BOTH, float32=False)
    assert len(done.steps) == 1
    assert applied(_plan((4,), Upsample((2,), "linear"), fused), BOTH).steps == ()


@pytest.mark.parametrize(
    "ops",
    [
        (Upsample((2,)), _conv(3, 3, 1), _conv(2, 1, 1)),
        (Upsample((2,)), replace(_conv(3, 1, 1), strides=(2,)), _conv(2, 1, 1)),
        (Upsample((2,)), replace(_conv(4, 1, 1), groups=2), _conv(2, 1, 1)),
        (Upsample((2,)), _conv(3, 1, 1)),
        (Activation("relu"), _conv(3, 1, 1), _conv(2, 1, 1)),
    ],
    ids=["kernel", "strides", "groups", "output", "no up-sampling"],
)
def test_refused(ops: tuple[Any, ...]) -> None:
    assert applied(chain(TensorSpec((4,), 2), *ops), BOTH).steps == ()


def test_refused_where_the_up_sampled_is_used_elsewhere_or_weights_are_shared() -> None:
    builder = Builder(TensorSpec((4,), 2))
    up = builder.add(Upsample((2,)), builder.input, name="up")
    conv = builder.add(_conv(2, 1, 1), up, name="conv")
    plan = builder.finish(builder.add(Add(), up, conv, name="sum"))
    assert list(BOTH[0].changes(Graph(plan))) == []
    builder = Builder(TensorSpec((4,), 2))
    x = builder.input
    for name in ("once", "again"):
        with builder.piece(name, weights_of=Piece("once")):
            x = builder.add(_conv(2, 1, 1), builder.add(Upsample((2,)), x, name="up"), name="conv")
    assert list(BOTH[0].changes(Graph(builder.finish(builder.add(Activation("relu"), x, name="end"))))) == []


def test_down_sizing_does_not_pay() -> None:
    plan = _plan((8,), Resize((4,)))
    assert len(applied(plan, BOTH).steps) == 1
    assert rewritten(plan, BOTH).steps == ()
