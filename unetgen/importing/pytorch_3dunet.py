"""Networks of pytorch-3dunet, whose configs have to be named.

Names of modules as pytorch3dunet 1.9.6 gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from unetgen.config.level_values import LevelValues
from unetgen.config.model import UNetConfig
from unetgen.config.recipe import recipe_of
from unetgen.errors import UnetgenError
from unetgen.importing.comparing import largest_difference
from unetgen.importing.network import Asked, Network
from unetgen.importing.originals import Original, installed
from unetgen.parts.per_level import entries
from unetgen.plan.ops import Conv, Norm
from unetgen.weights.files import read_tensors
from unetgen.weights.prefixes import without_prefix
from unetgen.weights.transplant import Leaves, Rule, Tensors, WeightFamily, transplant
from unetgen.weights.where import CONV, decoder, encoder, head

PACKAGE = "pytorch3dunet"
_LEAVES: Leaves = {Conv: "conv", Norm: "groupnorm"}
UNET = WeightFamily(
    "pytorch-3dunet UNet",
    _LEAVES,
    (
        Rule(encoder(CONV), ("encoders.{level}.basic_module.SingleConv{conv}.{leaf}",)),
        Rule(decoder(CONV), ("decoders.{level_up}.basic_module.SingleConv{conv}.{leaf}",)),
        Rule(head(), ("final_conv",)),
    ),
)
RESIDUAL_UNET = WeightFamily(
    "pytorch-3dunet ResidualUNet",
    _LEAVES,
    (
        Rule(encoder("enter"), ("encoders.{level}.basic_module.conv1",)),
        Rule(encoder(CONV), ("encoders.{level}.basic_module.conv{conv_1}.{leaf}",)),
        Rule(decoder(part="up"), ("decoders.{level_up}.upsampling.upsample.conv_transposed",)),
        Rule(decoder(CONV), ("decoders.{level_up}.basic_module.conv{conv_1}.{leaf}",)),
        Rule(head(), ("final_conv",)),
    ),
)
FAMILIES: Mapping[str, WeightFamily] = {
    "encoders.0.basic_module.SingleConv1.": UNET,
    "encoders.0.basic_module.conv2.": RESIDUAL_UNET,
}
"""By tensors that only one of the networks has."""
_ACTIVATIONS = {"relu": "r", "leaky_relu": "l", "elu": "e"}


def pytorch_3dunet_network(asked: Asked) -> Network:
    """The network of the file's tensors."""
    design = asked.chosen("a checkpoint of pytorch-3dunet")
    tensors = without_prefix(read_tensors(asked.file), FAMILIES)
    family = family_of(tensors)
    layers = transplant(design.plan, tensors, family)
    original = installed(
        PACKAGE, Original("pytorch-3dunet", partial(_make, design.config, family)), "pytorch-3dunet"
    )
    difference = partial(largest_difference, design.config, layers)
    return Network(design, family.name, layers, tensors, original, difference)


def family_of(tensors: Tensors) -> WeightFamily:
    """The network that has tensors of these names; raises `UnetgenError` where it is none that is known."""
    for mark, family in FAMILIES.items():
        if any(name.startswith(mark) for name in tensors):
            return family
    known = " and ".join(family.name.removeprefix("pytorch-3dunet ") for family in FAMILIES.values())
    first = next(iter(tensors), None)
    raise UnetgenError(f"the tensors are those of none of pytorch-3dunet's {known} (the first is {first!r})")


def _make(config: UNetConfig, family: WeightFamily) -> Any:
    recipe = recipe_of(config, LevelValues(config))
    norm, activation = entries(config.norm)[0], entries(config.activation)[0]
    letters = {"conv": "c", "activation": _ACTIVATIONS[activation.name], "dropout": ""}
    letters["norm"] = {"group": "g", "batch": "b", "none": ""}[norm.kind]
    kind = f"{family.name.rpartition(' ')[2]}{config.dims}D"
    return getattr(import_module(f"{PACKAGE}.unet3d.model"), kind)(
        in_channels=config.input.channels,
        out_channels=config.num_classes,
        f_maps=[stage.filters[-1] for stage in recipe.encoder],
        layer_order="".join(letters[part] for part in config.order),
        num_groups=norm.groups if norm.kind == "group" else 8,
        is_segmentation=False,
    )
