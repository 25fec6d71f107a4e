"""The step between legal sizes, against trying them."""

from __future__ import annotations

from itertools import pairwise

import pytest

import unetgen
from unetgen.analysis.sizes import size_multiple
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError
from unetgen.plan.builder import Builder
from unetgen.plan.ops import Concat, Pool, Upsample
from unetgen.plan.tensor import TensorSpec

CASES = [
    ({"depth": 2}, 2),
    ({"depth": 4}, 8),
    ({"depth": 3, "down": {"kind": "max_pool", "size": [[3], [2]]}}, 6),
    ({"depth": 3, "padding": "valid"}, 4),
    ({"depth": 3, "down": {"kind": "strided_conv", "into_block": True}, "padding": "valid"}, 4),
    ({"depth": 4, "topology": "unet_plus_plus"}, 8),
    ({"depth": 4, "topology": {"kind": "unet_plus_plus", "prune_to": 1}}, 2),
    ({"depth": 3, "topology": "unet_3_plus"}, 4),
    ({"depth": 3, "topology": "dense_skip"}, 4),
    ({"depth": 3, "topology": "strided_unet"}, 4),
]


@pytest.mark.parametrize(("change", "expected"), CASES, ids=str)
def test_legal_sizes_are_one_multiple_apart(change: dict[str, object], expected: int) -> None:
    legal = []
    for size in range(60, 120):
        try:
            data = {"input": {"shape": [size]}, "base_filters": 2, "num_classes": 2, **change}
            config = from_dict(data)
        except ConfigError:
            continue
        legal.append(size)
        assert size_multiple(unetgen.plan(config)) == (expected,)
    assert {b - a for a, b in pairwise(legal)} == {expected}


def test_two_ways_of_other_factors_need_a_multiple_of_both() -> None:
    builder = Builder(TensorSpec((24,), 2))
    ways = []
    for factor in (4, 6):
        pooled = builder.add(Pool("max", (factor,)), builder.input, name=f"pool{factor}")
        ways.append(builder.add(Upsample((factor,)), pooled, name=f"up{factor}"))
    joined = builder.add(Concat(), *ways, name="joined")
    assert size_multiple(builder.finish(joined)) == (12,)
