"""The cropping skip takes what the others refuse, and is a concatenation in all else."""

from __future__ import annotations

import numpy as np
import pytest

from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError


@pytest.mark.parametrize("spatial", [(13,), (13, 9), (7, 9, 5)])
@pytest.mark.parametrize("padding", ["same", "torch"])
def test_an_odd_size_is_cropped_whatever_the_padding(spatial: tuple[int, ...], padding: str) -> None:
    with pytest.raises(ConfigError, match="does not divide by 2"):
        plan(spatial, padding=padding)
    made = plan(spatial, padding=padding, skip="crop")
    assert made.output_shapes == ((*(n // 2 * 2 for n in spatial), 2),)
    assert made.fingerprint == plan(spatial, padding=padding, resize="centre_crop").fingerprint


def test_where_sizes_fit_it_is_the_concatenation() -> None:
    for fields in ({}, {"padding": "valid"}, {"resize": "pad_and_crop"}):
        cropped = plan((20, 24), skip={"kind": "crop", "order": "skip_first"}, **fields)
        joined = plan((20, 24), skip={"kind": "concat", "order": "skip_first"}, **fields)
        assert cropped.fingerprint == joined.fingerprint


def test_the_centre_of_the_skip_meets_the_up_sampled_tensor() -> None:
    net = Network((11,), skip="crop", down={"kind": "max_pool", "size": 4})
    skip, up, joined = net.outputs(
        "encoder_level0_conv1_activation", "decoder_level0_up", "decoder_level0_skip"
    )
    np.testing.assert_array_equal(joined, np.concatenate([up, skip[:, 1:9]], axis=-1))
