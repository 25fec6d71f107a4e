"""From nnU-Net's plans to a config: the network that nnU-Net v2 would train, and how.

Isensee et al. 2021, doi 10.1038/s41592-020-01008-z; ResEnc: Isensee et al. 2024, arXiv 2404.09556. Of the
training it takes what the language has: the loss, SGD with Nesterov momentum 0.99, the polynomial
schedule from 0.01 over 1,000 epochs of 250 steps, the weight decay of 3e-5 as an L2 penalty on the kernels,
and gradients clipped at a norm of 12 (nnunetv2/training/nnUNetTrainer/nnUNetTrainer.py).
"""

from __future__ import annotations

from typing import Any

from unetgen.importing.nnunet_labels import Dataset
from unetgen.importing.nnunet_plans import PlannedNetwork

EPOCHS, STEPS = 1000, 250
WEIGHT_DECAY = 3e-5


def config_of(network: PlannedNetwork, dataset: Dataset, name: str, source: str) -> dict[str, Any]:
    """The config as plain data, in the language's order; only what differs from its defaults."""
    return {
        "name": name,
        "source": source,
        "input": {"shape": list(network.patch_size), "channels": dataset.channels},
        "depth": network.depth,
        **_filters(network.filters),
        "kernel": _same_or_all(network.kernels),
        "padding": "torch",
        "activation": dict(network.activation),
        "norm": dict(network.norm),
        **_order(network),
        **({"dropout": dict(network.dropout)} if network.dropout else {}),
        **({} if network.use_bias else {"use_bias": False}),
        "kernel_initializer": {
            "kind": "variance_scaling",
            "scale": 2 / (1 + 0.01**2),
            "mode": "fan_in",
            "distribution": "untruncated_normal",
        },
        "kernel_regularizer": {"kind": "l2", "l2": WEIGHT_DECAY / 2},
        **_blocks(network),
        "down": {"kind": "strided_conv", "size": _same_or_all(network.strides[1:]), "into_block": True},
        "up": {"kind": "transposed", "filters": "skip"},
        "skip": {"kind": "concat", "order": "up_first"},
        **_decoder(network),
        "num_classes": dataset.num_classes,
        "head": _head(network, dataset),
        "compile": _training(network, dataset),
    }


def _filters(filters: tuple[int, ...]) -> dict[str, Any]:
    """As a rule where they follow nnU-Net's own, else outright."""
    first, most = filters[0], max(filters)
    if filters == tuple(min(first * 2**level, most) for level in range(len(filters))):
        capped = {"max_filters": most} if first * 2 ** (len(filters) - 1) > most else {}
        return {"base_filters": first, **capped}
    return {"base_filters": None, "filters": list(filters)}


def _same_or_all(per_level: tuple[tuple[int, ...], ...]) -> object:
    """One number where all are equal, else a list of one list per level."""
    numbers = {number for axes in per_level for number in axes}
    return numbers.pop() if len(numbers) == 1 else [list(axes) for axes in per_level]


def _same_or_list(values: tuple[int, ...]) -> object:
    return values[0] if len(set(values)) == 1 else list(values)


def _order(network: PlannedNetwork) -> dict[str, Any]:
    order = ["conv", "dropout", "norm", "activation"]
    if network.nonlin_first and network.norm["kind"] != "none":
        order = ["conv", "dropout", "activation", "norm"]
    if not network.dropout:
        order.remove("dropout")
    return {"order": order}


def _blocks(network: PlannedNetwork) -> dict[str, Any]:
    if network.family == "plain":
        return {"block": {"kind": "plain", "convs": _same_or_list(network.convs)}}
    stem = {} if network.stem_filters is None else {"filters": network.stem_filters}
    ratio = network.bottleneck_ratio
    block = {
        **({"kind": "residual"} if ratio is None else {"kind": "bottleneck", "ratio": ratio}),
        "repeats": _same_or_list(network.convs),
        "shortcut_pool": "average",
        "projection": "when_needed",
        "projection_norm": True,
        "projection_bias": False,
    }
    return {"stem": {"kernel": None, **stem}, "block": block}


def _decoder(network: PlannedNetwork) -> dict[str, Any]:
    convs = {"convs": _same_or_list(network.decoder_convs)}
    if network.family == "residual":
        return {"decoder": {"block": {"kind": "plain", **convs}}}
    return {"decoder": convs} if network.decoder_convs != network.convs[:-1] else {}


def _head(network: PlannedNetwork, dataset: Dataset) -> dict[str, Any]:
    head: dict[str, Any] = {"activation": "sigmoid" if dataset.regions else "softmax"}
    extra = network.depth - 2  # the finest level's head is the main one, the bottom has none
    if extra:
        head["deep_supervision"] = {"levels": extra, "weights": loss_weights(extra + 1)}
    return head


def loss_weights(heads: int) -> list[float]:
    """nnU-Net's weights of its heads, the finest first: halves, none for the coarsest, a sum of 1.

    >>> loss_weights(3)
    [0.6666666666666666, 0.3333333333333333, 0.0]
    """
    raw = [*(0.5**level for level in range(heads - 1)), 0.0]
    return [weight / sum(raw) for weight in raw]


def _training(network: PlannedNetwork, dataset: Dataset) -> dict[str, Any]:
    per_sample, regions = not network.batch_dice, dataset.regions
    dice = {"kind": "dice", "per_sample": per_sample, "smooth": 1e-5, "include_background": regions}
    schedule = {
        "kind": "polynomial_decay",
        "initial_learning_rate": 0.01,
        "decay_steps": EPOCHS * STEPS,
        "end_learning_rate": 0.0,
        "power": 0.9,
    }
    ignored = {} if dataset.ignore_class is None else {"ignore_class": dataset.ignore_class}
    return {
        "loss": [dice, {"kind": "binary_crossentropy" if regions else "categorical_crossentropy"}],
        "optimizer": {
            "kind": "sgd",
            "learning_rate": schedule,
            "momentum": 0.99,
            "nesterov": True,
            "global_clipnorm": 12.0,
        },
        **ignored,
    }
