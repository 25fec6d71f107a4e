"""Generated configs: every kind, 1D to 3D, both data formats, odd sizes, small enough to build quickly."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ACTIVATIONS = st.sampled_from(
    [
        "relu",
        "elu",
        "gelu",
        "silu",
        "tanh",
        "softmax",
        "sparsemax",
        "linear",
        {"kind": "leaky_relu", "negative_slope": 0.01},
        {"kind": "prelu"},
        {"kind": "prelu", "shared": "element"},
        {"kind": "relu", "max_value": 6.0},
        {"kind": "celu", "alpha": 0.5},
    ]
)
NORMS = st.sampled_from(
    [
        "none",
        "batch",
        {"kind": "batch", "affine": False, "epsilon": 1e-5},
        "instance",
        {"kind": "group", "groups": 2},
        "layer",
        {"kind": "instance", "affine": False},
    ]
)
ORDERS = st.sampled_from(
    [
        ["conv", "norm", "activation", "dropout"],
        ["norm", "activation", "conv", "dropout"],
        ["conv", "activation", "norm", "dropout"],
        ["dropout", "conv", "norm", "activation"],
    ]
)
POLICIES = st.sampled_from(["keep", "half", "skip", 6])
UP_CONVS = st.sampled_from([None, 3, {"kernel": 1, "norm": False}])
LOSSES = st.sampled_from(["categorical_crossentropy", "dice", "generalized_dice", "tversky"])


@st.composite
def ups(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["nearest", "linear", "transposed", "pixel_shuffle"]))
    conv = draw(UP_CONVS)
    if kind in ("nearest", "linear"):
        return {"kind": kind, "conv": conv, "filters": draw(POLICIES) if conv else "keep"}
    up = {"kind": kind, "conv": conv, "filters": draw(POLICIES), "norm": draw(st.booleans())}
    if kind == "transposed" and draw(st.booleans()):
        up |= {"kernel": draw(st.sampled_from([2, 4])), "use_bias": draw(st.booleans())}
    return up


@st.composite
def downs(draw: st.DrawFn, dims: int, steps: int) -> dict[str, Any]:
    kind = draw(st.sampled_from(["max_pool", "average_pool", "strided_conv"]))
    factor = st.sampled_from([1, 2, 2, 2, 3])
    size = draw(
        st.one_of(
            st.just(2),
            st.lists(factor, min_size=dims, max_size=dims),
            st.lists(st.lists(factor, min_size=dims, max_size=dims), min_size=steps, max_size=steps),
        )
    )
    down: dict[str, Any] = {"kind": kind, "size": size}
    if kind == "strided_conv":
        down["into_block"] = draw(st.booleans())
        if not down["into_block"]:
            filters = draw(st.sampled_from(["keep", "next"]))
            down |= {"kernel": draw(st.sampled_from([None, 3])), "filters": filters}
    return down


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Any]:
    block: dict[str, Any] = {"kind": draw(st.sampled_from(["plain", "residual"]))}
    block["convs"] = draw(st.sampled_from([None, 1, 2, 3]))
    if block["kind"] == "residual":
        block |= {
            "projection": draw(st.sampled_from(["when_needed", "always"])),
            "projection_norm": draw(st.booleans()),
            "projection_bias": draw(st.booleans()),
        }
    return block


@st.composite
def config_data(draw: st.DrawFn, dims: int, data_format: str) -> dict[str, Any]:
    """A config as plain data. Nearly all are valid; the size may not fit."""
    depth = draw(st.integers(2, 4 if dims < 3 else 3))
    largest = {1: 70, 2: 34, 3: 18}[dims]
    kernel = st.sampled_from([1, 3, 3, 5])
    skip: dict[str, Any] = {"kind": draw(st.sampled_from(["concat", "add"]))}
    if skip["kind"] == "concat":
        skip["order"] = draw(st.sampled_from(["up_first", "skip_first"]))
    return {
        "input": {
            "shape": draw(st.lists(st.integers(1, largest), min_size=dims, max_size=dims)),
            "channels": draw(st.integers(1, 3)),
            "data_format": data_format,
        },
        "depth": depth,
        "base_filters": draw(st.sampled_from([2, 4])),
        "filter_growth": draw(st.sampled_from([1, 1.5, 2])),
        "kernel": draw(st.one_of(kernel, st.lists(kernel, min_size=dims, max_size=dims))),
        "padding": draw(st.sampled_from(["same", "valid", "torch"])),
        "activation": draw(ACTIVATIONS),
        "norm": draw(NORMS),
        "order": draw(ORDERS),
        "dropout": draw(
            st.sampled_from([0.0, 0.2, {"kind": "spatial", "rate": 0.3}, {"rate": 0.1, "place": "block_end"}])
        ),
        "use_bias": draw(st.booleans()),
        "kernel_initializer": draw(st.sampled_from(["glorot_uniform", "he_normal"])),
        "kernel_regularizer": draw(st.sampled_from([None, {"kind": "l2", "l2": 0.001}])),
        "block": draw(blocks()),
        "down": draw(downs(dims, depth - 1)),
        "up": draw(ups()),
        "skip": skip,
        "decoder": draw(st.sampled_from([None, {"convs": 1}, {"block": "plain", "use_bias": True}])),
        "num_classes": draw(st.integers(2, 3)),
        "head": {
            "activation": draw(st.sampled_from([None, "sigmoid", "softmax"])),
            "deep_supervision": draw(st.sampled_from([None, None, 1])) if depth > 2 else None,
        },
        "resize": draw(
            st.sampled_from(
                [
                    "refuse",
                    "pad_and_crop",
                    "resize_to_skip",
                    "centre_crop",
                    {"policy": "resize_to_skip", "interpolation": "linear"},
                ]
            )
        ),
        "compile": {"loss": draw(LOSSES), "metrics": ["categorical_accuracy"]},
        "seed": draw(st.integers(0, 3)),
    }
