"""MedNeXts, the authors' and MONAI's, whose configs have to be named."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.importing.comparing import largest_difference
from unetgen.importing.mednext import MARKS, MEDNEXT, UNREAD, authors_tensors, is_of_monai
from unetgen.importing.network import Asked, Network
from unetgen.importing.originals import Original, installed
from unetgen.weights.files import read_tensors
from unetgen.weights.prefixes import without_prefix
from unetgen.weights.transplant import Tensors, transplant


def mednext_network(asked: Asked) -> Network:
    """The network of the file's tensors, by whichever of the two names they have."""
    design = asked.chosen("a checkpoint of a MedNeXt")
    tensors = without_prefix(read_tensors(asked.file), MARKS)
    named = authors_tensors(tensors)
    layers = transplant(design.plan, named, MEDNEXT)
    difference = partial(largest_difference, design.config, layers)
    original = _original(design.config, tensors, named)
    left_out = tuple(name for name in tensors if name == UNREAD)
    return Network(design, MEDNEXT.name, layers, tensors, original, difference, left_out)


def _original(config: UNetConfig, tensors: Tensors, named: Tensors) -> Original | str:
    if is_of_monai(tensors):
        return installed("monai", Original("MONAI", partial(_monai, config, named)), "monai")
    package = "git+https://github.com/MIC-DKFZ/MedNeXt"
    return installed("nnunet_mednext", Original("nnunet_mednext", partial(_authors, config, named)), package)


def _authors(config: UNetConfig, named: Tensors) -> Any:
    levels = range(config.depth - 1)
    stages = [
        *(f"enc_block_{n}" for n in levels),
        "bottleneck",
        *(f"dec_block_{n}" for n in reversed(levels)),
    ]
    module = import_module("nnunet_mednext.network_architecture.mednextv1.MedNextV1")
    return module.MedNeXt(
        in_channels=config.input.channels,
        n_channels=named["stem.weight"].shape[0],
        n_classes=config.num_classes,
        exp_r=[_ratio(stage, named) for stage in stages],
        kernel_size=named["enc_block_0.0.conv1.weight"].shape[-1],
        deep_supervision="out_1.conv_out.weight" in named,
        do_res=True,
        do_res_up_down="down_0.res_conv.weight" in named,
        block_counts=[_blocks(stage, named) for stage in stages],
        dim=f"{config.dims}d",
    )


def _monai(config: UNetConfig, named: Tensors) -> Any:
    levels = range(config.depth - 1)
    down, up = [f"enc_block_{n}" for n in levels], [f"dec_block_{n}" for n in reversed(levels)]
    return import_module("monai.networks.nets").MedNeXt(
        spatial_dims=config.dims,
        init_filters=named["stem.weight"].shape[0],
        in_channels=config.input.channels,
        out_channels=config.num_classes,
        encoder_expansion_ratio=[_ratio(stage, named) for stage in down],
        bottleneck_expansion_ratio=_ratio("bottleneck", named),
        decoder_expansion_ratio=[_ratio(stage, named) for stage in up],
        kernel_size=named["enc_block_0.0.conv1.weight"].shape[-1],
        deep_supervision="out_1.conv_out.weight" in named,
        use_residual_connection="down_0.res_conv.weight" in named,
        blocks_down=[_blocks(stage, named) for stage in down],
        blocks_bottleneck=_blocks("bottleneck", named),
        blocks_up=[_blocks(stage, named) for stage in up],
    )


def _ratio(stage: str, named: Tensors) -> int:
    """By how much the blocks of a stage expand their channels."""
    expanded, channels = named[f"{stage}.0.conv2.weight"].shape[:2]
    return int(expanded // channels)


def _blocks(stage: str, named: Tensors) -> int:
    return sum(name.startswith(f"{stage}.") and name.endswith(".conv2.weight") for name in named)
