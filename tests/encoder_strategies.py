"""Generated configs with an image classifier as their way down, of every family and origin."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.strategies import (
    ACTIVATIONS,
    LOSSES,
    NORMS,
    blocks,
    heads,
    levels,
    resizes,
    skips,
    ups,
    with_an_effect,
)
from unetgen.parts.encoders.encoder import Encoder

DEEPEST = {1: 6, 2: 5, 3: 4}
"""Levels, by the dimensions: an encoder's last ones have thousands of channels."""


def families() -> list[type[Encoder]]:
    """The classes of encoders, by name."""
    found: list[type[Encoder]] = []
    waiting = list(Encoder.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if "variants" in vars(one):
            found.append(one)
    return sorted(found, key=lambda family: family.__name__)


@st.composite
def encoders(draw: st.DrawFn) -> str:
    """A variant of a family; each family is as likely as the others."""
    family = draw(st.sampled_from(families()))
    return draw(st.sampled_from(sorted(family.variants)))


@st.composite
def encoder_config_data(draw: st.DrawFn, dims: int, data_format: str) -> dict[str, Any]:
    """A config with an encoder as plain data. Nearly all are valid; the size may not fit."""
    kind = draw(encoders())
    depth = draw(st.integers(2, DEEPEST[dims]))
    nested = draw(st.sampled_from([False, False, True]))
    kinds = ["concat", "add", "attention", *([] if nested else ["crop", "none"])]
    filters = draw(st.lists(st.sampled_from([2, 4, 6]), min_size=depth - 1, max_size=depth - 1))
    block = draw(st.one_of(blocks("plain"), blocks("residual"), blocks("bottleneck"), blocks("convnext")))
    if "projection_kernel" in block:
        del block["projection_kernel"]  # for strides, which no block of the way up takes
    skip = draw(levels(skips(kinds), depth - 1))
    up = draw(levels(ups(), depth - 1))
    for one in up if isinstance(up, list) else [up]:
        if one["filters"] == "skip":
            one["filters"] = "half"  # an encoder may give nothing at the finest level
    smallest = 2 ** (depth - 1)
    size = st.integers(smallest, 2 * smallest)
    return with_an_effect(
        {
            "input": {
                "shape": draw(st.lists(size, min_size=dims, max_size=dims)),
                "channels": draw(st.integers(1, 4)),
                "data_format": data_format,
            },
            "depth": depth,
            "encoder": kind,
            "kernel": draw(st.sampled_from([1, 3])),
            "padding": draw(st.sampled_from(["same", "torch"])),
            "activation": draw(ACTIVATIONS),
            "norm": draw(NORMS),
            "use_bias": draw(st.booleans()),
            "bottleneck": draw(
                st.sampled_from(
                    [
                        "none",
                        "none",
                        {"kind": "convs", "convs": 1},
                        {"kind": "aspp", "rates": [1], "filters": 3},
                    ]
                )
            ),
            "up": up,
            "skip": skip,
            "topology": "unet_plus_plus" if nested else "unet",
            "decoder": {"filters": filters, "block": block},
            "num_classes": draw(st.integers(2, 3)),
            "head": draw(heads(0 if nested else depth - 1, upsamples=False)),
            "resize": draw(resizes("same", skip)),
            "compile": {"loss": draw(LOSSES), "metrics": ["categorical_accuracy"]},
            "seed": draw(st.integers(0, 3)),
        }
    )
