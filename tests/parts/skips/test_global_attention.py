"""The global attention skip: channels of the encoder weighed by the average of the coarser level."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parts.networks import Network, plan, sigmoid

AT = "decoder_level0_skip"


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_the_encoder_s_channels_are_weighed_and_added(data_format: str) -> None:
    up = {"kind": "linear", "align_corners": True}
    net = Network((10,), data_format, norm="batch", up=up, skip="global_attention", decoder={"block": "none"})
    below, up_sampled, conv, found = net.outputs(
        "encoder_level1_conv1_activation", "decoder_level0_up", f"{AT}_gate_conv_activation", AT
    )
    kernel, *bias = net.weights(f"{AT}_gate_factor")
    gamma, beta, mean, variance = net.weights(f"{AT}_gate_factor_norm")
    factor = below.mean(axis=1, keepdims=True) @ kernel[0] + (bias[0] if bias else 0)
    normed = (factor - mean) / np.sqrt(variance + net.config.norm.epsilon) * gamma + beta  # type: ignore[union-attr]
    np.testing.assert_allclose(found, up_sampled + conv * sigmoid(normed), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("spatial", [(16,), (16, 8), (8, 8, 8)])
def test_it_counts_by_hand(spatial: tuple[int, ...]) -> None:
    made = plan(spatial, up="nearest", skip="global_attention")
    own = [node for node in made.nodes if node.place.part == "skip"]
    taps = 3 ** len(spatial)
    assert sum(made.params_of(node) for node in own) == (taps * 4 * 8 + 8) + (8 * 8 + 8)
    assert own[-1].spec.channels == 8  # as the up-sampled tensor


def test_convolutions_inside_keep_the_size_whatever_the_padding() -> None:
    made = plan((24, 24), padding="valid", up="nearest", skip="global_attention").by_name
    assert made[f"{AT}_gate_conv"].spec.spatial == made[f"{AT}_crop"].spec.spatial
