"""The manager: what pays, what is dropped, how weights go through several steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node, Plan, PlanError
from unetgen.plan.ops import Activation, Concat, Conv, MergedConv, Op, Upsample
from unetgen.plan.place import Piece, Place
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import FOR_INFERENCE, FOR_TRAINING, REWRITES
from unetgen.rewrites.graph import MACS_OF_A_VALUE, Change, Cost, Graph
from unetgen.rewrites.manager import rewritten
from unetgen.rewrites.rewrite import Rewrite

CONV = Conv(4, (3,), (1,), (1,))


class _Replaced(Rewrite):
    """Gives each node `name` another op, with a `carry` or without."""

    name, guarantee, for_training = "replaced", "bitwise", True

    def __init__(self, node: str, op: Op, **maps: Any) -> None:
        self.node, self.op, self.maps = node, op, maps

    def changes(self, graph: Graph) -> Iterator[Change]:
        node = graph.plan.by_name.get(self.node)
        if node is not None and node.op != self.op:
            spec = self.op.infer(graph.plan.input_specs(node))
            new = replace(node, op=self.op, spec=spec)
            yield Change((node.name,), (new,), (node.name, node.name), **self.maps)


class _Bypassed(Rewrite):
    """Takes a node away, and its input instead."""

    name, guarantee, for_training = "bypassed", "rounding", False

    def __init__(self, node: str) -> None:
        self.node = node

    def changes(self, graph: Graph) -> Iterator[Change]:
        if self.node in graph.plan.by_name:
            yield Change((self.node,), (), (self.node, graph[self.node].inputs[0]))


def _plan() -> Plan:
    """``input`` to ``a`` to ``relu`` to ``b``, and ``side``, a convolution of ``a``, joined with it."""
    builder = Builder(TensorSpec((8,), 4))
    a = builder.add(CONV, builder.input, name="a")
    relu = builder.add(Activation("relu"), a, name="relu")
    side = builder.add(CONV, a, name="side")
    b = builder.add(Concat(), relu, side, name="b")
    return builder.finish(builder.add(CONV, b, name="end"))


def _names(plan: Plan) -> list[str]:
    return [node.name for node in plan.nodes]


def test_what_nothing_uses_any_more_is_dropped() -> None:
    graph = Graph(_plan())
    end = replace(graph["end"], inputs=("relu",))
    after = graph.changed(Change(("end",), (end,), ("end", "end")))
    assert _names(after.plan) == ["input", "a", "relu", "end"]


def test_an_unused_input_and_owners_of_used_weights_stay() -> None:
    builder = Builder(TensorSpec((8,), 4))
    x = builder.input
    for name in ("once", "twice"):
        with builder.piece(name, weights_of=Piece("once")):
            x = builder.add(CONV, x, name="conv")
            x = builder.add(Activation("relu"), x, name="relu")
    plan = builder.finish(builder.add(CONV, x, name="end"))
    shared = Graph(plan).shared
    assert shared == {"once_conv", "twice_conv"}
    done = rewritten(plan, REWRITES)
    assert {name: done.plan.by_name[name].weights_of for name in shared} == {
        "once_conv": None,
        "twice_conv": "once_conv",
    }
    bypassed = rewritten(plan, [_Bypassed("once_relu")])
    assert _names(bypassed.plan) == ["input", "once_conv", "twice_conv", "twice_relu", "end"]
    # Weights whose owner computes nothing that is used would have no layer: refused, not dropped in silence.
    repeat = replace(Graph(plan)["twice_conv"], inputs=("input",))
    with pytest.raises(PlanError, match="'once_conv'"):
        Graph(plan).changed(Change(("twice_conv",), (repeat,), ("twice_conv", "twice_conv")))


def test_outputs_keep_their_names() -> None:
    plan = _plan()
    renamed = replace(plan.by_name["end"], name="other")
    with pytest.raises(PlanError, match="output 'end' would become 'other'"):
        Graph(plan).changed(Change(("end",), (renamed,), ("end", "other")))


def test_a_broken_change_is_refused() -> None:
    plan = _plan()
    wrong = replace(plan.by_name["a"], op=replace(CONV, filters=5))
    with pytest.raises(PlanError, match="'a': its spec is not what its op gives"):
        Graph(plan).changed(Change(("a",), (wrong,), ("a", "a")))


def test_new_nodes_stand_where_the_last_of_the_gone_stood() -> None:
    plan = _plan()
    a, relu = plan.by_name["a"], plan.by_name["relu"]
    first = Node("first", Activation("tanh"), ("a",), a.spec, Place())
    second = replace(relu, inputs=("first",))
    after = Graph(plan).changed(Change(("relu",), (first, second), ("relu", "relu"))).plan
    assert _names(after) == ["input", "a", "first", "relu", "side", "b", "end"]


@pytest.mark.parametrize(
    ("gain", "pays"),
    [
        (Cost(1, 0, 0), True),
        (Cost(0, 1, 0), True),
        (Cost(0, 0, 1), True),
        (Cost(MACS_OF_A_VALUE + 1, -1, -3), True),
        (Cost(-MACS_OF_A_VALUE, 1, 1), True),
        (Cost(0, 0, 0), False),
        (Cost(0, 0, -1), False),
        (Cost(MACS_OF_A_VALUE, -1, 0), False),
        (Cost(MACS_OF_A_VALUE - 1, -1, 5), False),
        (Cost(-MACS_OF_A_VALUE - 1, 1, 5), False),
    ],
    ids=str,
)
def test_a_change_pays_if_it_saves_work_or_as_much_work_needs_fewer_nodes(gain: Cost, pays: bool) -> None:
    assert gain.is_gain is pays


def test_steps_say_what_each_gained() -> None:
    plan = _plan()
    smaller = replace(CONV, kernel=(1,))
    done = rewritten(plan, [_Bypassed("relu"), _Replaced("side", smaller)])
    assert [(step.rewrite.name, step.gain) for step in done.steps] == [
        ("bypassed", Cost(0, 32, 1)),
        ("replaced", Cost(2 * 8 * 4 * 4, 0, 0)),
    ]
    assert (done.original, done.guarantee) == (plan, "rounding")
    assert done.plan.macs == plan.macs - 256
    assert rewritten(plan, [_Replaced("side", replace(CONV, kernel=(5,)))]).steps == ()
    assert rewritten(plan, []).guarantee == "bitwise"


def test_the_cost_of_a_merged_convolution_counts_its_terms_and_derived_kernels() -> None:
    builder = Builder(TensorSpec((4,), 3))
    up = builder.add(Upsample((2,)), builder.input, name="up")
    other = builder.add(Activation("tanh"), up, name="other")
    op = MergedConv(CONV, ((2,), (1,)))
    end = builder.add(op, builder.input, other, name="end")
    plan = builder.finish(end)
    # Input, up, other; two terms of the output; a kernel of 4 taps from 3 channels to 4 filters.
    assert Graph(plan).cost == Cost(plan.macs, 12 + 24 + 24 + 2 * 32 + 4 * 3 * 4, 4)


def test_weights_go_through_every_step() -> None:
    plan = _plan()

    def doubled(arrays: Any) -> Any:
        return {"side": [2 * value for value in arrays["side"]]}

    there = _Replaced("side", replace(CONV, kernel=(2,)), carry=doubled)
    again = _Replaced("end", replace(CONV, kernel=(1,)), carry=lambda arrays: {"end": arrays["side"]})
    arrays = {"a": [1.0], "side": [3.0, 4.0], "end": [5.0]}
    assert rewritten(plan, [there]).carried(arrays) == {"a": [1.0], "side": [6.0, 8.0], "end": [5.0]}
    assert rewritten(plan, [there, again]).carried(arrays)["end"] == [6.0, 8.0]
    assert rewritten(plan, [_Bypassed("relu")]).carried(arrays) == arrays


def test_a_value_used_twice_or_as_an_output_has_no_only_use() -> None:
    plan = _plan()
    graph = Graph(replace(plan, outputs=("relu", "end")))
    assert [name for name in _names(plan) if graph.only_use(name)] == ["input", "side", "b"]


def test_every_rewrite_says_what_it_is() -> None:
    names = [rewrite.name for rewrite in REWRITES]
    assert len(set(names)) == len(names)
    assert {rewrite.guarantee for rewrite in REWRITES} == {"bitwise", "rounding"}
    assert [rewrite for rewrite in REWRITES if rewrite.for_training] == list(FOR_TRAINING)
    assert {*FOR_TRAINING, *FOR_INFERENCE} == set(REWRITES)


def test_the_page_has_a_row_for_each() -> None:
    page = (Path(__file__).parents[2] / "docs" / "optimizing.md").read_text(encoding="utf-8")
    words = {"bitwise": "bit for bit", "rounding": "to rounding"}
    rows = []
    for rewrite in REWRITES:
        purpose = "both" if rewrite.for_training and rewrite.for_inference else "predictions"
        purpose = purpose if rewrite.for_inference else "training"
        rows.append(f"| {rewrite.name} | {words[rewrite.guarantee]} | {purpose} |")
    starts = [re.match(r"(\|[^|]*){3}\|", line) for line in page.splitlines()]
    found = [start[0] for start in starts if start]
    assert [row for row in found if row in rows] == rows
