"""Weights that a plan has channels last, in models of either layout."""

from __future__ import annotations

import numpy as np
import pytest

import unetgen
from unetgen.model.building import arrays_of, assign


@pytest.mark.parametrize("shared", ["channel", "element"])
def test_slopes_of_a_prelu_stay_with_their_channels_where_all_sizes_are_equal(shared: str) -> None:
    """Nothing in the shape (4, 4, 4) says which axis the channels are."""
    same = [
        "input.shape=[4,4]",
        "depth=2",
        "base_filters=null",
        "filters=[4,8]",
        f"activation={{kind: prelu, shared: {shared}}}",
    ]
    last, first = (
        unetgen.build(unetgen.load("quickstart2d", [*same, f"input.data_format={data_format}"]))
        for data_format in ("channels_last", "channels_first")
    )
    random = np.random.default_rng(0)
    arrays = {
        name: [random.normal(size=array.shape).astype("float32") ** 2 for array in held]
        for name, held in arrays_of(last).items()
    }
    assign(last, arrays)
    assign(first, arrays, "channels_first")
    x = random.normal(size=(2, 4, 4, 1)).astype("float32")
    expected = np.moveaxis(np.asarray(last(x)), -1, 1)
    np.testing.assert_allclose(first(np.moveaxis(x, -1, 1)), expected, rtol=1e-4, atol=1e-6)
