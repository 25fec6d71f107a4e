"""The policy `pad_to_skip`: odd sizes, padded at the end of the up-sampled tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.networks import Network, plan
from unetgen.errors import ConfigError


@pytest.mark.parametrize("padding", ["edge", "zero"])
@pytest.mark.parametrize(
    ("spatial", "size"), [((7,), 2), ((7, 6), 2), ((5, 8), [3, 2]), ((5, 4, 7), [2, 2, 3])]
)
def test_the_up_sampled_tensor_is_padded_at_the_end(
    spatial: tuple[int, ...], size: Any, padding: str
) -> None:
    net = Network(
        spatial, down={"kind": "max_pool", "size": size}, resize={"policy": "pad_to_skip", "padding": padding}
    )
    up, padded, skip, joined = net.outputs(
        "decoder_level0_up",
        "decoder_level0_skip_pad",
        "encoder_level0_conv1_activation",
        "decoder_level0_skip",
    )
    amounts = [(0, n - got) for n, got in zip(spatial, up.shape[1:-1], strict=True)]
    expected = np.pad(up, [(0, 0), *amounts, (0, 0)], mode="edge" if padding == "edge" else "constant")
    np.testing.assert_array_equal(padded, expected)
    np.testing.assert_array_equal(joined, np.concatenate([padded, skip], axis=-1))
    assert net.plan.output_shapes == ((*spatial, 2),)


def test_where_sizes_fit_nothing_is_padded() -> None:
    assert plan((8, 8), resize="pad_to_skip").fingerprint == plan((8, 8)).fingerprint


@pytest.mark.parametrize("spatial", [(61,), (45, 33), (13, 9, 11)])
def test_any_size_fits_at_any_depth(spatial: tuple[int, ...]) -> None:
    assert plan(spatial, depth=3, resize="pad_to_skip").output_shapes == ((*spatial, 2),)


def test_what_rounds_up_cannot_be_padded() -> None:
    with pytest.raises(ConfigError, match="an up-sampled size of 8 cannot be padded to 7"):
        plan((7,), down={"kind": "max_pool", "ceil": True}, resize="pad_to_skip")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"padding": "valid", "resize": "pad_to_skip"}, "valid convolutions shrink every level"),
        ({"skip": "crop", "resize": "pad_to_skip"}, "the skip is cropped to the up-sampled tensor"),
        ({"skip": "crop", "resize": "resize_to_skip"}, "the skip is cropped to the up-sampled tensor"),
    ],
)
def test_policies_that_contradict_the_rest_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        plan((8, 8), **fields)
    assert [problem.path[0] for problem in raised.value.problems] == ["resize"]
