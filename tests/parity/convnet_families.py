"""How the layers of newer PyTorch U-Nets correspond to the places of a plan, for their fixtures only.

Names of modules as the sources give them that make_convnet_fixtures.py names.
"""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.plan.ops import Conv, Norm, TransposedConv
from unetgen.plan.place import Piece, Side
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, BLOCK, CONV, AnyLevel, Where, decoder, encoder, head

_NUMBERED: Leaves = {Conv: "conv{conv}", TransposedConv: "deconv", Norm: "norm{conv}"}

STU_NET = WeightFamily(
    "STU-Net",
    _NUMBERED,
    (
        Rule(encoder(CONV), ("conv_blocks_context.{level}.0.{leaf}",)),
        Rule(encoder(BLOCK, CONV), ("conv_blocks_context.{level}.{block_0}.{leaf}",)),
        Rule(encoder("shortcut"), ("conv_blocks_context.{level}.0.conv3",)),
        Rule(encoder(BLOCK, "shortcut"), ("conv_blocks_context.{level}.{block_0}.conv3",)),
        Rule(decoder("conv", part="up"), ("upsample_layers.{level_up}.conv",)),
        Rule(decoder(CONV), ("conv_blocks_localization.{level_up}.0.{leaf}",)),
        Rule(decoder(BLOCK, CONV), ("conv_blocks_localization.{level_up}.{block_0}.{leaf}",)),
        Rule(decoder("shortcut"), ("conv_blocks_localization.{level_up}.0.conv3",)),
        Rule(decoder(BLOCK, "shortcut"), ("conv_blocks_localization.{level_up}.{block_0}.conv3",)),
        Rule(head(), ("seg_outputs.{finest}",)),
        Rule(head(level=ANY), ("seg_outputs.{level_up}",)),
    ),
)

_3DUNET: Leaves = {Conv: "conv", Norm: "groupnorm"}
PYTORCH_3DUNET = WeightFamily(
    "pytorch-3dunet UNet3D",
    _3DUNET,
    (
        Rule(encoder(CONV), ("encoders.{level}.basic_module.SingleConv{conv}.{leaf}",)),
        Rule(decoder(CONV), ("decoders.{level_up}.basic_module.SingleConv{conv}.{leaf}",)),
        Rule(head(), ("final_conv",)),
    ),
)

PYTORCH_3DUNET_RESIDUAL = WeightFamily(
    "pytorch-3dunet ResidualUNet3D",
    _3DUNET,
    (
        Rule(encoder("enter"), ("encoders.{level}.basic_module.conv1",)),
        Rule(encoder(CONV), ("encoders.{level}.basic_module.conv{conv_1}.{leaf}",)),
        Rule(decoder(part="up"), ("decoders.{level_up}.upsampling.upsample.conv_transposed",)),
        Rule(decoder(CONV), ("decoders.{level_up}.basic_module.conv{conv_1}.{leaf}",)),
        Rule(head(), ("final_conv",)),
    ),
)

SEG_RES_NET_DS = WeightFamily(
    "MONAI SegResNetDS",
    _NUMBERED,
    (
        Rule(encoder(part="stem"), ("encoder.conv_init",)),
        Rule(encoder(part="down"), ("encoder.layers.{level_0}.downsample",)),
        Rule(encoder(CONV), ("encoder.layers.{level}.blocks.0.{leaf}",)),
        Rule(encoder(BLOCK, CONV), ("encoder.layers.{level}.blocks.{block_0}.{leaf}",)),
        Rule(decoder(part="up"), ("up_layers.{level_up}.upsample.{leaf}",)),
        Rule(decoder(CONV), ("up_layers.{level_up}.blocks.0.{leaf}",)),
        Rule(decoder(BLOCK, CONV), ("up_layers.{level_up}.blocks.{block_0}.{leaf}",)),
        Rule(head(), ("up_layers.{finest}.head",)),
    ),
)


def _columns() -> Iterator[Rule]:
    """The nodes beside the encoder: those of the last columns are the decoder's."""
    for level in range(4):
        for column in range(1, 5 - level):
            name = f"upcat_{level}_{column}"
            nested = column < 4 - level
            side: Side = "nested" if nested else "decoder"
            of = column if nested else None
            yield Rule(Where(side, level, (), "up", column=of), (f"{name}.upsample.deconv",))
            yield Rule(Where(side, level, (CONV,), column=of), (f"{name}.convs.conv_{{conv_0}}.{{leaf}}",))


BASIC_UNET_PLUS_PLUS = WeightFamily(
    "MONAI BasicUNetPlusPlus",
    {Conv: "conv", Norm: "adn.N"},
    (
        Rule(encoder(CONV, level=0), ("conv_0_0.conv_{conv_0}.{leaf}",)),
        Rule(encoder(CONV), ("conv_{level}_0.convs.conv_{conv_0}.{leaf}",)),
        *_columns(),
        Rule(head(), ("final_conv_0_4",)),
        *(Rule(Where("head", None, column=column), (f"final_conv_0_{column}",)) for column in (1, 2, 3)),
    ),
)

_NAF_BLOCK = {
    ("gated1", "norm"): "norm1",
    ("gated1", "value"): "conv1.value",
    ("gated1", "gate"): "conv1.gate",
    ("gated1", "value_depthwise"): "conv2.value",
    ("gated1", "gate_depthwise"): "conv2.gate",
    ("gated1", "factor"): "sca.1",
    ("gated1", ""): "conv3",
    ("scale1", ""): "beta",
    ("gated2", "norm"): "norm2",
    ("gated2", "value"): "conv4.value",
    ("gated2", "gate"): "conv4.gate",
    ("gated2", ""): "conv5",
    ("scale2", ""): "gamma",
}
"""NAFNet's names by the piece of a block and the layer's label there."""


def _naf_blocks() -> Iterator[Rule]:
    sides: tuple[tuple[Side, int | AnyLevel, str], ...] = (
        ("encoder", 2, "middle_blks"),
        ("encoder", ANY, "encoders.{level}"),
        ("decoder", ANY, "decoders.{level_up}"),
    )
    for side, level, name in sides:
        for (piece, label), module in _NAF_BLOCK.items():
            within = Piece(piece[:-1], int(piece[-1]))
            for more, block in (((), "0"), ((BLOCK,), "{block_0}")):
                where = Where(side, level, (*more, within), label=label)
                yield Rule(where, (f"{name}.{block}.{module}",))


NAFNET = WeightFamily(
    "NAFNet of three levels",
    {},
    (
        Rule(encoder(part="stem"), ("intro",)),
        Rule(encoder(part="down"), ("downs.{level_0}",)),
        *_naf_blocks(),
        Rule(decoder("expand", part="up"), ("ups.{level_up}.0",)),
        Rule(head(), ("ending",)),
    ),
)

CONVNETS = {
    "nafnet": NAFNET,
    "stu_net": STU_NET,
    "pytorch_3dunet_residual": PYTORCH_3DUNET_RESIDUAL,
    "pytorch_3dunet": PYTORCH_3DUNET,
    "monai_segresnet_ds": SEG_RES_NET_DS,
    "monai_basic_unet_plus_plus": BASIC_UNET_PLUS_PLUS,
}
"""By how the fixtures' names begin; the first that fits."""
