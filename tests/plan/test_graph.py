"""What makes a plan valid, and what its fingerprint is of."""

from __future__ import annotations

from dataclasses import replace

import pytest

import unetgen
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan, PlanError
from unetgen.plan.ops import (
    Activation,
    Add,
    Concat,
    Conv,
    GlobalPool,
    Multiply,
    Op,
    Pad,
    PixelUnshuffle,
    Pool,
)
from unetgen.plan.place import Piece, Place
from unetgen.plan.tensor import TensorSpec
from unetgen.plan.verify import verify

CONV = Conv(4, (3, 3), (1, 1), (1, 1))
ELSEWHERE = Place(pieces=(Piece("elsewhere"),))


def small() -> Plan:
    b = Builder(TensorSpec((6, 8), 2))
    with b.piece("a"):
        x = b.add(CONV, b.input)
        y = b.add(Activation("relu"), x, name="activation")
    return b.finish(b.add(Concat(), x, y, name="joined"))


def test_nodes_are_named_after_their_place() -> None:
    assert [node.name for node in small().nodes] == ["input", "a", "a_activation", "joined"]


def test_a_verified_plan_is_returned_unchanged() -> None:
    plan = small()
    assert verify(plan) is plan


@pytest.mark.parametrize(
    ("index", "change", "message"),
    [
        (2, {"name": "a"}, "its name is taken"),
        (1, {"name": "a/b"}, "not a Keras layer name"),
        (1, {"inputs": ("joined",)}, "does not stand before it"),
        (1, {"spec": TensorSpec((6, 8), 5)}, "not what its op gives"),
        (0, {"op": CONV}, "the input is the first node"),
        (1, {"place": Place("encoder", -1)}, "'encoder/level-1' has a negative number"),
    ],
)
def test_a_broken_node_is_named(index: int, change: dict[str, object], message: str) -> None:
    plan = small()
    nodes = list(plan.nodes)
    nodes[index] = replace(nodes[index], **change)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match=message):
        verify(replace(plan, nodes=tuple(nodes)))


def test_an_unused_node_is_an_error() -> None:
    b = Builder(TensorSpec((6,), 2))
    b.add(Activation("relu"), b.input, name="lost")
    with pytest.raises(PlanError, match="nothing uses it"):
        b.finish(b.add(Activation("tanh"), b.input, name="used"))


def test_merging_unequal_sizes_is_an_error() -> None:
    b = Builder(TensorSpec((6, 6), 2))
    half = b.add(Pool("max", (2, 2)), b.input, name="half")
    for op in (Concat(), Add()):
        b2 = Builder(TensorSpec((6, 6), 2))
        half = b2.add(Pool("max", (2, 2)), b2.input, name="half")
        with pytest.raises(PlanError, match="inputs differ"):
            b2.finish(b2.add(op, b2.input, half, name="merged"))


NO_GATE = "not a gate of the first"


@pytest.mark.parametrize(
    ("gate", "message"),
    [((6, 8, 4), None), ((1, 1, 4), None), ((6, 8, 1), None), ((6, 8, 2), NO_GATE), ((3, 8, 4), NO_GATE)],
)
def test_a_gate_has_one_value_or_all_on_each_axis(gate: tuple[int, int, int], message: str | None) -> None:
    b = Builder(TensorSpec((6, 8), 4))
    x = b.input
    if gate[0] == 1:
        x = b.add(GlobalPool(), x, name="pool")
    elif gate[0] == 3:
        x = b.add(Pool("max", (2, 1)), x, name="half")
    x = b.add(Conv(gate[2], (1, 1), (1, 1), (1, 1)), x, name="gate")
    gated = b.add(Multiply(), b.input, x, name="gated")
    if message is None:
        assert b.finish(gated).by_name["gated"].spec == TensorSpec((6, 8), 4)
        return
    with pytest.raises(PlanError, match=message):
        b.finish(gated)


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (Conv(4, (1, 1), (1, 1), (1, 1), groups=2), "2 groups do not divide"),
        (Conv(5, (1, 1), (1, 1), (1, 1), groups=3), "3 groups do not divide"),
        (PixelUnshuffle((2, 3)), "do not divide"),
    ],
)
def test_channels_and_sizes_that_do_not_divide_are_refused(op: Op, message: str) -> None:
    b = Builder(TensorSpec((6, 8), 3))
    with pytest.raises(PlanError, match=message):
        b.finish(b.add(op, b.input, name="x"))


def repeated(first: Op = CONV, second: Op = CONV, channels: int = 4) -> Plan:
    """One node, and a second that uses its weights."""
    b = Builder(TensorSpec((6, 8), channels))
    with b.piece("step", 1):
        x = b.add(first, b.input)
    with b.piece("step", 2, weights_of=Piece("step", 1)):
        x = b.add(second, x)
    return b.finish(x)


def test_shared_weights_are_counted_once_and_their_work_twice() -> None:
    plan = repeated()
    once = CONV.weights((TensorSpec((6, 8), 4),))
    assert plan.by_name["step2"].weights_of == "step1"
    assert plan.params == sum(weight.size for weight in once)
    assert plan.macs == 2 * plan.macs_of(plan.nodes[1])


@pytest.mark.parametrize(
    ("second", "channels"),
    [
        (replace(CONV, kernel=(1, 1)), 4),
        (replace(CONV, use_bias=False), 4),
        (replace(CONV, strides=(2, 1)), 4),
        (CONV, 3),
    ],
)
def test_only_an_equal_op_on_equal_channels_shares_weights(second: Conv, channels: int) -> None:
    with pytest.raises(PlanError, match="cannot use the weights of 'step1'"):
        repeated(CONV, second, channels)


def test_weights_are_shared_with_an_earlier_owner_only() -> None:
    plan = repeated()
    first, middle, last = plan.nodes
    for broken in (replace(last, weights_of="step2"), replace(last, weights_of="nobody")):
        with pytest.raises(PlanError, match="is not an earlier node with its own"):
            verify(Plan((first, middle, broken), plan.outputs))
    own = replace(last, weights_of=None)
    assert verify(Plan((first, middle, own), plan.outputs)).fingerprint != plan.fingerprint


def test_fields_that_came_later_leave_old_fingerprints() -> None:
    # Written down before convolutions had groups, poolings strides and paddings a mode.
    b = Builder(TensorSpec((6, 8), 2))
    x = b.add(CONV, b.input, name="conv")
    x = b.add(Pad(((1, 1), (0, 2))), x, name="pad")
    plan = b.finish(b.add(Pool("max", (2, 2)), x, name="pool"))
    assert plan.fingerprint == "4af1d9d6ba3cd7fa8e10a04a0bc8615566770a84d84f10dd7bc337af196dba5a"
    for old, new in (
        (CONV, replace(CONV, groups=2)),
        (Pool("max", (2, 2)), Pool("max", (2, 2), (1, 1))),
        (Pool("max", (2, 2)), Pool("max", (2, 2), padding="same")),
        (Pad(((1, 1), (0, 0))), Pad(((1, 1), (0, 0)), "edge")),
    ):
        assert alone(old).fingerprint != alone(new).fingerprint


def alone(op: Op) -> Plan:
    b = Builder(TensorSpec((6, 8), 2))
    return b.finish(b.add(op, b.input, name="x"))


def test_two_nodes_of_one_name_are_refused_when_added() -> None:
    b = Builder(TensorSpec((6,), 2))
    b.add(Activation("relu"), b.input, name="x")
    with pytest.raises(ValueError, match="two nodes named 'x'"):
        b.add(Activation("relu"), b.input, name="x")


def test_builder_notes_axes_that_are_too_small_and_goes_on() -> None:
    b = Builder(TensorSpec((2, 9), 1))
    b.add(Conv(1, (3, 3), (1, 1), (1, 1), "valid"), b.input, name="c")
    assert [failure.axis for failure in b.failures] == [0]


def test_fingerprint_ignores_names_initializers_and_seed() -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d"))
    renamed = Plan(
        tuple(
            replace(n, name=f"x_{n.name}", inputs=tuple(f"x_{i}" for i in n.inputs), place=ELSEWHERE)
            for n in plan.nodes
        ),
        tuple(f"x_{name}" for name in plan.outputs),
    )
    assert verify(renamed).fingerprint == plan.fingerprint
    for override in ("kernel_initializer=he_normal", "seed=3", "name=other", "compile.loss=dice"):
        assert unetgen.plan(unetgen.load("quickstart2d", [override])).fingerprint == plan.fingerprint


@pytest.mark.parametrize(
    "override",
    [
        "depth=3",
        "norm={kind: batch, epsilon: 1e-4}",
        "activation=elu",
        "activation={kind: leaky_relu, negative_slope: 0.1}",
        "use_bias=false",
        "skip.order=skip_first",
        "input.shape=[64,64]",
        "down=average_pool",
        "dropout=0.1",
        "padding=valid input.shape=[140,140]",
        "order=[conv,activation,norm]",
    ],
)
def test_fingerprint_tells_architectures_apart(override: str) -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d"))
    overrides = override.split(" input.") if " input." in override else [override]
    overrides = [overrides[0], *(f"input.{rest}" for rest in overrides[1:])]
    assert unetgen.plan(unetgen.load("quickstart2d", overrides)).fingerprint != plan.fingerprint


def test_counts_of_the_plan_are_sums_over_its_nodes() -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d", ["input.shape=[128,128]"]))
    assert plan.params == plan.trainable_params + plan.non_trainable_params
    assert plan.params == sum(w.size for n in plan.nodes for w in plan.weights(n))
    assert plan.output_shapes == ((128, 128, 2),)
