"""Squeeze and excitation on what a skip joins, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parts.networks import Network, plan, sigmoid
from unetgen.errors import ConfigError


@pytest.mark.parametrize(
    ("spatial", "data_format"),
    [((8,), "channels_first"), ((6, 4), "channels_last"), ((4, 2, 6), "channels_last")],
)
def test_the_joined_tensor_is_gated_before_the_block(spatial: tuple[int, ...], data_format: str) -> None:
    gate = {"kind": "both", "ratio": 4}
    net = Network(spatial, data_format, skip={"kind": "concat", "squeeze_excitation": gate})
    skip = "decoder_level0_skip"
    at = f"{skip}_squeeze_excitation"
    x, found = net.outputs(skip, at)
    squeeze, excite, place = (
        [kernel.reshape(kernel.shape[-2:]), bias]
        for kernel, bias in map(
            net.weights, (f"{at}_channel_squeeze", f"{at}_channel_excite", f"{at}_spatial_squeeze")
        )
    )
    mean = x.mean(axis=tuple(range(1, x.ndim - 1)), keepdims=True)
    channel = sigmoid(np.maximum(mean @ squeeze[0] + squeeze[1], 0) @ excite[0] + excite[1])
    expected = x * channel + x * sigmoid(x @ place[0] + place[1])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert net.plan.by_name["decoder_level0_conv1"].inputs == (at,)


def test_a_ratio_does_nothing_where_the_gate_is_spatial() -> None:
    with pytest.raises(
        ConfigError, match=r"skip.squeeze_excitation.ratio: does nothing where the gate is spatial"
    ):
        plan((8,), skip={"kind": "concat", "squeeze_excitation": {"kind": "spatial", "ratio": 4}})
