"""Generated configs: every kind, 1D to 3D, both data formats, odd sizes, small enough to build quickly."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import yaml
from hypothesis import strategies as st

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
    kind = draw(st.sampled_from(["nearest", "linear", "transposed", "pixel_shuffle"]))
    conv = draw(UP_CONVS)
    if kind in ("nearest", "linear"):
        placed = conv | draw(PLACED) if isinstance(conv, dict) else conv
        return {"kind": kind, "conv": placed, "filters": draw(POLICIES) if placed else "keep"}
    up = {"kind": kind, "conv": conv, "filters": draw(POLICIES), "norm": draw(st.booleans())}
    if kind == "pixel_shuffle":
        up["icnr"] = draw(st.booleans())
    elif draw(st.booleans()):
        up |= {"kernel": draw(st.sampled_from([2, 3, 4])), "use_bias": draw(st.booleans())}
    return up


@st.composite
def downs(draw: st.DrawFn, dims: int, steps: int | None) -> dict[str, Any]:
    """A down for all of `steps`, or one of a list."""
    kind = draw(st.sampled_from(["max_pool", "average_pool", "strided_conv", "blur_pool", "space_to_depth"]))
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
    elif kind == "space_to_depth":
        down |= {"filters": draw(st.sampled_from(["keep", "next", 3])), "norm": draw(st.booleans())}
    else:
        down |= draw(st.sampled_from([{}, {}, {"ceil": True}, {"window": 3}, {"window": 2}]))
    return down


@st.composite
def bottlenecks(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["none", "none", "aspp", "self_attention"]))
    if kind == "aspp":
        rates = draw(st.sampled_from([[2], [1, 3]]))
        return {
            "kind": kind,
            "rates": rates,
            "image_pooling": draw(st.booleans()),
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
    return {"kind": kind}


@st.composite
def skips(draw: st.DrawFn, kinds: list[str]) -> dict[str, Any]:
    skip: dict[str, Any] = {"kind": draw(st.sampled_from(kinds))}
    if skip["kind"] not in ("add", "none"):
        skip["order"] = draw(st.sampled_from(["up_first", "skip_first"]))
    if skip["kind"] == "attention":
        skip |= {
            "gating": draw(st.sampled_from(["grid", "up"])),
            "filters": draw(st.sampled_from(["half", "keep", 4])),
            "norm": draw(st.sampled_from([None, "batch", "none", "layer"])),
            "residual": draw(st.booleans()),
            "join": draw(st.sampled_from(["concat", "concat", "add"])),
        }
    return skip


SQUEEZES = st.sampled_from(
    [None, None, "channel", {"kind": "both", "ratio": 2}, {"kind": "spatial", "use_bias": False}]
)
SHORTCUTS: dict[str, list[Any]] = {
    "projection": ["when_needed", "always", "in_front"],
    "projection_norm": [True, False],
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
    "naf": {"kernel": [3, None], "norm": [{"kind": "layer"}, None], "layer_scale": [0.0, 0.5, None]},
    "rsu": {"height": [2, 3, 4], "dilated": [False, True]},
}


@st.composite
def blocks(draw: st.DrawFn, kind: str | None = None) -> dict[str, Any]:
    kind = kind or draw(st.sampled_from(["plain", "residual", "none", *BLOCK_FIELDS]))
    if kind == "none":
        return {"kind": kind}
    block: dict[str, Any] = {"kind": kind, "repeats": draw(st.sampled_from([1, 1, 1, 2]))}
    block["squeeze_excitation"] = draw(SQUEEZES)
    if "projection" in BLOCK_FIELDS[kind]:
        strided = [{}, {"projection_kernel": "block"}, {"shortcut_pool": "average"}]
        block |= draw(st.sampled_from(strided))
    return block | {name: draw(st.sampled_from(values)) for name, values in BLOCK_FIELDS[kind].items()}


@st.composite
def topologies(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    kinds = ["unet", "unet", "unet_plus_plus", "unet_3_plus", "dense_skip", "strided_unet"]
    kind = draw(st.sampled_from(kinds))
    topology: dict[str, Any] = {"kind": kind}
    if kind == "unet_plus_plus":
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
    ]
)


@st.composite
def heads(draw: st.DrawFn, most: int) -> dict[str, Any]:
    """A head with up to `most` further rows."""
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
        "deep_supervision": draw(st.sampled_from([None, None, None, 1, most, *fused])) if most else None,
    }


def with_an_effect(data: dict[str, Any]) -> dict[str, Any]:
    """`data`, with each field that is refused because it does nothing at its default."""
    data = deepcopy(data)
    try:
        from_dict(data)
    except ConfigError as error:
        for problem in error.problems:
            if problem.message.startswith("does nothing"):
                *path, last = problem.path
                holder: Any = data
                for part in path:
                    holder = holder[part]
                holder[last] = yaml.safe_load(str(problem.hint).rpartition(": ")[2].rstrip("`"))
    return data


@st.composite
def config_data(draw: st.DrawFn, dims: int, data_format: str) -> dict[str, Any]:
    """A config as plain data. Nearly all are valid; the size may not fit."""
    depth = draw(st.integers(2, 4 if dims < 3 else 3))
    topology = draw(topologies(depth))
    largest = {1: 70, 2: 34, 3: 18}[dims]
    kernel = st.sampled_from([1, 3, 3, 5])
    joins = ["concat"] if topology["kind"] == "unet_3_plus" else ["concat", "add", "attention", "crop"]
    ends = ["none"] if topology["kind"] in ("unet", "strided_unet") else []
    skip = draw(levels(skips([*joins, *ends]), depth - 1))
    ends_itself = topology["kind"] == "strided_unet"
    rows = topology.get("prune_to") or depth - 1
    most = rows - 1 if topology["kind"] == "unet_plus_plus" else rows
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
            "padding": draw(st.sampled_from(["same", "valid", "torch"])),
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
                    ]
                )
            ),
            "num_classes": draw(st.integers(2, 3)),
            "head": {} if ends_itself else draw(heads(most)),
            "tasks": [] if ends_itself else draw(TASKS),
            "resize": draw(
                st.sampled_from(
                    [
                        "refuse",
                        "pad_and_crop",
                        "resize_to_skip",
                        "centre_crop",
                        "pad_to_skip",
                        {"policy": "pad_to_skip", "padding": "zero"},
                        {"policy": "resize_to_skip", "interpolation": "linear"},
                    ]
                )
            ),
            "compile": {"loss": draw(LOSSES), "metrics": ["categorical_accuracy"]},
            "seed": draw(st.integers(0, 3)),
        }
    )


EXECUTIONS = st.fixed_dictionaries(
    {
        "layout": st.sampled_from(["declared", "channels_last", "auto"]),
        "precision": st.sampled_from(["float32", "float64", "mixed_bfloat16", "mixed_float16", "auto"]),
        "remat": st.sampled_from(["none", "blocks"]),
        "optimize": st.sampled_from(["none", "training", "inference"]),
    }
)
"""For `execution`, which `config_data` leaves at its default: most tests compare what is computed."""
