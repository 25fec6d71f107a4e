"""Networks of segmentation_models_pytorch, whose configs have to be named."""

from __future__ import annotations

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
    if found.network != "Linknet":  # its filters follow from the encoder's
        stages = recipe_of(config, LevelValues(config)).decoder
        arguments["decoder_channels"] = [stage.filters[-1] for stage in reversed(stages)]
    if any(".attention1." in name for name in tensors):
        arguments["decoder_attention_type"] = "scse"
    return getattr(import_module("segmentation_models_pytorch"), found.network)(**arguments)


def encoder_name(kind: str, tensors: Tensors) -> str:
    """segmentation_models_pytorch's name of an encoder: one of its own, or timm's behind ``tu-``."""
    if any(name.startswith("encoder.model.") for name in tensors):
        return f"tu-{OF_TIMM.get(kind, kind)}"
    if kind.startswith("smp_"):
        return kind.removeprefix("smp_").replace("_", "-")
    return kind.replace("legacy_se", "se_")
