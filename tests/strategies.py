"""Generated configs: every kind, 1D to 3D, both data formats, odd sizes, small enough to build quickly."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from unittest.mock import patch

import yaml
from hypothesis import strategies as st

from unetgen.config import misfits as sizes
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError

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
UP_CONVS = st.sampled_from([None, 3, {"kernel": 1, "norm": False, "use_bias": False}])
PLACED = st.sampled_from([{}, {"place": "before"}])
LOSSES = st.sampled_from(["categorical_crossentropy", "dice", "generalized_dice", "tversky"])


def levels(one: st.SearchStrategy[Any], count: int) -> st.SearchStrategy[Any]:
    """One for all levels, or now and then a list of one per level."""
    return st.one_of(one, one, st.lists(one, min_size=count, max_size=count))


@st.composite
def ups(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["nearest", "linear", "transposed", "pixel_shuffle", "mednext"]))
    if kind == "mednext":
        filters, expansion = draw(POLICIES), draw(st.sampled_from([1, 2]))
        return {"kind": kind, "filters": filters, "kernel": 3, "expansion": expansion}
    conv = draw(UP_CONVS)
    if kind in ("nearest", "linear"):
        placed = conv | draw(PLACED) if isinstance(conv, dict) else conv
        corners = {"align_corners": draw(st.booleans())} if kind == "linear" else {}
        return {"kind": kind, "conv": placed, "filters": draw(POLICIES) if placed else "keep", **corners}
    up = {
        "kind": kind,
        "conv": conv,
        "filters": draw(POLICIES),
        "norm": draw(st.sampled_from([True, False, "batch"])),
    }
    if kind == "pixel_shuffle":
        up["icnr"] = draw(st.booleans())
    elif draw(st.booleans()):
        up |= {"kernel": draw(st.sampled_from([2, 3, 4])), "use_bias": draw(st.booleans())}
    return up


@st.composite
def downs(draw: st.DrawFn, dims: int, steps: int | None) -> dict[str, Any]:
    """A down for all of `steps`, or one of a list."""
    kinds = ["max_pool", "average_pool", "strided_conv", "blur_pool", "space_to_depth", "mednext"]
    kind = draw(st.sampled_from(kinds))
    axes = st.lists(st.sampled_from([1, 2, 2, 2, 3]), min_size=dims, max_size=dims)
    size = draw(
        st.one_of(
            st.just(2),
            axes,
            *([st.lists(axes, min_size=steps, max_size=steps)] if steps else []),
        )
    )
    down: dict[str, Any] = {"kind": kind, "size": size}
    if kind == "strided_conv":
        down["into_block"] = draw(st.booleans())
        if not down["into_block"]:
            filters = draw(st.sampled_from(["keep", "next"]))
            down |= {"kernel": draw(st.sampled_from([None, 3])), "filters": filters}
    elif kind == "blur_pool":
        down |= {"max_pool": draw(st.booleans()), "taps": draw(st.sampled_from([2, 3, 4, 5]))}
    elif kind == "mednext":
        down |= {"filters": draw(st.sampled_from(["keep", "next"])), "expansion": 2}
        down["kernel"] = draw(st.sampled_from([None, 3]))
    elif kind == "space_to_depth":
        down |= {"filters": draw(st.sampled_from(["keep", "next", 3])), "norm": draw(st.booleans())}
    else:
        down |= draw(st.sampled_from([{}, {}, {"ceil": True}, {"window": 3}, {"window": 2}]))
    return down


@st.composite
def bottlenecks(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(["none", "none", "aspp", "self_attention", "position_attention", "pyramid_pooling"])
    )
    if kind == "aspp":
        rates = draw(st.sampled_from([[2], [1, 3]]))
        return {
            "kind": kind,
            "rates": rates,
            "image_pooling": draw(st.booleans()),
            "separable": draw(st.booleans()),
            "refine": draw(st.sampled_from([None, "conv", "separable_conv"])),
            "filters": draw(st.sampled_from([None, 4])),
        }
    if kind == "self_attention":
        fields = {name: draw(st.booleans()) for name in ("norm", "residual")}
        return {
            "kind": kind,
            "heads": draw(st.sampled_from([1, 2])),
            "key_dim": draw(st.sampled_from([None, 3])),
            **fields,
        }
    if kind == "pyramid_pooling":
        return {
            "kind": kind,
            "bins": draw(st.sampled_from([[1, 2], [1, 2, 3, 6]])),
            "filters": draw(st.sampled_from([None, 4])),
            "interpolation": draw(st.sampled_from(["nearest", "linear", "linear_align_corners"])),
        }
    if kind == "position_attention":
        return {"kind": kind, "key_filters": draw(st.sampled_from([1, 3]))}
    return {"kind": kind}


@st.composite
def skips(draw: st.DrawFn, kinds: list[str], inside: bool = False) -> dict[str, Any]:
    skip: dict[str, Any] = {"kind": draw(st.sampled_from(kinds))}
    if inside and skip["kind"] != "none":
        skip["take"] = draw(st.sampled_from(TAKES))
    if skip["kind"] not in ("add", "none", "global_attention"):
        skip["order"] = draw(st.sampled_from(["up_first", "skip_first"]))
    if skip["kind"] == "res_path":
        skip |= {"length": draw(st.sampled_from([None, 1])), "repeated_norm": draw(st.booleans())}
    if skip["kind"] == "attention":
        skip |= {
            "gating": draw(st.sampled_from(["grid", "bottom", "up"])),
            "use_bias": draw(st.sampled_from([None, None, True, False])),
            "per_channel": draw(st.booleans()),
            "filters": draw(st.sampled_from(["half", "keep", 4])),
            "norm": draw(st.sampled_from([None, "batch", "none", "layer"])),
            "residual": draw(st.booleans()),
            "join": draw(st.sampled_from(["concat", "concat", "add"])),
        }
        if skip["gating"] != "up":
            skip["signal_filters"] = draw(st.sampled_from([None, 3]))
    return skip


STEMS: list[dict[str, Any]] = [
    {"kernel": 5, "strides": 2, "norm": "instance"},
    {"strides": 2, "down": {"kind": "max_pool", "window": 3}, "up": "linear"},
    {"kernel": 1, "down": {"kind": "strided_conv", "into_block": True}, "activation": "silu"},
    {"filters": 3, "strides": 3, "up": {"kind": "transposed", "norm": "batch", "activation": True}},
    {"kernel": 3},
]
TAKES = ["end", "end", "before_last_conv", "before_block"]


SQUEEZES = st.sampled_from(
    [None, None, "channel", {"kind": "both", "ratio": 2}, {"kind": "spatial", "use_bias": False}]
)
SHORTCUTS: dict[str, list[Any]] = {
    "projection": ["when_needed", "always", "first", "in_front"],
    "projection_norm": [True, False, "before"],
    "projection_bias": [True, False],
    "preactivate_input": [True, False],
    "activation_before_add": [False, False, True],
    "activation_after_add": [True, False],
}
BLOCK_FIELDS: dict[str, dict[str, list[Any]]] = {
    "plain": {"convs": [None, 1, 2, 3], "dilation": [1, 1, 2]},
    "residual": {"convs": [None, 1, 2, 3], **SHORTCUTS},
    "bottleneck": {"ratio": [1, 2, 4], **SHORTCUTS},
    "vnet": {"convs": [None, 1, 2], **SHORTCUTS},
    "recurrent": {"units": [1, 2], "steps": [1, 2], "residual": [True, False]},
    "dense": {"growth": [2, 4], "layers": [1, 2]},
    "dilated": {"dilations": [2, [1, 3]]},
    "depthwise_separable": {"convs": [None, 1, 2], "norm_between": [True, False]},
    "convnext": {
        "kernel": [3, None],
        "norm": [{"kind": "layer"}, {"kind": "instance"}, None],
        "activation": ["gelu", None],
        "layer_scale": [1e-6, None],
    },
    "cmunext": {"kernel": [3, None], "activation": ["gelu", None], "units": [1, 2]},
    "cmunext_fusion": {"kernel": [3, None], "activation": ["gelu", None], "expansion": [1, 2]},
    "naf": {"kernel": [3, None], "norm": [{"kind": "layer"}, None], "layer_scale": [0.0, 0.5, None]},
    "multires": {"alpha": [1.67, 0.5]},
    "rsu": {"height": [2, 3, 4], "dilated": [False, True]},
}


@st.composite
def blocks(draw: st.DrawFn, kind: str | None = None) -> dict[str, Any]:
    kind = kind or draw(st.sampled_from(["plain", "residual", "none", *BLOCK_FIELDS]))
    if kind == "none":
        return {"kind": kind}
    block: dict[str, Any] = {"kind": kind, "repeats": draw(st.sampled_from([1, 1, 1, 2]))}
    block["squeeze_excitation"] = draw(SQUEEZES)
    block |= {name: draw(st.sampled_from(values)) for name, values in BLOCK_FIELDS[kind].items()}
    if "projection" in block:
        pooled = [] if block["projection"] == "in_front" else [{"shortcut_pool": "average"}]
        block |= draw(st.sampled_from([{}, {"projection_kernel": "block"}, *pooled]))
    return block


INTERPOLATIONS = ["nearest", "linear", "linear_align_corners"]


@st.composite
def topologies(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    kinds = ["unet", "unet", "unet_plus_plus", "unet_3_plus", "dense_skip", "strided_unet", "fpn"]
    kind = draw(st.sampled_from(kinds))
    topology: dict[str, Any] = {"kind": kind}
    if kind == "unet":
        chosen = st.sets(st.integers(0, depth - 2)).map(sorted)
        topology["levels"] = draw(st.one_of(st.none(), st.none(), chosen))
    elif kind == "fpn":
        topology |= {"finest": draw(st.integers(0, depth - 2)), "pyramid_filters": 4, "filters": 3}
        topology |= {"merge": draw(st.sampled_from(["add", "concat"]))}
        topology |= {"interpolation": draw(st.sampled_from(INTERPOLATIONS))}
    elif kind == "unet_plus_plus":
        topology["prune_to"] = draw(st.sampled_from([None, None, *range(1, depth)]))
    elif kind == "unet_3_plus":
        topology["cat_filters"] = draw(st.sampled_from([None, 2, 3]))
    elif kind == "dense_skip":
        topology["from_levels"] = draw(st.sampled_from(["finer", "coarser", "all"]))
        topology["reach"] = draw(st.sampled_from([None, 1]))
        topology["projection"] = draw(st.booleans())
    elif kind == "strided_unet":
        topology["decoder_blocks"] = draw(st.booleans())
    return topology


HIDDEN = st.sampled_from(
    [None, None, None, 4, {"filters": "classes", "norm": False}, {"filters": [6, 4], "kernel": 3}]
)
TASKS = st.sampled_from(
    [
        [],
        [],
        [{"name": "edges", "num_classes": 1, "decoder": "own"}],
        [{"name": "kind", "num_classes": 4, "kernel": 3}, {"name": "edges", "num_classes": 1}],
        [{"name": "whole", "num_classes": 2, "decoder": "pooled", "pooling": "max", "hidden": [5]}],
    ]
)


@st.composite
def heads(draw: st.DrawFn, most: int, upsamples: bool) -> dict[str, Any]:
    """A head with up to `most` further rows, on a decoder that ends on a coarser level if it `upsamples`."""
    fused = [
        {"levels": most, "fuse": "sum", "interpolation": "nearest"},
        {"levels": 1, "fuse": "concat"},
        {"levels": most, "fuse": "concat", "sides": False},
        {"levels": 1, "upsample": True},
    ]
    return {
        "activation": draw(st.sampled_from([None, "sigmoid", "softmax"])),
        "kernel": draw(st.sampled_from([1, 1, 3])),
        "use_bias": draw(st.booleans()),
        "pre_activation": draw(st.sampled_from([False, False, True])),
        "hidden": draw(HIDDEN),
        "upsample": draw(st.sampled_from(INTERPOLATIONS)) if upsamples else None,
        "deep_supervision": draw(st.sampled_from([None, None, None, 1, most, *fused])) if most else None,
    }


def with_an_effect(data: dict[str, Any]) -> dict[str, Any]:
    """`data`, with each field that is refused because it does nothing at its default.

    Sizes that fit are not looked for here: that takes many times longer than all the rest.
    """
    data = deepcopy(data)
    for _ in range(4):
        try:
            with patch.object(sizes, "misfits", return_value=()):
                from_dict(data)
        except ConfigError as error:
            idle = [problem for problem in error.problems if problem.message.startswith("does nothing")]
            for problem in idle:
                *path, last = problem.path
                holder: Any = data
                for part in path:
                    holder = holder[part]
                holder[last] = yaml.safe_load(str(problem.hint).rpartition(": ")[2].rstrip("`"))
            if idle:
                continue
        break
    return data


def resizes(padding: str, skip: Any) -> st.SearchStrategy[Any]:
    """What is done with sizes that do not divide, where that goes with the padding and the skips."""
    if padding == "valid":
        return st.sampled_from(["refuse", "centre_crop"])
    crops = any(one["kind"] == "crop" for one in (skip if isinstance(skip, list) else [skip]))
    to_skip = ["resize_to_skip", "pad_to_skip", {"policy": "pad_to_skip", "padding": "zero"}]
    linear = [{"policy": "resize_to_skip", "interpolation": each} for each in INTERPOLATIONS[1:]]
    return st.sampled_from(["refuse", "pad_and_crop", "centre_crop", *([] if crops else [*to_skip, *linear])])


def _first(levels: list[int] | None, depth: int) -> int:
    """The finest of the decoder's levels."""
    return 0 if levels is None else levels[0] if levels else depth - 1


STYLED = {"block": {"kind": "residual", "convs": 2}, "style": "average", "on_bottom": True}


@st.composite
def config_data(draw: st.DrawFn, dims: int, data_format: str, deepest: int = 4) -> dict[str, Any]:
    """A config as plain data. Nearly all are valid; the size may not fit."""
    depth = draw(st.integers(2, deepest if dims < 3 else 3))
    topology = draw(topologies(depth))
    largest = {1: 70, 2: 34, 3: 18}[dims]
    kernel = st.sampled_from([1, 3, 3, 5])
    every = ["concat", "add", "attention", "fusion_attention", "global_attention", "crop", "res_path"]
    joins = ["concat"] if topology["kind"] in ("unet_3_plus", "fpn") else every
    ends = ["none"] if topology["kind"] in ("unet", "strided_unet") else []
    skip = draw(levels(skips([*joins, *ends], inside=bool(ends)), depth - 1))
    padding = draw(st.sampled_from(["same", "valid", "torch"]))
    ends_itself = topology["kind"] == "strided_unet"
    rows = topology.get("prune_to") or depth - 1
    most = rows - 1 if topology["kind"] == "unet_plus_plus" else rows
    if topology["kind"] == "fpn" or topology.get("levels") is not None:
        most = len(topology.get("levels", ()))
    ends_at = topology.get("finest", 0) if "levels" not in topology else _first(topology["levels"], depth)
    resize = draw(resizes(padding, skip))
    cuts = padding == "valid" or resize == "centre_crop"
    return with_an_effect(
        {
            "input": {
                "shape": draw(st.lists(st.integers(1, largest), min_size=dims, max_size=dims)),
                "channels": draw(st.integers(1, 3)),
                "data_format": data_format,
            },
            "depth": depth,
            "base_filters": draw(st.sampled_from([2, 4])),
            "filter_growth": draw(st.sampled_from([1, 1.5, 2])),
            "kernel": draw(st.one_of(kernel, st.lists(kernel, min_size=dims, max_size=dims))),
            "padding": padding,
            "activation": draw(levels(ACTIVATIONS, depth)),
            "norm": draw(levels(NORMS, depth)),
            "order": draw(ORDERS),
            "dropout": draw(
                st.sampled_from(
                    [0.0, 0.2, {"kind": "spatial", "rate": 0.3}, {"rate": 0.1, "place": "block_end"}]
                )
            ),
            "use_bias": draw(levels(st.booleans(), depth)),
            "kernel_initializer": draw(st.sampled_from(["glorot_uniform", "he_normal"])),
            "kernel_regularizer": draw(st.sampled_from([None, {"kind": "l2", "l2": 0.001}])),
            "block": draw(levels(blocks(), depth)),
            "bottleneck": draw(bottlenecks()),
            "stem": draw(st.sampled_from([None, None, None, *([] if ends_itself else STEMS)])),
            "down": draw(
                st.one_of(
                    downs(dims, depth - 1),
                    st.lists(downs(dims, None), min_size=depth - 1, max_size=depth - 1),
                )
            ),
            "up": draw(levels(ups(), depth - 1)),
            "skip": skip,
            "topology": topology,
            "decoder": draw(
                st.sampled_from(
                    [
                        None,
                        {"convs": 1},
                        {"block": "plain", "use_bias": True},
                        {"block": ["none", *["plain"] * (depth - 2)]},
                        {"norm": [*["batch"] * (depth - 2), "none"]},
                        *([STYLED] if topology["kind"] == "unet" else []),
                    ]
                )
            ),
            "num_classes": draw(st.integers(2, 3)),
            "head": {} if ends_itself else draw(heads(most, upsamples=ends_at > 0 and not cuts)),
            "tasks": [] if ends_itself else draw(TASKS),
            "resize": resize,
            "compile": {"loss": draw(LOSSES), "metrics": ["categorical_accuracy"]},
            "seed": draw(st.integers(0, 3)),
        }
    )


EXECUTIONS = st.fixed_dictionaries(
    {
        "layout": st.sampled_from(["declared", "channels_last", "auto"]),
        "precision": st.sampled_from(["float32", "float64", "mixed_bfloat16", "mixed_float16", "auto"]),
        "remat": st.sampled_from(["none", "cheap", "blocks"]),
        "optimize": st.sampled_from(["none", "training", "inference"]),
    }
)
"""For `execution`, which `config_data` leaves at its default: most tests compare what is computed."""
