"""Ups against NumPy: PyTorch's transposed convolutions, sub-pixel starts, and convolutions around them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import unetgen
from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError
from unetgen.plan.ops import Conv, Crop, TransposedConv, Upsample

BELOW, UP = "encoder_level1_conv1_activation", "decoder_level0_up"


def pytorch_transposed(x: np.ndarray, kernel: np.ndarray, stride: int, padding: int, more: int) -> np.ndarray:
    """ConvTranspose1d as its documentation has it: every input scattered, `padding` cut on both sides, and
    `more` (the output padding) positions longer at the end."""
    taps = kernel.shape[0]
    full = np.zeros((x.shape[0], (x.shape[1] - 1) * stride + taps + more, kernel.shape[1]))
    for place in range(x.shape[1]):
        for tap in range(taps):
            full[:, place * stride + tap] += x[:, place] @ kernel[tap].T
    return full[:, padding : full.shape[1] - padding]


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "more"),
    [
        (3, 2, 1, 1),
        (5, 2, 2, 1),
        (4, 2, 1, 0),
        (2, 2, 0, 0),
        (4, 3, 1, 1),
        (6, 3, 2, 1),
        (5, 3, 1, 0),
        (3, 3, 0, 0),
    ],
)
def test_a_transposed_convolution_under_torch_is_pytorchs(
    kernel: int, stride: int, padding: int, more: int
) -> None:
    size = 5 * stride
    net = Network(
        (size,), padding="torch", down={"kind": "max_pool", "size": stride},
        up={"kind": "transposed", "kernel": kernel, "use_bias": False},
    )  # fmt: skip
    cropped = f"{UP}_crop" in net.plan.by_name
    x, found = net.outputs(BELOW, f"{UP}_crop" if cropped else UP)
    (weights,) = net.weights(UP)
    expected = pytorch_transposed(x, weights, stride, padding, more)
    assert expected.shape[1] == size
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert cropped == ((kernel - stride) % 2 == 1)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 2, 1), (5, 2, 2), (4, 3, 1)])
def test_without_output_padding_it_is_one_shorter(kernel: int, stride: int, padding: int) -> None:
    size = 5 * stride
    net = Network(
        (size,), padding="torch", down={"kind": "max_pool", "size": stride}, resize="resize_to_skip",
        up={"kind": "transposed", "kernel": kernel, "use_bias": False, "output_padding": 0},
    )  # fmt: skip
    x, found = net.outputs(BELOW, f"{UP}_crop")
    expected = pytorch_transposed(x, net.weights(UP)[0], stride, padding, 0)
    assert expected.shape[1] == size - 1
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("padding", "kernel"), [("same", 3), ("torch", 4)])
def test_an_output_padding_that_is_not_there_is_refused(padding: str, kernel: int) -> None:
    with pytest.raises(ConfigError, match=r"up\.output_padding: there is no output padding to leave out"):
        plan((12,), padding=padding, up={"kind": "transposed", "kernel": kernel, "output_padding": 0})


def test_a_kernel_may_exceed_the_factor_unevenly_on_one_axis() -> None:
    made = plan((8, 9, 4), padding="torch", down={"kind": "max_pool", "size": [2, 3, 1]},
                up={"kind": "transposed", "kernel": [3, 5, 1]}).by_name  # fmt: skip
    assert made[UP].op.padding == "valid"  # type: ignore[attr-defined]
    assert made[f"{UP}_crop"].op == Crop(((1, 0), (1, 1), (0, 0)))
    assert made[f"{UP}_crop"].spec.spatial == (8, 9, 4)


@pytest.mark.parametrize(("kernel", "stride"), [(1, 2), (2, 3), (2, 1), (4, 1)])
def test_kernels_that_no_padding_of_pytorchs_fits_are_refused(kernel: int, stride: int) -> None:
    with pytest.raises(ConfigError, match="no padding of PyTorch's gives size"):
        plan((12,), padding="torch", down={"kind": "max_pool", "size": stride},
             up={"kind": "transposed", "kernel": kernel})  # fmt: skip


@pytest.mark.parametrize("padding", ["same", "torch", "valid"])
def test_kernels_as_large_as_the_factor_are_lowered_as_before(padding: str) -> None:
    made = plan((28,), padding=padding, up="transposed").by_name
    expected = TransposedConv(4, (2,), (2,), padding="valid" if padding == "valid" else "same")
    assert made[UP].op.infer((made[BELOW].spec,)) == expected.infer((made[BELOW].spec,))
    assert made[UP].op.padding == expected.padding  # type: ignore[attr-defined]
    assert f"{UP}_crop" not in made


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("spatial", [(8,), (4, 6), (4, 2, 4)])
def test_icnr_starts_as_nearest_up_sampling(spatial: tuple[int, ...], data_format: str) -> None:
    spread = {}
    for icnr in (True, False):
        net = Network(spatial, data_format, up={"kind": "pixel_shuffle", "icnr": icnr, "kernel": 3})
        net.model = unetgen.build(net.config)  # with its initial weights, not the random ones
        (found,) = net.outputs(UP)
        split = [part for n in spatial for part in (n // 2, 2)]
        blocks = found.reshape(2, *split, found.shape[-1])
        places = tuple(2 + 2 * axis for axis in range(len(spatial)))
        spread[icnr] = (blocks.max(axis=places) - blocks.min(axis=places)).max()
        assert found.std() > 1e-3
    assert spread[True] < 1e-5 < 1e-3 < spread[False]


def test_icnr_changes_no_architecture_and_no_count() -> None:
    with_it, without = (plan((8, 8), up={"kind": "pixel_shuffle", "icnr": icnr}) for icnr in (True, False))
    assert with_it.fingerprint == without.fingerprint
    assert with_it.params == without.params


@pytest.mark.parametrize("kind", ["nearest", "linear", "transposed", "pixel_shuffle"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_the_convolution_stands_where_it_is_placed(kind: str, place: str) -> None:
    conv = {"kernel": 1, "place": place, "use_bias": False, "norm": False, "activation": False}
    made = plan((8, 8), up={"kind": kind, "filters": "skip", "conv": conv}).by_name
    node = made[f"{UP}_conv"]
    assert node.spec.spatial == ((4, 4) if place == "before" else (8, 8))
    assert node.spec.channels == 4
    assert node.op.use_bias is False  # type: ignore[attr-defined]
    assert made["decoder_level0_skip"].inputs[0] == (UP if place == "before" else f"{UP}_conv")


def test_a_convolution_before_linear_up_sampling_gives_the_same_as_after_it() -> None:
    conv = {"kernel": 1, "norm": False, "activation": False}
    found = []
    for place in ("before", "after"):
        up = {"kind": "linear", "filters": "skip", "conv": {**conv, "place": place}}
        net = Network((8, 6), up=up)
        found += net.outputs(UP if place == "before" else f"{UP}_conv")
    np.testing.assert_allclose(
        found[0], found[1], rtol=1e-3, atol=1e-3
    )  # a 1x1 convolution and the mean commute


def test_filters_may_be_said_for_each_step() -> None:
    fields: dict[str, Any] = {"depth": 4, "decoder": {"filters": [16, 16, 16]}}
    made = plan((16, 16), up={"kind": "transposed", "filters": ["keep", 5, "half"]}, **fields).by_name
    channels = [made[f"decoder_level{level}_up"].spec.channels for level in range(3)]
    assert channels == [16, 5, 16]  # of 16, 16 and the bottom's 32
    with pytest.raises(ConfigError, match=r"up.filters: has 2 entries for 3 steps"):
        plan((16, 16), up={"kind": "transposed", "filters": ["keep", 5]}, **fields)


def test_up_sampling_without_a_convolution_is_one_node() -> None:
    for kind, interpolation in (("nearest", "nearest"), ("linear", "linear")):
        made = plan((8, 8), up=kind).by_name
        assert made[UP].op == Upsample((2, 2), interpolation)  # type: ignore[arg-type]
    assert math.prod(made[UP].spec.spatial) == 64


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("size", [12, 14])
def test_a_bottleneck_is_a_transposed_convolution_between_two_small_ones(size: int, data_format: str) -> None:
    up = {"kind": "bottleneck", "ratio": 3, "kernel": 4, "filters": 5, "use_bias": True}
    net = Network((size,), data_format, padding="torch", use_bias=False, norm="batch", up=up)
    pieces = [f"{UP}_{piece}" for piece in ("reduce", "enlarge", "expand")]
    x, *found = net.outputs(BELOW, *(f"{piece}_activation" for piece in pieces))
    kernels = [net.weights(piece) for piece in pieces]
    assert [kernel.shape for kernel, *_ in kernels] == [(1, 8, 2), (4, 2, 2), (1, 2, 5)]
    assert [len(weights) for weights in kernels] == [1, 2, 1]
    expected = [x @ kernels[0][0][0], 0, 0]
    expected[1] = pytorch_transposed(found[0], kernels[1][0], 2, 1, 0) + kernels[1][1]
    expected[2] = found[1] @ kernels[2][0][0]
    for piece, before, after in zip(pieces, expected, found, strict=True):
        gamma, beta, mean, variance = net.weights(f"{piece}_norm")
        normed = (before - mean) / np.sqrt(variance + net.config.norm.epsilon) * gamma + beta  # type: ignore[union-attr]
        np.testing.assert_allclose(after, np.maximum(normed, 0), rtol=1e-3, atol=1e-3)


def test_a_bottleneck_has_a_factor_and_a_kernel_per_axis() -> None:
    made = plan((8, 9, 4), padding="torch", down={"kind": "max_pool", "size": [2, 3, 1]},
                up={"kind": "bottleneck", "kernel": [4, 5, 3]}).by_name  # fmt: skip
    assert made[f"{UP}_enlarge"].op.strides == (2, 3, 1)  # type: ignore[attr-defined]
    assert made[f"{UP}_expand"].spec.spatial == (8, 9, 4)


def test_a_bottleneck_follows_the_order_without_dropout() -> None:
    made = plan((8,), norm="batch", dropout=0.5, order=["norm", "activation", "conv", "dropout"],
                up="bottleneck").by_name  # fmt: skip
    pieces = [name.removeprefix(f"{UP}_") for name in made if name.startswith(UP)]
    assert pieces == [
        *("reduce_norm", "reduce_activation", "reduce"),
        *("enlarge_norm", "enlarge_activation", "enlarge"),
        *("expand_norm", "expand_activation", "expand"),
    ]


@pytest.mark.parametrize("up", ["nearest", "linear", "transposed", "pixel_shuffle"])
def test_one_more_convolution_keeps_the_channels_that_come_in(up: str) -> None:
    conv = {"kernel": 1, "first": 3, "place": "before", "norm": False}
    made = plan((8, 8), up={"kind": up, "filters": "skip", "conv": conv}, use_bias=False).by_name
    first, second = made[f"{UP}_first"], made[f"{UP}_conv"]
    assert isinstance(first.op, Conv)
    assert (first.inputs, first.spec.channels, first.op.kernel) == ((BELOW,), 8, (3, 3))
    assert second.inputs == (f"{UP}_first_activation",)
    assert second.spec.channels == made[UP].spec.channels == 4
