"""The arguments of MONAI's networks for a config, so that the original can be built and asked.

Argument names as in MONAI 1.6 (monai/networks/nets). A wrong argument does no harm: the original
then computes something else than the imported model, and the import is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unetgen.config.level_values import LevelValues
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.importing.transplant import Tensors
from unetgen.parts.activation import ActivationChoice
from unetgen.parts.recipe import Recipe

Arguments = dict[str, object]


def _shared(config: UNetConfig) -> Arguments:
    return {"in_channels": config.input.channels, "out_channels": config.num_classes}


def _norm(config: UNetConfig) -> tuple[str, Arguments] | None:
    """The norm as MONAI's factory takes it."""
    norm = config.norm
    if norm.kind not in ("batch", "instance", "group"):
        return None
    groups = {"num_groups": norm.groups} if norm.kind == "group" else {}
    return norm.kind, {"affine": norm.affine, "eps": norm.epsilon, **groups}


def _activation(choice: ActivationChoice) -> tuple[str, Arguments]:
    """The activation as MONAI's factory takes it."""
    name = choice.name.replace("_", "") if choice.name == "leaky_relu" else choice.name
    options = {"negative_slope": choice["negative_slope"]} if choice.name == "leaky_relu" else {}
    return name, options


def _channels(recipe: Recipe) -> list[int]:
    return [stage.filters[-1] for stage in recipe.encoder]


def _steps(recipe: Recipe) -> list[tuple[int, ...]]:
    return [step.strides for step in recipe.steps]


def _basic_unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))
    learned = "upcat_1.upsample.deconv.weight" in tensors
    return _shared(config) | {
        "features": (*_channels(recipe), recipe.decoder[0].filters[-1]),
        "act": _activation(config.activation),
        "norm": _norm(config),
        "bias": config.use_bias,
        "upsample": "deconv" if learned else "nontrainable",
    }


def _unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))
    residual = any(".residual." in name or ".unit0." in name for name in tensors)
    up_kernel = getattr(config.up, "kernel", None)
    return _shared(config) | {
        "channels": _channels(recipe),
        "strides": _steps(recipe),
        "kernel_size": recipe.encoder[0].conv.kernel,
        "up_kernel_size": recipe.encoder[0].conv.kernel if up_kernel is None else up_kernel,
        "num_res_units": len(recipe.encoder[0].filters) if residual else 0,
        "act": _activation(config.activation),
        "norm": _norm(config),
        "bias": config.use_bias,
    }


def _attention_unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    unet = _unet(config, tensors)
    names = ("in_channels", "out_channels", "channels", "strides", "kernel_size", "up_kernel_size")
    return {name: unet[name] for name in names}


def _dyn_unet(config: UNetConfig, tensors: Tensors) -> Arguments:
    recipe = recipe_of(config, LevelValues(config))
    heads = {name.split(".")[1] for name in tensors if name.startswith("deep_supervision_heads.")}
    return _shared(config) | {
        "kernel_size": [stage.conv.kernel for stage in recipe.encoder],
        "strides": [(1,) * config.dims, *_steps(recipe)],
        "upsample_kernel_size": _steps(recipe),
        "filters": _channels(recipe),
        "norm_name": _norm(config),
        "act_name": _activation(config.activation),
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
        "act": _activation(config.activation),
    }


def _vnet(config: UNetConfig, tensors: Tensors) -> Arguments:
    bias = "in_tr.conv_block.conv.bias" in tensors
    return _shared(config) | {"act": _activation(config.activation), "bias": bias}


ARGUMENTS: Mapping[str, Callable[[UNetConfig, Tensors], Arguments]] = {
    "MONAI BasicUNet": _basic_unet,
    "MONAI UNet": _unet,
    "MONAI AttentionUnet": _attention_unet,
    "MONAI DynUNet": _dyn_unet,
    "MONAI SegResNet": _seg_res_net,
    "MONAI VNet": _vnet,
}
