"""What makes a plan valid, and what its fingerprint is of."""

from __future__ import annotations

from dataclasses import replace

import pytest

import unetgen
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan, PlanError, verify
from unetgen.plan.ops import Activation, Add, Concat, Conv, Pool
from unetgen.plan.tensor import TensorSpec

CONV = Conv(4, (3, 3), (1, 1), (1, 1))


def small() -> Plan:
    b = Builder(TensorSpec((6, 8), 2))
    with b.scope("a"):
        x = b.add(CONV, b.input)
        y = b.add(Activation("relu"), x, name="activation")
    return b.finish(b.add(Concat(), x, y, name="joined"))


def test_nodes_are_named_after_their_scope() -> None:
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
            replace(n, name=f"x_{n.name}", inputs=tuple(f"x_{i}" for i in n.inputs), scope="s")
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
    plan = unetgen.plan(unetgen.load("quickstart2d"))
    assert plan.params == plan.trainable_params + plan.non_trainable_params
    assert plan.params == sum(w.size for n in plan.nodes for w in plan.weights(n))
    assert plan.output_shapes == ((128, 128, 2),)
