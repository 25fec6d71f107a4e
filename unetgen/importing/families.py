"""The families of PyTorch networks whose weights can be imported, and how to recognize them.

Names of modules as dynamic-network-architectures 0.4 and MONAI 1.6 give them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from unetgen.errors import UnetgenError
from unetgen.plan.ops import Conv, Norm, PRelu, TransposedConv
from unetgen.plan.place import Piece
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, BLOCK, CONV, decoder, encoder, head

_NNUNET: Leaves = {Conv: "conv", TransposedConv: "conv", Norm: "norm", PRelu: "nonlin"}
_MONAI: Leaves = {Conv: "conv", TransposedConv: "conv", Norm: "adn.N", PRelu: "adn.A"}

NNUNET = WeightFamily(
    "nnU-Net",
    _NNUNET,
    (
        Rule(encoder(part="stem"), ("encoder.stem.convs.0.{leaf}",)),
        Rule(
            encoder(CONV),
            (
                "encoder.stages.{level}.0.convs.{conv_0}.{leaf}",
                "encoder.stages.{level}.blocks.0.conv{conv}.{leaf}",
            ),
        ),
        Rule(
            encoder(BLOCK, CONV),
            ("encoder.stages.{level}.blocks.{block_0}.conv{conv}.{leaf}",),
        ),
        Rule(
            encoder("shortcut"),
            (
                "encoder.stages.{level}.blocks.0.skip.1.{leaf}",
                "encoder.stages.{level}.blocks.0.skip.0.{leaf}",
            ),
        ),
        Rule(
            encoder(BLOCK, "shortcut"),
            (
                "encoder.stages.{level}.blocks.{block_0}.skip.1.{leaf}",
                "encoder.stages.{level}.blocks.{block_0}.skip.0.{leaf}",
            ),
        ),
        *(
            Rule(
                encoder(*at, word),
                (f"encoder.stages.{{level}}.blocks.{index}.conv{n}.{{leaf}}",),
            )
            for at, index in (((), "0"), ((BLOCK,), "{block_0}"))
            for n, word in ((1, "reduce"), (2, "conv"), (3, "expand"))
        ),
        Rule(decoder(part="up"), ("decoder.transpconvs.{level_up}",)),
        Rule(decoder(CONV), ("decoder.stages.{level_up}.convs.{conv_0}.{leaf}",)),
        Rule(head(), ("decoder.seg_layers.{finest}",)),
        Rule(head(level=ANY), ("decoder.seg_layers.{level_up}",)),
    ),
    copies=re.compile(r"^decoder\.encoder\.|\.all_modules\."),
)

BASIC_UNET = WeightFamily(
    "MONAI BasicUNet",
    _MONAI,
    (
        Rule(encoder(CONV, level=0), ("conv_0.conv_{conv_0}.{leaf}",)),
        Rule(encoder(CONV), ("down_{level}.convs.conv_{conv_0}.{leaf}",)),
        Rule(decoder(part="up"), ("upcat_{level_1}.upsample.deconv",)),
        Rule(decoder(CONV), ("upcat_{level_1}.convs.conv_{conv_0}.{leaf}",)),
        Rule(head(), ("final_conv",)),
    ),
)

UNET = WeightFamily(
    "MONAI UNet",
    _MONAI,
    (
        Rule(
            encoder(CONV),
            (
                "model{nest}.0.conv.unit{conv_0}.{leaf}",
                "model{nest}.0.{leaf}",
                "model{nest}.conv.unit{conv_0}.{leaf}",
                "model{nest}.{leaf}",
            ),
        ),
        Rule(encoder("shortcut"), ("model{nest}.0.residual", "model{nest}.residual")),
        Rule(decoder(part="up"), ("model{nest}.2.0.{leaf}", "model{nest}.2.{leaf}")),
        Rule(decoder(CONV), ("model{nest}.2.1.conv.unit{conv_0}.{leaf}",)),
        Rule(head(part="up"), ("model.2.0.{leaf}", "model.2.{leaf}")),
        Rule(head(CONV), ("model.2.1.conv.unit{conv_0}.{leaf}",)),
    ),
    nesting=".1.submodule",
)

_GATE = "model.1{nest}.attention"
ATTENTION_UNET = WeightFamily(
    "MONAI AttentionUnet",
    _MONAI,
    (
        Rule(encoder(CONV, level=0), ("model.0.conv.{conv_0}.{leaf}",)),
        Rule(
            encoder(CONV),
            (
                "model.1{nest_0}.submodule.0.conv.{conv_0}.{leaf}",
                "model.1{nest_0}.submodule.conv.{conv_0}.{leaf}",
            ),
        ),
        Rule(decoder(part="up"), ("model.1{nest}.upconv.up.{leaf}",)),
        *(
            rule
            for ours, theirs in (("theta", "W_x"), ("phi", "W_g"), ("psi", "psi"))
            for rule in (
                Rule(decoder("gate", part="skip", label=ours), (f"{_GATE}.{theirs}.0.conv",)),
                Rule(decoder("gate", part="skip", label=f"{ours}_norm"), (f"{_GATE}.{theirs}.1",)),
            )
        ),
        Rule(decoder(Piece("conv", 1)), ("model.1{nest}.merge.{leaf}",)),
        Rule(head(), ("model.2.conv",)),
    ),
    nesting=".submodule.1",
)

_NUMBERED: Leaves = {
    Conv: "conv{conv}.conv",
    TransposedConv: "conv",
    Norm: "norm{conv}",
    PRelu: "lrelu",
}
_THIRD: Leaves = {Conv: "conv3.conv", Norm: "norm3"}
DYN_UNET = WeightFamily(
    "MONAI DynUNet",
    _NUMBERED,
    (
        Rule(encoder(CONV, level=0), ("input_block.{leaf}",)),
        Rule(encoder("shortcut", level=0), ("input_block.{leaf}",), _THIRD),
        Rule(encoder(CONV), ("downsamples.{level_0}.{leaf}", "bottleneck.{leaf}")),
        Rule(encoder("shortcut"), ("downsamples.{level_0}.{leaf}", "bottleneck.{leaf}"), _THIRD),
        Rule(encoder("add", level=0), ("input_block.{leaf}",)),
        Rule(encoder("add"), ("downsamples.{level_0}.{leaf}", "bottleneck.{leaf}")),
        Rule(decoder(part="up"), ("upsamples.{level_up}.transp_conv.conv",)),
        Rule(decoder(CONV), ("upsamples.{level_up}.conv_block.{leaf}",)),
        Rule(head(), ("output_block.conv.conv",)),
        Rule(head(level=ANY), ("deep_supervision_heads.{level_0}.conv.conv",)),
    ),
    copies=re.compile(r"^skip_layers\."),
    shared=(PRelu,),
)

SEG_RES_NET = WeightFamily(
    "MONAI SegResNet",
    {**_NUMBERED, PRelu: "act"},
    (
        Rule(encoder(part="stem"), ("convInit.conv",)),
        Rule(encoder(part="down"), ("down_layers.{level}.0.conv",)),
        Rule(encoder(CONV), ("down_layers.{level}.1.{leaf}",)),
        Rule(encoder(BLOCK, CONV), ("down_layers.{level}.{block}.{leaf}",)),
        Rule(decoder("conv", part="up"), ("up_samples.{level_up}.0.conv",)),
        Rule(decoder(part="up"), ("up_samples.{level_up}.1.deconv",)),
        Rule(decoder(CONV), ("up_layers.{level_up}.0.{leaf}",)),
        Rule(decoder(BLOCK, CONV), ("up_layers.{level_up}.{block_0}.{leaf}",)),
        Rule(head(label="pre_norm"), ("conv_final.0",)),
        Rule(head(label="pre_activation"), ("conv_final.1",)),
        Rule(head(), ("conv_final.2.conv",)),
    ),
    copies=re.compile(r"^act_mod\."),
    shared=(PRelu,),
)

_STEP: Leaves = {Conv: "down_conv", TransposedConv: "up_conv", Norm: "bn1", PRelu: "act_function1"}
_LU_CONV: Leaves = {Conv: "conv_block.conv", Norm: "conv_block.adn.N", PRelu: "act_function"}
_OUT: Leaves = {**_LU_CONV, PRelu: "act_function1"}
VNET = WeightFamily(
    "MONAI VNet",
    _LU_CONV,
    (
        Rule(encoder(CONV, level=0), ("in_tr.{leaf}",)),
        Rule(encoder("add", level=0), ("in_tr.act_function",)),
        Rule(encoder(part="down"), ("down_tr{level_width}.{leaf}",), _STEP),
        Rule(encoder(CONV), ("down_tr{level_width}.ops.{conv_0}.{leaf}",)),
        Rule(encoder("add"), ("down_tr{level_width}.act_function2",)),
        Rule(decoder(part="up"), ("up_tr{level_1_width}.{leaf}",), _STEP),
        # With `bias` MONAI gives one to all convolutions but these.
        Rule(decoder(CONV), ("up_tr{level_1_width}.ops.{conv_0}.{leaf}",), zero_bias=True),
        Rule(decoder("add"), ("up_tr{level_1_width}.act_function2",)),
        Rule(head(Piece("conv", 1)), ("out_tr.{leaf}",), _OUT),
        Rule(head(), ("out_tr.conv2",)),
    ),
)

NNUNET_MARKS = ("decoder.seg_layers.",)
MONAI = (BASIC_UNET, UNET, ATTENTION_UNET, DYN_UNET, SEG_RES_NET, VNET)
MONAI_MARKS: Mapping[str, WeightFamily] = {
    "upcat_1.": BASIC_UNET,
    "model.1.attention.": ATTENTION_UNET,
    "model.1.submodule.": UNET,
    "input_block.": DYN_UNET,
    "convInit.": SEG_RES_NET,
    "in_tr.": VNET,
}
"""Tensors that only one family has; those of the U-Net with attention are asked for before the U-Net's."""


def recognized(names: Iterable[str]) -> WeightFamily:
    """The MONAI network that has tensors of these names."""
    names = list(names)
    for mark, family in MONAI_MARKS.items():
        if any(name.startswith(mark) for name in names):
            return family
    known = ", ".join(family.name.removeprefix("MONAI ") for family in MONAI)
    first = next(iter(names), None)
    raise UnetgenError(f"the tensors are those of none of MONAI's {known} (the first is {first!r})")
