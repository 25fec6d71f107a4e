"""The attention gate against plain NumPy, its counts by hand, and how it joins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan, resized, sigmoid
from unetgen.errors import ConfigError
from unetgen.plan.ops import Activation, Add, Concat, Conv, Multiply, Norm

GATE = "decoder_level0_skip_gate"
BATCH = {"kind": "batch", "epsilon": 0.01}


def blocks_of(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """A convolution whose strides are its kernel's sizes: one product a block."""
    size, dims = kernel.shape[:-2], kernel.ndim - 2
    cut = tuple(n // k * k for n, k in zip(x.shape[1:-1], size, strict=True))
    x = x[(slice(None), *(slice(n) for n in cut))]
    shape = [part for n, k in zip(cut, size, strict=True) for part in (n // k, k)]
    x = x.reshape(x.shape[0], *shape, x.shape[-1])
    inner = tuple(2 + 2 * axis for axis in range(dims))
    return np.tensordot(x, kernel, axes=([*inner, x.ndim - 1], list(range(dims + 1))))


def normalized(net: Network, x: np.ndarray, name: str) -> np.ndarray:
    gamma, beta, mean, variance = net.weights(name)
    return (x - mean) / np.sqrt(variance + 0.01) * gamma + beta


def point(net: Network, x: np.ndarray, name: str) -> np.ndarray:
    kernel, bias = net.weights(name)
    return x @ kernel.reshape(kernel.shape[-2:]) + bias


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize(
    ("spatial", "size", "data_format"),
    # No last axis as long as a layer has filters: Keras 3.15 would add a channels_first bias along it.
    [
        ((10,), 2, "channels_first"),
        ((8, 9), [2, 3], "channels_first"),
        ((4, 6, 3), [2, 3, 1], "channels_first"),
        ((8, 6), [2, 3], "channels_last"),
        ((4, 6, 4), [2, 3, 1], "channels_last"),
    ],
)
def test_the_grid_gate_is_that_of_the_paper(
    spatial: tuple[int, ...], size: Any, data_format: str, residual: bool
) -> None:
    net = Network(
        spatial,
        data_format,
        norm=BATCH,
        down={"kind": "max_pool", "size": size},
        skip={"kind": "attention", "residual": residual},
    )
    skip, below, found = net.outputs(
        "encoder_level0_conv1_activation", "encoder_level1_conv1_activation", f"{GATE}_out_norm"
    )
    (theta,) = net.weights(f"{GATE}_theta")  # no bias
    gate = np.maximum(blocks_of(skip, theta) + point(net, below, f"{GATE}_phi"), 0)
    gate = resized(sigmoid(point(net, gate, f"{GATE}_psi")), spatial)
    gated = skip * gate + (skip if residual else 0)
    expected = normalized(net, point(net, gated, f"{GATE}_out"), f"{GATE}_out_norm")
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    assert gate.std() > 0.01


@pytest.mark.parametrize("spatial", [(10,), (8, 6), (4, 6, 4)])
def test_the_gate_of_the_up_sampled_tensor_is_normalized_thrice(spatial: tuple[int, ...]) -> None:
    net = Network(spatial, norm=BATCH, skip={"kind": "attention", "gating": "up", "order": "skip_first"})
    names = (
        "encoder_level0_conv1_activation",
        "decoder_level0_up",
        f"{GATE}_multiply",
        "decoder_level0_skip",
    )
    skip, up, found, joined = net.outputs(*names)
    parts = [
        normalized(net, point(net, x, f"{GATE}_{name}"), f"{GATE}_{name}_norm")
        for name, x in (("theta", skip), ("phi", up))
    ]
    psi = point(net, np.maximum(sum(parts), 0), f"{GATE}_psi")
    expected = skip * sigmoid(normalized(net, psi, f"{GATE}_psi_norm"))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(joined, np.concatenate([found, up], axis=-1))


@pytest.mark.parametrize(("filters", "inner"), [("half", 2), ("keep", 4), (7, 7)])
def test_filters_are_the_gates_channels(filters: str | int, inner: int) -> None:
    skip = {"kind": "attention", "filters": filters}
    gated, plain = plan((8, 8), skip=skip), plan((8, 8))
    # theta 2x2 without bias; phi of the bottom's 8 channels; psi; and 4 to 4 with a bias
    own = 2 * 2 * 4 * inner + (8 * inner + inner) + (inner + 1) + (4 * 4 + 4)
    assert gated.params == plain.params + own


@pytest.mark.parametrize(
    ("norm", "around", "psi"),
    [
        ({"kind": "group", "groups": 2}, Norm("group", 1e-3, groups=2), Norm("group", 1e-3, groups=1)),
        ("instance", Norm("instance", 1e-3), Norm("instance", 1e-3)),
        ("layer", Norm("layer", 1e-3), None),
        ("none", None, None),
    ],
)
def test_a_norm_of_its_own_stands_over_one_channel_only_where_it_can(
    norm: Any, around: Norm | None, psi: Norm | None
) -> None:
    nodes = plan((8, 8), norm="batch", skip={"kind": "attention", "gating": "up", "norm": norm}).by_name
    for name, op in (("theta", around), ("phi", around), ("psi", psi)):
        found = nodes.get(f"{GATE}_{name}_norm")
        assert (found.op if found else None) == op
    assert nodes["encoder_level0_conv1_norm"].op == Norm("batch", 1e-3, 0.99)


def test_a_gate_that_joins_by_addition_adapts_the_up_sampled_tensor() -> None:
    nodes = plan((8, 8), skip={"kind": "attention", "join": "add"}).by_name
    assert type(nodes["decoder_level0_skip"].op) is Add
    assert nodes["decoder_level0_skip"].inputs == ("decoder_level0_skip_projection", f"{GATE}_out")
    assert nodes["decoder_level0_skip"].spec.channels == 4


@pytest.mark.parametrize("gating", ["grid", "up"])
@pytest.mark.parametrize("resize", ["resize_to_skip", "pad_to_skip", "centre_crop"])
def test_gates_take_odd_sizes_as_the_resize_policy_has_them(gating: str, resize: str) -> None:
    made = plan((13, 9), depth=3, resize=resize, skip={"kind": "attention", "gating": gating})
    assert made.output_shapes == (((12, 8, 2) if resize == "centre_crop" else (13, 9, 2)),)


def test_every_skip_of_a_nested_network_has_its_own_gate() -> None:
    made = plan((8, 8), depth=3, topology="unet_plus_plus", skip={"kind": "attention", "gating": "up"})
    last = made.by_name["decoder_level0_skip"]
    assert type(last.op) is Concat
    assert last.inputs[1:] == (f"{GATE}_multiply", "decoder_level0_skip_gate2_multiply")
    gates = [node for node in made.nodes if type(node.op) is Multiply]
    assert len(gates) == 1 + 1 + 2
    assert all(made.by_name[gate.inputs[1]].op == Activation("sigmoid") for gate in gates)


def test_the_bottom_is_the_signal_of_every_level_and_made_once() -> None:
    skip = {"kind": "attention", "gating": "bottom", "signal_filters": 5}
    made = plan((16, 16), depth=3, norm="batch", skip=skip).by_name
    signal = "decoder_level1_skip_gate_signal"
    assert made[signal].inputs == ("encoder_level2_conv1_activation",)
    assert made[signal].spec.channels == 5
    for level in (0, 1):
        gate = f"decoder_level{level}_skip_gate"
        assert made[f"{gate}_phi"].inputs == (f"{signal}_activation",)
    assert made[f"{GATE}_phi_resize"].spec.spatial == (8, 8)  # of the finer level, half of whose size it is
    assert f"{GATE}_signal" not in made


def test_gates_of_other_signals_do_not_share_it() -> None:
    kinds = [{"gating": "bottom", "signal_filters": 5}, {"gating": "bottom", "signal_filters": 6}]
    skips = [{"kind": "attention", **kind} for kind in kinds]
    made = plan((16, 16), depth=3, skip=skips).by_name
    assert made[f"{GATE}_signal"].spec.channels == 5
    assert made["decoder_level1_skip_gate_signal"].spec.channels == 6
    grid = plan((16, 16), depth=3, skip={"kind": "attention", "signal_filters": 5}).by_name
    assert grid[f"{GATE}_signal"].inputs == ("decoder_level1_conv1_activation",)


@pytest.mark.parametrize("gating", ["grid", "bottom", "up"])
@pytest.mark.parametrize("use_bias", [False, True])
def test_a_bias_of_the_gate_is_one_of_all_its_convolutions(gating: str, use_bias: bool) -> None:
    skip = {"kind": "attention", "gating": gating, "use_bias": use_bias}
    gate = [
        node for node in plan((8, 8), skip=skip, use_bias=not use_bias).nodes if node.place.part == "skip"
    ]
    convs = [node.op.use_bias for node in gate if isinstance(node.op, Conv)]
    assert convs == [use_bias] * (3 if gating == "up" else 4)


@pytest.mark.parametrize("gating", ["grid", "up"])
def test_a_gate_per_channel_weighs_each_by_its_own(gating: str) -> None:
    net = Network((8, 6), norm=BATCH, skip={"kind": "attention", "gating": gating, "per_channel": True})
    last = f"{GATE}_psi_norm" if gating == "up" else f"{GATE}_psi"
    skip, psi, found = net.outputs("encoder_level0_conv1_activation", last, f"{GATE}_multiply")
    gate = sigmoid(psi) if gating == "up" else resized(sigmoid(psi), (8, 6))
    np.testing.assert_allclose(found, skip * gate, rtol=1e-3, atol=1e-4)
    assert gate.shape[-1] == skip.shape[-1] and gate.std(axis=-1).max() > 0.01


def test_an_up_sampled_signal_has_no_convolution_of_its_own() -> None:
    with pytest.raises(ConfigError, match=r"skip.signal_filters: is for a signal that is not up-sampled"):
        plan((8, 8), skip={"kind": "attention", "gating": "up", "signal_filters": 4})
