"""Downs against NumPy: windows of their own, odd sizes, blurs, and space into channels."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError
from unetgen.plan.ops import BlurPool, Conv, Pool

BEFORE, AFTER = "encoder_level0_conv1_activation", "encoder_level1_down"


def pooled(x: np.ndarray, window: int, stride: int, starts: range, how: Any) -> np.ndarray:
    """`how` over the part of each window that lies inside, on every spatial axis."""
    axes: list[Any] = [[range(max(s, 0), min(s + window, n)) for s in starts] for n in x.shape[1:-1]]
    rows = [
        how(x[(slice(None), *np.ix_(*at))], tuple(range(1, x.ndim - 1))) for at in itertools.product(*axes)
    ]
    return np.stack(rows, axis=1).reshape(x.shape[0], *map(len, axes), x.shape[-1])


@pytest.mark.parametrize("spatial", [(7,), (7, 7)])
@pytest.mark.parametrize(("kind", "how"), [("max_pool", np.max), ("average_pool", np.mean)])
def test_ceil_pools_what_is_left_over(spatial: tuple[int, ...], kind: str, how: Any) -> None:
    net = Network(spatial, down={"kind": kind, "ceil": True}, resize="resize_to_skip")
    x, found = net.outputs(BEFORE, AFTER)
    np.testing.assert_allclose(found, pooled(x, 2, 2, range(0, 7, 2), how), rtol=1e-5)
    assert net.plan.output_shapes == ((*spatial, 2),)


@pytest.mark.parametrize(("size", "starts"), [(8, range(-1, 7, 2)), (7, range(-1, 7, 2))])
def test_a_max_pooling_of_three_pads_on_both_sides_as_pytorch_does(size: int, starts: range) -> None:
    net = Network(
        (size, size), padding="torch", activation="linear", down={"kind": "max_pool", "window": 3},
        resize="resize_to_skip",
    )  # fmt: skip
    x, found = net.outputs("encoder_level0_conv1", AFTER)
    assert x.min() < 0
    np.testing.assert_allclose(found, pooled(x, 3, 2, starts, np.max))


def test_an_average_pooling_of_three_counts_pytorchs_zeros() -> None:
    net = Network((8,), padding="torch", down={"kind": "average_pool", "window": 3})
    x, found = net.outputs(BEFORE, AFTER)
    np.testing.assert_allclose(found, pooled(x, 3, 2, range(-1, 7, 2), np.sum) / 3, rtol=1e-5)


@pytest.mark.parametrize(("kind", "how"), [("max_pool", np.max), ("average_pool", np.mean)])
def test_a_window_under_same_padding_is_padded_as_tensorflow_does(kind: str, how: Any) -> None:
    net = Network((8, 8), down={"kind": kind, "window": 3})
    x, found = net.outputs(BEFORE, AFTER)
    np.testing.assert_allclose(found, pooled(x, 3, 2, range(0, 8, 2), how), rtol=1e-5)


def test_a_window_under_valid_padding_is_not_padded() -> None:
    made = plan((19,), padding="valid", down={"kind": "max_pool", "window": 3}).by_name
    assert made[AFTER].op == Pool("max", (3,), (2,))
    assert made[AFTER].spec.spatial == (8,)
    with pytest.raises(ConfigError, match="a size of 16 does not divide by 2"):
        plan((18,), padding="valid", down={"kind": "max_pool", "window": 3})


def test_plain_pooling_is_what_it_was() -> None:
    for kind, reduction in (("max_pool", "max"), ("average_pool", "average")):
        assert plan((8, 8), down=kind).by_name[AFTER].op == Pool(reduction, (2, 2))  # type: ignore[arg-type]
        same = plan((8, 8), down={"kind": kind, "window": 2})
        assert same.fingerprint == plan((8, 8), down=kind).fingerprint


@pytest.mark.parametrize("spatial", [(8,), (6, 8), (4, 6, 4)])
@pytest.mark.parametrize("taps", [3, 4])
def test_blur_pooling_takes_the_maximum_then_blurs(spatial: tuple[int, ...], taps: int) -> None:
    net = Network(spatial, down={"kind": "blur_pool", "taps": taps})
    x, expected, found = net.outputs(BEFORE, f"{AFTER}_pool", AFTER)
    np.testing.assert_array_equal(expected, pooled_with_stride_one(x))
    weights = {3: [1, 2, 1], 4: [1, 3, 3, 1]}[taps]
    for axis in range(1, len(spatial) + 1):
        pads = [(0, 0)] * x.ndim
        pads[axis] = ((taps - 1) // 2, taps // 2)
        padded = np.pad(expected, pads, mode="reflect")
        size = expected.shape[axis]
        total = sum(w * np.take(padded, range(t, t + size), axis) for t, w in enumerate(weights))
        expected = np.take(total / sum(weights), range(0, size, 2), axis)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def pooled_with_stride_one(x: np.ndarray) -> np.ndarray:
    """The maximum of each position and its next neighbours."""
    for axis in range(1, x.ndim - 1):
        after = np.take(x, [*range(1, x.shape[axis]), x.shape[axis] - 1], axis)
        x = np.maximum(x, after)
    return x


def test_blur_pooling_without_the_maximum_is_the_blur_alone() -> None:
    made = plan((8, 8), down={"kind": "blur_pool", "max_pool": False, "size": [2, 1]}).by_name
    assert made[AFTER].op == BlurPool((2, 1), 3)
    assert made[AFTER].inputs == (BEFORE,)


@pytest.mark.parametrize(("filters", "wanted"), [("keep", 4), ("next", 8), (5, 5)])
def test_space_to_depth_keeps_every_value_for_its_convolution(filters: Any, wanted: int) -> None:
    net = Network((4, 6), down={"kind": "space_to_depth", "filters": filters, "size": [2, 3]})
    x, found = net.outputs(BEFORE, AFTER)
    kernel, bias = net.weights(AFTER)
    assert kernel.shape == (1, 1, 4 * 6, wanted)
    blocks = x.reshape(2, 2, 2, 2, 3, 4).transpose(0, 1, 3, 5, 2, 4).reshape(2, 2, 2, 24)
    np.testing.assert_allclose(found, blocks @ kernel[0, 0] + bias, rtol=1e-4, atol=1e-4)
    assert f"{AFTER}_activation" in net.plan.by_name


def test_space_to_depth_drops_at_the_end_what_a_policy_lets_it_drop() -> None:
    with pytest.raises(ConfigError, match="a size of 7 does not divide by 2"):
        plan((7, 8), down="space_to_depth")
    made = plan(
        (7, 8), down={"kind": "space_to_depth", "norm": False, "activation": False}, resize="pad_to_skip"
    )
    assert made.by_name[f"{AFTER}_crop"].op.amounts == ((0, 1), (0, 0))  # type: ignore[attr-defined]
    assert isinstance(made.by_name[AFTER].op, Conv)
    assert made.output_shapes == ((7, 8, 2),)
