"""The arguments of MONAI's networks for a config, so that the original can be built and asked.

Argument names as in MONAI 1.6 (monai/networks/nets). An argument that is wrong makes an original that
computes something else than the imported model, and the import is refused. What leaves no trace in a
checkpoint, such as the slope of an activation, comes from the config for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeVar

from unetgen.config.level_values import LevelValues
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.errors import UnetgenError
from unetgen.parts.activation import ActivationChoice
from unetgen.parts.norms import AnyNorm
from unetgen.parts.per_level import entries
from unetgen.parts.recipe import Recipe
from unetgen.plan.ops import Activation
from unetgen.weights.transplant import Tensors

Arguments = dict[str, object]
T = TypeVar("T")


def _shared(config: UNetConfig) -> Arguments:
    return {"in_channels": config.input.channels, "out_channels": config.num_classes}


def _of_all_levels(field: str, values: tuple[T, ...]) -> T:
    """What a config says of all levels; raises `UnetgenError` where they differ."""
    first, *others = values
    if any(other != first for other in others):
        raise UnetgenError(
            f"{field}: MONAI's networks have the same on each level, so that this cannot be the checkpoint's "
            "config"
        )
    return first


def _norm(config: UNetConfig) -> str | tuple[str, Arguments]:
    """The norm as MONAI's factory takes it; raises `UnetgenError` for one that it does not make."""
    norm: AnyNorm = _of_all_levels("norm", entries(config.norm))
    if norm.kind == "none":
        return ""
    if norm.kind not in ("batch", "instance", "group"):
        _refuse("norm", norm.kind, ("none", "batch", "instance", "group"))
    groups = {"num_groups": norm.groups} if norm.kind == "group" else {}
    return norm.kind, {"affine": norm.affine, "eps": norm.epsilon, **groups}


_ACTIVATIONS: Mapping[str, Callable[[ActivationChoice], tuple[str, Arguments]]] = {
    "celu": lambda choice: ("celu", {"alpha": choice["alpha"]}),
    "elu": lambda choice: ("elu", {"alpha": choice["alpha"]}),
    "gelu": lambda choice: ("gelu", {"approximate": "tanh" if choice["approximate"] else "none"}),
    "leaky_relu": lambda choice: ("leakyrelu", {"negative_slope": choice["negative_slope"]}),
    "log_softmax": lambda choice: ("logsoftmax", {"dim": 1}),
    "mish": lambda choice: ("mish", {}),
    "relu": lambda choice: ("relu", {}),
    "relu6": lambda choice: ("relu6", {}),
    "selu": lambda choice: ("selu", {}),
    "sigmoid": lambda choice: ("sigmoid", {}),
    "silu": lambda choice: ("swish", {}),
    "softmax": lambda choice: ("softmax", {"dim": 1}),
    "swish": lambda choice: ("swish", {}),
    "tanh": lambda choice: ("tanh", {}),
}
"""By our name: MONAI's (monai/networks/layers/factories.py), and the options as PyTorch has them."""
_RELU = Activation("relu")
_SLOPES = re.compile(r"(adn\.A|\.lrelu|\.act|\.act_function\d?)\.weight$")


def _activation(config: UNetConfig, tensors: Tensors) -> str | tuple[str, Arguments]:
    """The activation as MONAI's factory takes it; raises `UnetgenError` for one that it does not make."""
    choice = _of_all_levels("activation", entries(config.activation))
    if choice.name == "prelu":
        sizes = {tensors[name].size for name in tensors if _SLOPES.search(name)}
        # Only VNet's can differ, for which MONAI puts as many slopes as channels.
        return ("prelu", {"num_parameters": sizes.pop()}) if len(sizes) == 1 else "prelu"
    if choice.name == "linear":
        return ""
    if choice.name not in _ACTIVATIONS:
        _refuse("activation", choice.name, ("linear", "prelu", *_ACTIVATIONS))
    if choice.name == "relu" and choice.op() != _RELU:
        _refuse("activation", "relu with options", ("leaky_relu", "relu", "relu6"))
    return _ACTIVATIONS[choice.name](choice)


def _refuse(field: str, given: str, known: Iterable[str]) -> NoReturn:
    raise UnetgenError(
        f"{field}: no network of MONAI's computes {given!r} as a config means it, so that this cannot be the "
        f"checkpoint's config; they have {', '.join(sorted(known))}"
    )


def _ordering(config: UNetConfig) -> str:
    """`order` as ``adn_ordering``; raises `UnetgenError` where the convolution does not come first."""
    first, *others = config.order
    if first != "conv":
        raise UnetgenError(
            "order: MONAI's UNet begins with the convolution, so that this cannot be the checkpoint's "
            f"config (got {', '.join(config.order)})"
        )
    return "".join({"norm": "N", "dropout": "D", "activation": "A"}[element] for element in others)


def _channels(recipe: Recipe) -> list[int]:
    return [stage.filters[-1] for stage in recipe.encoder]


def _steps(recipe: Recipe) -> list[tuple[int, ...]]:
    return [step.strides for step in recipe.steps]


def _basic_unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))
    return _shared(config) | {
        "features": (*_channels(recipe), recipe.decoder[0].filters[-1]),
        "act": _activation(config, tensors),
        "norm": _norm(config),
        "bias": _of_all_levels("use_bias", entries(config.use_bias)),
        "upsample": "deconv",
    }


def _unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))
    residual = any(".residual." in name or ".unit0." in name for name in tensors)
    return (
        _shared(config)
        | _steps_and_kernels(config)
        | {
            "num_res_units": len(recipe.encoder[0].filters) if residual else 0,
            "act": _activation(config, tensors),
            "norm": _norm(config),
            "bias": _of_all_levels("use_bias", entries(config.use_bias)),
            "adn_ordering": _ordering(config),
        }
    )


def _steps_and_kernels(config: UNetConfig) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))
    kernel, up = recipe.encoder[0].conv.kernel, _of_all_levels("up", entries(config.up))
    return {
        "channels": _channels(recipe),
        "strides": _steps(recipe),
        "kernel_size": kernel,
        "up_kernel_size": kernel if up.own_kernel is None else up.own_kernel,
    }


def _attention_unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    return _shared(config) | _steps_and_kernels(config)


def _dyn_unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))
    heads = {name.split(".")[1] for name in tensors if name.startswith("deep_supervision_heads.")}
    return _shared(config) | {
        "kernel_size": [stage.conv.kernel for stage in recipe.encoder],
        "strides": [(1,) * config.dims, *_steps(recipe)],
        "upsample_kernel_size": _steps(recipe),
        "filters": _channels(recipe),
        "norm_name": _norm(config),
        "act_name": _activation(config, tensors),
        "res_block": "input_block.conv3.conv.weight" in tensors,
        "trans_bias": "upsamples.0.transp_conv.conv.bias" in tensors,
        **({"deep_supervision": True, "deep_supr_num": len(heads)} if heads else {}),
    }


def _seg_res_net(config: UNetConfig, tensors: Tensors) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))

    def blocks(part: str) -> list[int]:
        numbers = [name.split(".")[1:3] for name in tensors if name.startswith(part) and ".conv1." in name]
        levels = sorted({int(level) for level, _ in numbers})
        return [len({block for at, block in numbers if int(at) == level}) for level in levels]

    return _shared(config) | {
        "init_filters": _channels(recipe)[0],
        "blocks_down": blocks("down_layers."),
        "blocks_up": blocks("up_layers."),
        "norm": _norm(config),
        "act": _activation(config, tensors),
        "upsample_mode": "deconv" if "up_samples.0.1.deconv.weight" in tensors else "nontrainable",
    }


def _vnet(config: UNetConfig, tensors: Tensors) -> Arguments:
    bias = "in_tr.conv_block.conv.bias" in tensors
    return _shared(config) | {"act": _activation(config, tensors), "bias": bias}


ARGUMENTS: Mapping[str, Callable[[UNetConfig, Tensors], Arguments]] = {
    "MONAI BasicUNet": _basic_unet,
    "MONAI UNet": _unet,
    "MONAI AttentionUnet": _attention_unet,
    "MONAI DynUNet": _dyn_unet,
    "MONAI SegResNet": _seg_res_net,
    "MONAI VNet": _vnet,
}
