"""Group normalization over tensors that its groups do not divide."""

from __future__ import annotations

import numpy as np
import pytest

import unetgen
from tests.parts.networks import Network, config, plan
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError

PRE = ["norm", "conv", "activation", "dropout"]


def test_the_network_of_pytorch_3dunet_has_its_count() -> None:
    """UNet3D(1, 2, f_maps=64, num_groups=8, num_levels=4) of pytorch-3dunet 1.9.6 has one group there."""
    network = from_dict(
        {
            "input": {"shape": [32, 32, 32], "channels": 1},
            "depth": 4,
            "filters": [[32, 64], [64, 128], [128, 256], [256, 512]],
            "norm": {"kind": "group", "groups": 8, "fallback": 1, "epsilon": 1e-5},
            "order": PRE,
            "use_bias": False,
            "num_classes": 2,
        }
    )
    assert unetgen.plan(network).params == 16_318_756


@pytest.mark.parametrize("fallback", [1, 2])
def test_the_fallback_counts_where_the_groups_do_not_divide(fallback: int) -> None:
    net = Network((6, 4), norm={"kind": "group", "groups": 4, "fallback": fallback}, order=PRE)
    (normed,) = net.outputs("encoder_level0_conv1_norm")
    groups = net.x.reshape(2, -1, fallback, 2 // fallback)
    mean, variance = groups.mean((1, 3), keepdims=True), groups.var((1, 3), keepdims=True)
    gamma, beta = net.model.get_layer("encoder_level0_conv1_norm").get_weights()
    expected = ((groups - mean) / np.sqrt(variance + 1e-3)).reshape(net.x.shape) * gamma + beta
    np.testing.assert_allclose(normed, expected, atol=1e-5)


def test_a_fallback_that_is_not_needed_changes_nothing() -> None:
    plain = {"kind": "group", "groups": 4}
    assert plan((8, 8), norm=plain).fingerprint == plan((8, 8), norm={**plain, "fallback": 1}).fingerprint


def test_the_advice_for_groups_that_do_not_divide_works() -> None:
    refused = {"kind": "group", "groups": 8}
    with pytest.raises(
        ConfigError, match=r"norm\.groups: does not divide the 2 channels .* `fallback`, such as 1"
    ):
        config((8, 8), norm=refused, order=PRE, base_filters=8)
    assert config((8, 8), norm={**refused, "fallback": 1}, order=PRE, base_filters=8)
    with pytest.raises(ConfigError, match=r"norm\.groups: does not divide the 2 channels"):
        config((8, 8), norm={**refused, "fallback": 3}, order=PRE, base_filters=8)
