"""Heads: fused ones against NumPy on the scores of the single ones, hidden convolutions, what is refused."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from unetgen.errors import ConfigError
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv

Array = np.ndarray
TINY = ("depth=3", "base_filters=2", "conv_widths=[1]", "num_classes=3", "norm=batch", "up=nearest")


def overrides(*more: str) -> list[str]:
    return [*TINY, "input={shape: [8, 12], channels: 1}", *more]


def plan_of(*more: str) -> Plan:
    return unetgen.plan(unetgen.load("quickstart2d", overrides(*more)))


def values(model: keras.Model, x: Array, *names: str) -> list[Array]:
    """What the layers of these names give, channels last."""
    inner = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    return [np.asarray(value, "float64") for value in inner([x], training=False)]


def nearest(x: Array, factor: int) -> Array:
    return x.repeat(factor, 1).repeat(factor, 2)


def linear(x: Array, factor: int) -> Array:
    """Half-pixel centres and clamped edges, an axis at a time."""
    for axis in (1, 2):
        size = x.shape[axis]
        at = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if a == axis else 1 for a in range(4)])
        x = x.take(low, axis) * (1 - share) + x.take(np.minimum(low + 1, size - 1), axis) * share
    return x


def softmax(x: Array) -> Array:
    raised = np.exp(x - x.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def built(*more: str) -> tuple[keras.Model, Array]:
    model = unetgen.build(unetgen.load("quickstart2d", overrides(*more)))
    for layer in model.layers:  # biases that are not all zero
        if layer.name.startswith("head") and layer.get_weights():
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, np.linspace(-1, 1, bias.size)])
    return model, np.random.default_rng(0).normal(size=(2, 8, 12, 1)).astype("float32")


@pytest.mark.parametrize(("interpolation", "up"), [("nearest", nearest), ("linear", linear)])
def test_summed_heads_are_added_from_the_coarsest_up(interpolation: str, up: Any) -> None:
    model, x = built(f"head.deep_supervision={{levels: 2, fuse: sum, interpolation: {interpolation}}}")
    main, middle, bottom = values(model, x, "head", "head_level1", "head_level2")
    assert bottom.shape[1:3] == (2, 3)  # the bottom level has a head too
    wanted = softmax(up(up(bottom, 2) + middle, 2) + main)
    assert len(model.outputs) == 1
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, atol=1e-6)


def test_concatenated_heads_make_the_first_output_and_are_outputs_themselves() -> None:
    model, x = built("head.deep_supervision={levels: 2, fuse: concat}", "head.kernel=3")
    scores = values(model, x, "head", "head_level1", "head_level2")
    scores = [scores[0], linear(scores[1], 2), linear(scores[2], 4)]
    kernel, bias = model.get_layer("head_fuse").get_weights()
    assert kernel.shape == (1, 1, 9, 3)
    fused = np.concatenate(scores, -1) @ kernel[0, 0].astype("float64") + bias
    outputs = model.predict(x, verbose=0)
    assert len(outputs) == 4
    for output, score in zip(outputs, [fused, *scores], strict=True):
        np.testing.assert_allclose(output, softmax(score), atol=1e-6)


def test_sides_may_be_left_out_and_the_weights_follow_the_outputs() -> None:
    sides, alone = (
        unetgen.load("quickstart2d", overrides(f"head.deep_supervision={{levels: 2, fuse: concat{more}}}"))
        for more in ("", ", sides: false")
    )
    assert sides.head.deep_supervision and alone.head.deep_supervision
    assert sides.head.deep_supervision.loss_weights == (1.0,) * 4
    assert alone.head.deep_supervision.loss_weights == (1.0,)
    assert len(unetgen.plan(alone).outputs) == 1
    assert unetgen.plan(alone).params == unetgen.plan(sides).params


def test_a_concatenating_head_has_the_parameters_of_u2net() -> None:
    """Side convolutions 3x3 on six levels to one class, and a 1x1 one on them all (arXiv 2005.09007)."""
    plan = plan_of(
        "depth=6", "input.shape=[32,32]", "filters=[64, 128, 256, 512, 512, 512]", "num_classes=1",
        "decoder={filters: [64, 64, 128, 256, 512]}", "head.kernel=3",
        "base_filters=null", "conv_widths=null", "compile={loss: dice, metrics: []}",
        "head.deep_supervision={levels: 5, fuse: concat}",
    )  # fmt: skip
    found = [plan.params_of(node) for node in plan.nodes if node.scope.startswith("head")]
    sides = [9 * channels + 1 for channels in (64, 64, 128, 256, 512, 512)]
    assert [count for count in found if count] == [*sides, 6 + 1]
    assert plan.output_shapes == ((32, 32, 1),) * 7


def test_hidden_convolutions_come_before_the_classes() -> None:
    """V-Net's end: 5x5 to as many channels as there are classes, PReLU, then 1x1 (arXiv 1606.04797)."""
    plan = plan_of("head.hidden={filters: [8, classes], kernel: 5}", "activation=prelu", "norm=none")
    head = [node for node in plan.nodes if node.scope.startswith("head")]
    assert [node.name for node in head] == [
        "head_conv1", "head_conv1_activation", "head_conv2", "head_conv2_activation", "head",
        "head_activation",
    ]  # fmt: skip
    convs = [node.op for node in head if isinstance(node.op, Conv)]
    assert [(op.kernel, op.filters) for op in convs] == [((5, 5), 8), ((5, 5), 3), ((1, 1), 3)]
    bare = plan_of("head.hidden={filters: 8, norm: false, activation: false}")
    assert [n.name for n in bare.nodes if n.scope.startswith("head")] == [
        "head_conv1",
        "head",
        "head_activation",
    ]


def test_hidden_convolutions_and_pre_activations_follow_the_decoder() -> None:
    plan = plan_of(
        "head={pre_activation: true, hidden: 4}", "decoder={norm: {kind: group, groups: 2}, activation: elu}",
    )  # fmt: skip
    head: dict[str, Any] = {node.name: node.op for node in plan.nodes if node.scope.startswith("head")}
    assert list(head)[:3] == ["head_pre_norm", "head_pre_activation", "head_conv1"]
    assert {head["head_pre_norm"].groups, head["head_conv1_norm"].groups} == {2}
    assert {head["head_pre_activation"].name, head["head_conv1_activation"].name} == {"elu"}
    before = plan_of("head.hidden=4", "order=[norm, activation, conv]")
    assert [node.name for node in before.nodes if node.scope.startswith("head")] == [
        "head_conv1_norm", "head_conv1_activation", "head_conv1", "head", "head_activation",
    ]  # fmt: skip


@pytest.mark.parametrize("fuse", ["none", "sum", "concat"])
def test_heads_of_a_padded_network_are_cropped_back(fuse: str) -> None:
    plan = plan_of(
        "input.shape=[7,9]", "resize=pad_and_crop",
        f"head.deep_supervision={{levels: 1, fuse: {fuse}, upsample: {str(fuse == 'none').lower()}}}",
    )  # fmt: skip
    assert set(plan.output_shapes) == {(7, 9, 3)}


def test_odd_sizes_are_resized_where_the_policy_resizes() -> None:
    odd = ("input.shape=[7,9]", "head.deep_supervision={levels: 2, fuse: sum}")
    assert plan_of(*odd, "resize=resize_to_skip").output_shapes == ((7, 9, 3),)


WRONG = {
    "head.deep_supervision={levels: 2, weights: [1, 1]}": r"weights: has 2 weights for 3 outputs",
    "head.deep_supervision={levels: 2, fuse: sum, weights: [1, 1]}": r"has 2 weights for 1 output ",
    "head.deep_supervision={levels: 2, fuse: concat, weights: [1, 1]}": r"has 2 weights for 4 outputs",
    "head.deep_supervision=3": r"a network of depth 3 has 2 coarser levels \(got 3\)",
    "head.hidden=classses": r"head.hidden(.filters)?: must be a positive whole number, or `classes`",
    "head.hidden={filters: 4, kernel: [3, 3, 3]}": r"head.hidden.kernel: has 3 numbers for 2 spatial axes",
}


@pytest.mark.parametrize("override", WRONG)
def test_what_does_not_fit_is_refused(override: str) -> None:
    with pytest.raises(ConfigError, match=WRONG[override]):
        plan_of(override)
