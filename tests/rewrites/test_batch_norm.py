"""Batch normalization and channel factors folded into convolutions, against Keras's models of both plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import unetgen
from tests.rewrites.checking import Pair, Spoiled, applied, assert_equivalent, chain, check
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Plan
from unetgen.plan.ops import (
    Activation,
    Concat,
    Conv,
    Crop,
    MergedConv,
    Norm,
    Op,
    Pool,
    Resize,
    Scale,
    TransposedConv,
    Upsample,
)
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import TensorSpec
from unetgen.rewrites import batch_norm
from unetgen.rewrites.batch_norm import FoldBatchNorm
from unetgen.rewrites.graph import Graph
from unetgen.rewrites.manager import rewritten

REWRITE = FoldBatchNorm()
BATCH = Norm("batch", 1e-3, 0.99)
PLAIN = Norm("batch", 0.25, 0.9, affine=False)
SCALED, CENTERED = (Norm("batch", 0.25, 0.9, affine=learned) for learned in ("scale", "center"))


def conv(*kernel: int, **changes: Any) -> Conv:
    ones = (1,) * len(kernel)
    return replace(Conv(4, kernel, ones, ones), **changes)


def up(*kernel: int, strides: Axes, **changes: Any) -> TransposedConv:
    return replace(TransposedConv(5, kernel, strides), **changes)


FOLDED: list[tuple[TensorSpec, tuple[Op, ...]]] = [
    (TensorSpec((7,), 3), (conv(3, use_bias=False), BATCH)),
    (TensorSpec((7,), 3), (conv(3), PLAIN)),
    (TensorSpec((6,), 3), (conv(3, use_bias=False), CENTERED)),
    (TensorSpec((6,), 3), (conv(3), SCALED)),
    (TensorSpec((5, 4), 2), (conv(3, 2, strides=(2, 1)), BATCH)),
    (TensorSpec((5, 4), 4), (conv(3, 3, filters=6, groups=2, padding="valid"), BATCH)),
    (TensorSpec((2, 3), 4), (up(3, 2, strides=(2, 3)), BATCH)),
    (TensorSpec((2, 3), 6), (up(3, 3, strides=(2, 2), filters=4, groups=2), BATCH)),
    (TensorSpec((3,), 5), (up(3, strides=(2,), padding="valid", groups=5), Scale())),
    (TensorSpec((2, 3, 2), 3), (up(2, 2, 2, strides=(1, 2, 2), use_bias=False), PLAIN)),
    (TensorSpec((2, 3), 2), (up(3, 3, strides=(2, 2), padding="valid"), Crop(((0, 1), (1, 0))), BATCH)),
    (TensorSpec((3, 2), 2), (conv(1, 1), Upsample((2, 2)), Crop(((1, 0), (0, 0))), BATCH)),
    (TensorSpec((3, 2), 2), (conv(1, 3), Resize((5, 5)), BATCH)),
    (TensorSpec((4, 3, 2), 2), (conv(3, 3, 3, filters=3), Scale())),
    (TensorSpec((6,), 3), (conv(3), Scale(), BATCH)),
    # before the convolution
    (TensorSpec((7,), 3), (BATCH, conv(3, padding="valid", use_bias=False))),
    (TensorSpec((5, 4), 3), (PLAIN, conv(1, 1, strides=(2, 1)))),
    (TensorSpec((7,), 3), (CENTERED, conv(3, padding="valid"))),
    (TensorSpec((5, 4), 4), (BATCH, conv(3, 2, filters=6, groups=2, padding="valid", dilation=(1, 2)))),
    (TensorSpec((4, 3), 4), (Scale(), conv(3, 3, use_bias=False))),
]
"""Chains of which only what is no map of channels remains."""


@pytest.mark.parametrize(("spec", "ops"), FOLDED)
def test_outputs_are_equal_to_the_last_bit_on_integers_and_within_rounding_on_others(
    spec: TensorSpec, ops: tuple[Op, ...]
) -> None:
    done = check(chain(spec, *ops, Activation("relu")), [REWRITE], float32=spec.dims == 1)
    left = [type(node.op) for node in done.plan.nodes[1:-1]]
    assert left == [type(op) for op in ops if not isinstance(op, Norm | Scale)]
    (convolution,) = (node for node in done.plan.nodes if isinstance(node.op, Conv | TransposedConv))
    assert type(done.original.by_name[convolution.name].op) is type(convolution.op), "it keeps its name"


def test_numbers_of_a_small_example_are_those_found_by_hand() -> None:
    # sigma 2: 3 * (w x + 5 - 1) / 2 + 7 = 1.5 w x + 13
    plan = chain(TensorSpec((2,), 1), conv(1, filters=1), Norm("batch", 1.0, 0.9), Activation("relu"))
    one = {"n1": [np.full((1, 1, 1), 2.0, "float32"), np.full(1, 5.0, "float32")]}
    one["n2"] = [np.full(1, value, "float32") for value in (3.0, 7.0, 1.0, 3.0)]
    done = rewritten(plan, [REWRITE])
    kernel, bias = done.carried(one)["n1"]
    assert kernel.item() == 3.0 and bias.item() == 13.0
    assert kernel.dtype == bias.dtype == np.float32


def test_a_merged_convolution_takes_it_too() -> None:
    b = Builder(TensorSpec((3, 2), 2))
    merged = MergedConv(conv(3, 3, use_bias=False), ((1, 1), (1, 1)))
    twice = b.add(Activation("relu"), b.input, name="twice")
    x = b.add(merged, b.input, twice, name="merged")
    plan = b.finish(b.add(Activation("relu"), b.add(BATCH, x, name="norm"), name="end"))
    done = check(plan, [REWRITE])
    assert [node.name for node in done.plan.nodes] == ["input", "twice", "merged", "end"]
    assert len(done.plan.weights(done.plan.by_name["merged"])) == 2


@pytest.mark.parametrize(
    "ops",
    [
        (conv(3, 3, activation="relu"), BATCH),
        (conv(3, 3), Activation("relu"), BATCH),
        (conv(3, 3), Pool("max", (2, 2)), BATCH),  # a negative factor would make it a minimum
        (conv(3, 3), Norm("instance", 1e-3)),
        (BATCH, conv(3, 3)),  # zeros that are padded are not normalized
        (BATCH, up(2, 2, strides=(2, 2))),
    ],
)
def test_elsewhere_it_is_refused(ops: tuple[Op, ...]) -> None:
    plan = chain(TensorSpec((6, 6), 3), *ops, Activation("relu"))
    assert not list(REWRITE.changes(Graph(plan)))


def test_outputs_and_values_used_elsewhere_are_left() -> None:
    *nodes, _ = chain(TensorSpec((6,), 3), conv(3), BATCH, Activation("relu")).nodes
    assert not list(REWRITE.changes(Graph(Plan(tuple(nodes), ("n2",)))))
    b = Builder(TensorSpec((6,), 3))
    x = b.add(conv(3), b.input, name="conv")
    joined = b.add(Concat(), x, b.add(BATCH, x, name="norm"), name="joined")
    assert not list(REWRITE.changes(Graph(b.finish(joined))))


def test_shared_weights_are_left() -> None:
    plan = chain(TensorSpec((6,), 4), conv(3), BATCH, conv(3), BATCH, Activation("relu"))
    assert len(applied(plan, [REWRITE]).steps) == 2
    nodes = [replace(n, weights_of={"n3": "n1"}.get(n.name)) for n in plan.nodes]
    assert not list(REWRITE.changes(Graph(Plan(tuple(nodes), plan.outputs))))
    nodes = [replace(n, weights_of={"n4": "n2"}.get(n.name)) for n in plan.nodes]
    assert not list(REWRITE.changes(Graph(Plan(tuple(nodes), plan.outputs))))


@pytest.mark.parametrize("wrong", ["no bias", "filters swapped", "padded zeros forgotten"])
def test_a_wrong_map_is_found(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = chain(TensorSpec((6,), 3), conv(3), BATCH, Activation("relu"))
    rewrite: Any = REWRITE
    if wrong == "padded zeros forgotten":
        plan = chain(TensorSpec((6,), 3), Activation("tanh"), BATCH, conv(3), Activation("relu"))
        monkeypatch.setattr(batch_norm, "_convolution_after", lambda graph, node: graph["n3"])
    elif wrong == "no bias":
        rewrite = Spoiled(REWRITE, lambda held: [held[0], 0 * held[1]])
    else:
        rewrite = Spoiled(REWRITE, lambda held: [held[0][..., ::-1], held[1]])
    pair = Pair(applied(plan, [rewrite]), "float64")
    with pytest.raises(AssertionError):
        pair.assert_within_rounding()


def test_a_bundled_config_loses_all_its_normalizations_behind_convolutions() -> None:
    plan = unetgen.plan(unetgen.load("monai_unet3d_spleen", overrides=["input.shape=[32,32,32]"]))
    norms = [node for node in plan.nodes if type(node.op) is Norm]
    done = rewritten(plan, [REWRITE])
    assert len(done.steps) == len(norms) == 17
    assert not any(isinstance(node.op, Norm) for node in done.plan.nodes)
    assert done.plan.macs == plan.macs


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("monai_unet3d_spleen", ["input.shape=[16,16,16]", "depth=3", "base_filters=2"]),
        ("unet3d_2016", ["input.shape=[20,20,20]", "depth=2", "base_filters=2", "down.kind=strided_conv"]),
    ],
)
def test_bundled_configs_compute_the_same(name: str, overrides: list[str]) -> None:
    done = applied(unetgen.plan(unetgen.load(name, overrides=overrides)), [REWRITE])
    assert done.steps
    assert_equivalent(done, float32=False)
