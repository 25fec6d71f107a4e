"""What a training step makes twice: cheap, from the input on, and kept by nothing outside."""

from __future__ import annotations

import pytest

import unetgen
from tests.tiers import sampled
from unetgen.config.bundled import bundled_configs
from unetgen.config.execution import rewritten_for
from unetgen.plan.builder import Builder
from unetgen.plan.cheap import CheapBlock, cheap_block, with_activations_apart
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Add, Concat, Conv, Multiply, Norm
from unetgen.plan.ops.workspace import Kept
from unetgen.plan.place import Piece
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites.activation import FuseActivation
from unetgen.rewrites.manager import rewritten

QUICK = ("unet3d_depth2", "nnunet_brain_tumour_3d", "r2unet", "unet_3_plus", "vnet")


def _conv(filters: int, activation: str | None = None) -> Conv:
    return Conv(filters, (3,), (1,), (1,), activation=activation)


class Network(Builder):
    """``wide`` takes a fortieth of the multiplications of another 40 filters behind it."""

    def __init__(self) -> None:
        super().__init__(TensorSpec((16,), 1))

    def wide(self, activation: str | None = None) -> Node:
        return self.add(_conv(40, activation), self.input, name="wide")

    def ended(self, *last: Node) -> Plan:
        node = last[0] if len(last) == 1 else self.add(Add(), *last, name="sum")
        return self.finish(self.add(_conv(1), node, name="head"))


def test_the_first_convolution_and_what_follows_it_up_to_the_next_one() -> None:
    network = Network()
    norm = network.add(Norm("instance", 1e-3), network.wide(), name="norm")
    relu = network.add(Activation("relu"), norm, name="relu")
    wider = network.add(_conv(40), relu, name="wider")
    plan = network.ended(network.add(Activation("relu"), wider, name="last"))
    assert cheap_block(plan) == CheapBlock(frozenset({"wide", "norm", "relu"}), frozenset({"wider"}))


@pytest.mark.parametrize("filters", [60, 70])
def test_a_hundredth_of_a_step_is_three_of_a_forward_pass(filters: int) -> None:
    """Both first convolutions are one each of 2 + 1.025 * filters parts: 3 % of them are two from 64 on."""
    network = Network()
    both = [network.add(_conv(40), network.input, name=name) for name in ("a", "b")]
    joined = network.add(Add(), *both, name="joined")
    plan = network.ended(network.add(_conv(filters), joined, name="wider"))
    assert cheap_block(plan).inner == ({"a", "b", "joined"} if filters == 70 else set())


def test_a_skip_that_is_joined_is_not_kept_and_one_that_is_multiplied_is() -> None:
    for join, inner in ((Concat(), {"wide"}), (Multiply(), set())):
        network = Network()
        wide = network.wide("relu")
        wider = network.add(_conv(40), wide, name="wider")
        plan = network.ended(network.add(join, wide, wider, name="joined"))
        assert cheap_block(plan).inner == inner


def test_a_shortcut_from_the_input_is_cheap_too_and_the_sum_is_outside() -> None:
    network = Network()
    wide = network.wide("relu")
    wider = network.add(_conv(80), wide, name="wider")
    shortcut = network.add(_conv(80), network.input, name="shortcut")
    norm = network.add(Norm("batch", 1e-3), shortcut, name="norm")
    plan = network.ended(network.add(Norm("batch", 1e-3), wider, name="other"), norm)
    assert cheap_block(plan) == CheapBlock(frozenset({"wide"}), frozenset({"wider"}))
    less = network_with_a_narrow_shortcut()
    assert cheap_block(less) == CheapBlock(frozenset({"wide", "shortcut", "norm"}), frozenset({"wider"}))


def network_with_a_narrow_shortcut() -> Plan:
    network = Network()
    wider = network.add(_conv(80), network.wide("relu"), name="wider")
    pointwise = Conv(80, (1,), (1,), (1,))
    norm = network.add(
        Norm("batch", 1e-3), network.add(pointwise, network.input, name="shortcut"), name="norm"
    )
    return network.ended(wider, norm)


def test_what_makes_an_output_is_in_no_block() -> None:
    network = Network()
    assert cheap_block(network.finish(network.wide())) == CheapBlock()
    other = Network()
    wide = other.wide()
    plan = other.finish(wide, other.add(_conv(90), wide, name="b"))
    assert cheap_block(plan) == CheapBlock()


def test_calls_of_shared_weights_are_outside() -> None:
    builder = Builder(TensorSpec((16,), 1))
    with builder.piece("step", 1):
        node = builder.add(_conv(1), builder.input)
    with builder.piece("step", 2, weights_of=Piece("step", 1)):
        node = builder.add(_conv(1), node)
    node = builder.add(_conv(64), node, name="wide")
    plan = builder.finish(builder.add(_conv(64), node, name="wider"))
    assert plan.nodes[2].weights_of == plan.nodes[1].name
    assert plan.nodes[2].name not in cheap_block(plan).names


def test_an_end_gives_up_its_activation_and_nothing_else_changes() -> None:
    network = Network()
    wider = network.add(_conv(40, "relu"), network.wide("relu"), name="wider")
    again = network.add(_conv(40, "relu"), wider, name="again")
    plan = network.ended(again)
    apart = with_activations_apart(plan)
    assert [node.name for node in apart.nodes] == [
        "input",
        "wide",
        "wider",
        "wider_activation",
        "again",
        "head",
    ]
    assert apart.by_name["wider"].op == _conv(40)
    assert apart.by_name["wider_activation"].op == Activation("relu")
    assert apart.by_name["again"].inputs == ("wider_activation",)
    assert (apart.outputs, apart.params, apart.macs) == (plan.outputs, plan.params, plan.macs)
    assert cheap_block(apart) == cheap_block(plan)
    assert rewritten(apart, [FuseActivation()]).plan == plan
    assert with_activations_apart(apart) == apart


@pytest.mark.parametrize("name", sampled(bundled_configs(), first=QUICK))
@pytest.mark.parametrize("optimize", ["none", "training"])
def test_a_block_is_cheap_and_nothing_outside_keeps_what_is_in_it(name: str, optimize: str) -> None:
    config = unetgen.load(name, [f"execution={{layout: channels_last, optimize: {optimize}, remat: cheap}}"])
    plan = rewritten_for(unetgen.plan(config), config.execution).plan
    block = cheap_block(plan)
    assert not block.names.intersection(plan.outputs)
    assert 100 * sum(plan.macs_of(plan.by_name[each]) for each in block.inner) <= 3 * plan.macs
    for node in plan.nodes[1:]:
        if node.name in block.names:
            assert {plan.input.name, *block.inner}.issuperset(node.inputs)
        elif not block.inner.isdisjoint(node.inputs):
            assert node.op.kept in (Kept.NOTHING, Kept.OUTPUT)
        if node.name in block.ends:
            assert node.op.kept is Kept.INPUTS
