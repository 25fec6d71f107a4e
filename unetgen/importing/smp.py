"""Networks of segmentation_models_pytorch, whose configs have to be named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from unetgen.config.level_values import LevelValues
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.importing.comparing import largest_difference
from unetgen.importing.encoders import require_no_weights
from unetgen.importing.network import Asked, Network
from unetgen.importing.originals import Original, installed
from unetgen.importing.smp_families import MARKS, SmpTensors, smp_tensors
from unetgen.weights.files import read_tensors
from unetgen.weights.prefixes import without_prefix
from unetgen.weights.transplant import Tensors, transplant

PACKAGE = "segmentation-models-pytorch"
OF_TIMM = {
    "mobilenet_v2": "mobilenetv2_100",
    "mobilenet_v3_large": "mobilenetv3_large_100",
    "mobilenet_v3_small": "mobilenetv3_small_100",
    "efficientnet_v2_s": "efficientnetv2_s",
    "tf_efficientnet_v2_s": "tf_efficientnetv2_s",
}
"""timm's names of our kinds, where they are others."""


def smp_network(asked: Asked) -> Network:
    """The network of the file's tensors: one of the classes that are known, on the config's encoder."""
    design = asked.chosen("a state dict of segmentation_models_pytorch")
    require_no_weights(design)
    tensors = without_prefix(read_tensors(asked.file), MARKS)
    found = smp_tensors(design, tensors)
    layers = transplant(design.plan, found.tensors, found.family)
    make = partial(_make, design.config, found, tensors)
    original = installed("segmentation_models_pytorch", Original(PACKAGE, make), PACKAGE)
    difference = partial(largest_difference, design.config, layers)
    return Network(design, found.family.name, layers, tensors, original, difference, found.left_out)


def _make(config: UNetConfig, found: SmpTensors, tensors: Tensors) -> Any:
    """The original, not initialized with anybody's weights."""
    assert config.encoder is not None
    arguments: dict[str, Any] = {
        "encoder_name": encoder_name(config.encoder.kind, tensors),
        "encoder_depth": config.depth - 1,
        "encoder_weights": None,
        "in_channels": config.input.channels,
        "classes": config.num_classes,
    }
    arguments |= ARGUMENTS.get(found.network, _with_filters)(config)
    for task in config.tasks:
        pooling = {"average": "avg"}.get(task.pooling, task.pooling)
        arguments["aux_params"] = {"classes": task.num_classes, "pooling": pooling}
    if any(".attention1." in name for name in tensors):
        arguments["decoder_attention_type"] = "scse"
    return getattr(import_module("segmentation_models_pytorch"), found.network)(**arguments)


def _with_filters(config: UNetConfig) -> dict[str, Any]:
    stages = recipe_of(config, LevelValues(config)).decoder
    return {"decoder_channels": [stage.filters[-1] for stage in reversed(stages)]}


def _manet(config: UNetConfig) -> dict[str, Any]:
    return {**_with_filters(config), "decoder_pab_channels": getattr(config.bottleneck, "key_filters", 64)}


def _fpn(config: UNetConfig) -> dict[str, Any]:
    topology: Any = config.topology
    return {
        "decoder_pyramid_channels": topology.pyramid_filters,
        "decoder_segmentation_channels": topology.filters,
        "decoder_merge_policy": "cat" if topology.merge == "concat" else "add",
        **_upsampling(config),
    }


def _pspnet(config: UNetConfig) -> dict[str, Any]:
    bottom: Any = config.bottleneck
    return {"psp_out_channels": bottom.filters, **_upsampling(config)}


def _pan(config: UNetConfig) -> dict[str, Any]:
    bottom: Any = config.bottleneck
    return {"decoder_channels": bottom.filters, **_strides(config), **_upsampling(config)}


def _deeplab_v3_plus(config: UNetConfig) -> dict[str, Any]:
    bottom: Any = config.bottleneck
    own = {"decoder_channels": bottom.filters, "decoder_atrous_rates": bottom.rates}
    return {**own, **_strides(config), **_upsampling(config)}


def _upsampling(config: UNetConfig) -> dict[str, Any]:
    """By how much the head enlarges its scores; every step of an encoder halves the size."""
    return {"upsampling": 2 ** config.topology.ends_at(config.depth) if config.head.upsample else 1}


def _strides(config: UNetConfig) -> dict[str, Any]:
    stride = getattr(config.encoder, "output_stride", None)
    return {} if stride is None else {"encoder_output_stride": stride}


ARGUMENTS: Mapping[str, Callable[[UNetConfig], dict[str, Any]]] = {
    "Linknet": lambda config: {},  # its filters follow from the encoder's
    "MAnet": _manet,
    "FPN": _fpn,
    "PSPNet": _pspnet,
    "PAN": _pan,
    "DeepLabV3Plus": _deeplab_v3_plus,
}
"""What a class takes beside its encoder; the others take the decoder's filters."""


def encoder_name(kind: str, tensors: Tensors) -> str:
    """segmentation_models_pytorch's name of an encoder: one of its own, or timm's behind ``tu-``."""
    if any(name.startswith("encoder.model.") for name in tensors):
        return f"tu-{OF_TIMM.get(kind, kind)}"
    if kind.startswith("smp_"):
        return kind.removeprefix("smp_").replace("_", "-")
    return kind.replace("legacy_se", "se_")
