"""MedNeXt's ways between levels, with factors that differ by axis, against a few lines of NumPy."""

from __future__ import annotations

from math import erf
from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError

WAYS: dict[str, Any] = {
    "norm": "instance",
    "skip": "add",
    "stem": 1,
    "padding": "torch",
    "down": {"kind": "mednext", "expansion": 2},
    "up": {"kind": "mednext", "expansion": 3},
}


def normalized(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
    axes = tuple(range(1, x.ndim - 1))
    deviation = np.sqrt(x.var(axes, keepdims=True) + 1e-3)
    return (x - x.mean(axes, keepdims=True)) / deviation * gamma + beta


def spread(x: np.ndarray, kernel: np.ndarray, factors: tuple[int, ...]) -> np.ndarray:
    """Each position's middle tap at ``factor * position``, from the first position to the last."""
    sizes, spatial = kernel.shape[:-2], x.shape[1:-1]
    depthwise = kernel.shape[-2] == 1
    y = np.zeros((len(x), *((n - 1) * f + k for n, f, k in zip(spatial, factors, sizes, strict=True)), 1))
    y = np.repeat(y, x.shape[-1] if depthwise else kernel.shape[-2], axis=-1)
    for tap in np.ndindex(*sizes):
        places = tuple(
            slice(t, t + (n - 1) * f + 1, f) for t, n, f in zip(tap, spatial, factors, strict=True)
        )
        y[(slice(None), *places)] += x * kernel[tap][0] if depthwise else x @ kernel[tap].T
    middle = (
        slice(k // 2, k // 2 + (n - 1) * f + 1) for n, f, k in zip(spatial, factors, sizes, strict=True)
    )
    return y[(slice(None), *middle)]


def gelu(x: np.ndarray) -> np.ndarray:
    return x * (1 + np.vectorize(erf)(x / 2**0.5)) / 2


@pytest.mark.parametrize(
    ("spatial", "factors", "kernel"), [((8,), (2,), 3), ((4, 6), (1, 2), [3, 5]), ((6, 4), (3, 2), 3)]
)
def test_the_way_up_is_a_block_of_spread_positions_with_zeros_in_front(
    spatial: tuple[int, ...], factors: tuple[int, ...], kernel: Any
) -> None:
    down = {**WAYS["down"], "size": list(factors)}
    network = Network(spatial, **{**WAYS, "kernel": kernel, "down": down})
    (bottom,) = network.plan.by_name["decoder_level0_up_depthwise"].inputs
    below, found = network.outputs(bottom, "decoder_level0_up")
    parts = {
        name: network.weights(f"decoder_level0_up_{name}")
        for name in ("depthwise", "depthwise_norm", "expand", "reduce", "shortcut")
    }
    x = spread(below, parts["depthwise"][0], factors) + parts["depthwise"][1]
    x = normalized(x, *parts["depthwise_norm"])
    x = gelu(x @ parts["expand"][0].reshape(parts["expand"][0].shape[-2:]) + parts["expand"][1])
    x = x @ parts["reduce"][0].reshape(parts["reduce"][0].shape[-2:]) + parts["reduce"][1]
    x = x + spread(below, parts["shortcut"][0], factors) + parts["shortcut"][1]
    x = np.pad(x, [(0, 0), *((f - 1, 0) for f in factors), (0, 0)])
    np.testing.assert_allclose(found, x, atol=1e-3 * np.abs(x).max())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"up": {"kind": "mednext", "kernel": 4}}, "up.kernel: must be odd"),
        ({"up": {"kind": "mednext", "expansion": [1, 2]}}, "up.expansion: has 2 entries for 1 step"),
        ({"down": {"kind": "mednext", "expansion": [1, 2]}}, "down.expansion: has 2 entries for 1 step"),
        ({"up": [{"kind": "mednext", "expansion": [1]}]}, "up.0.expansion: is a list of one per level"),
        ({"padding": "valid"}, "padding: a mednext block needs padded convolutions"),
        ({"block": {"kind": "convnext", "expansion": [1]}}, "block.expansion: has 1 entry for 2 levels"),
        ({"block": {"kind": "naf", "expansion": [1, 2, 3]}}, "block.expansion: has 3 entries for 2 levels"),
        ({"input": {"shape": [7]}}, "a size of 7 does not divide by 2"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        plan((8,), **{**WAYS, **fields})


def test_blocks_expand_level_by_level() -> None:
    made = plan((8,), **{**WAYS, "block": {"kind": "convnext", "expansion": [2, 5]}})
    expanded = {n.place.level: n.spec.channels for n in made.nodes if n.name.endswith("level0_expand")}
    expanded |= {n.place.level: n.spec.channels for n in made.nodes if n.name == "encoder_level1_expand"}
    assert expanded == {0: 4 * 2, 1: 8 * 5}
