"""How the layers of newer PyTorch U-Nets correspond to the places of a plan, for their fixtures only.

Names of modules as the sources give them that make_convnet_fixtures.py names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from unetgen.importing.mednext import MEDNEXT
from unetgen.importing.pytorch_3dunet import RESIDUAL_UNET, UNET
from unetgen.plan.ops import Conv, Norm, TransposedConv
from unetgen.plan.place import Piece, Side
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, BLOCK, CONV, AnyLevel, Numbered, Where, decoder, encoder, head

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

_MIXED = (("expand", 1), ("reduce", 4))
"""CMUNeXt's two 1x1 convolutions; the first is one place before its activation, and two before its norm."""


def _cmunext() -> Iterator[Rule]:
    for more, block in (((), "0"), ((Numbered("unit"),), "{unit_0}")):
        module = f"encoder{{level_1}}.block.{block}"
        yield Rule(encoder(*more, "depthwise"), (f"{module}.0.fn.{{leaf}}",), {Conv: "0", Norm: "2"})
        for piece, at in _MIXED:
            leaves: Leaves = {Conv: str(at), Norm: str(at + 2)}
            yield Rule(encoder(*more, piece), (f"{module}.{{leaf}}",), leaves)
    yield Rule(encoder("last"), ("encoder{level_1}.up.conv.{leaf}",), {Conv: "0", Norm: "1"})
    yield Rule(encoder(part="stem"), ("stem.conv.{leaf}",), {Conv: "0", Norm: "1"})
    for level in range(4):
        up = f"Up{level + 2}.up.{{leaf}}"
        yield Rule(decoder("conv", level=level, part="up"), (up,), {Conv: "1", Norm: "2"})
        for piece, at in (("fuse", 0), ("expand", 3), ("reduce", 6)):
            leaves = {Conv: str(at), Norm: str(at + 2)}
            yield Rule(decoder(piece, level=level), (f"Up_conv{level + 2}.conv.{{leaf}}",), leaves)
    yield Rule(head(), ("Conv_1x1",))


CMUNEXT = WeightFamily("CMUNeXt", {}, tuple(_cmunext()))

_CELLPOSE: Leaves = {Norm: "0", Conv: "2"}
_FIRST, _SECOND = Piece("block", 1), Piece("block", 2)
_PROJECTION: Leaves = {Norm: "0", Conv: "1"}


def _cellpose_up(where: Callable[..., Where]) -> Iterator[Rule]:
    """The blocks of the way up, at whatever places `where` makes of their pieces."""
    up = "upsample.up.res_up_{level}"
    yield Rule(where(_FIRST, Piece("conv", 1)), (f"{up}.conv.conv_0.{{leaf}}",))
    yield Rule(where(_FIRST, "shortcut"), (f"{up}.proj.{{leaf}}",), _PROJECTION)
    for block, number in ((_FIRST, "{conv_0}"), (_SECOND, "{conv_1}")):
        yield Rule(where(block, CONV), (f"{up}.conv.conv_{number}.conv.{{leaf}}",))
        yield Rule(where(block, CONV, "style"), (f"{up}.conv.conv_{number}.full",))


CELLPOSE = WeightFamily(
    "Cellpose's CPnet",
    _CELLPOSE,
    (
        Rule(encoder(_FIRST, CONV), ("downsample.down.res_down_{level}.conv.conv_{conv_0}.{leaf}",)),
        Rule(encoder(_SECOND, CONV), ("downsample.down.res_down_{level}.conv.conv_{conv_1}.{leaf}",)),
        Rule(encoder(_FIRST, "shortcut"), ("downsample.down.res_down_{level}.proj.{leaf}",), _PROJECTION),
        *_cellpose_up(decoder),
        *_cellpose_up(lambda *pieces: encoder("up_block", *pieces, part="bottleneck")),
        Rule(head(), ("output.{leaf}",)),
    ),
)

_BIAPY: Leaves = {Conv: "conv1", Norm: "batchnorm"}


def _multires(where: Callable[..., Where], module: str) -> Iterator[Rule]:
    """The MultiRes blocks of one side."""
    for number, name in enumerate(("conv_3x3", "conv_5x5", "conv_7x7"), start=1):
        yield Rule(where(Piece("conv", number)), (f"{module}.{name}.{{leaf}}",))
    yield Rule(where("shortcut"), (f"{module}.shortcut.{{leaf}}",))
    yield Rule(where("scales"), (f"{module}.batch_norm1",))
    yield Rule(where("add"), (f"{module}.batch_norm2",))


_PATH = Piece("path", 1), BLOCK
MULTIRES_UNET = WeightFamily(
    "BiaPy's MultiResUNet of three levels",
    _BIAPY,
    (
        *_multires(encoder, "down.{level}"),
        *_multires(decoder, "up.{level_up}"),
        *(
            Rule(decoder(*_PATH, piece, part="skip"), (f"paths.{{level}}.{piece}s.{{block_0}}.{{leaf}}",))
            for piece in ("conv", "shortcut")
        ),
        Rule(decoder(*_PATH, Piece("norm", 1), part="skip"), ("paths.{level}.bns.{block_0}",)),
        Rule(decoder(part="up"), ("upsamples.{level_up}",)),
        Rule(head(), ("heads",)),
    ),
)

CONVNETS = {
    "multires_unet": MULTIRES_UNET,
    "cellpose": CELLPOSE,
    "mednext": MEDNEXT,
    "monai_mednext": MEDNEXT,
    "cmunext": CMUNEXT,
    "nafnet": NAFNET,
    "stu_net": STU_NET,
    "pytorch_3dunet_residual": RESIDUAL_UNET,
    "pytorch_3dunet": UNET,
    "monai_segresnet_ds": SEG_RES_NET_DS,
    "monai_basic_unet_plus_plus": BASIC_UNET_PLUS_PLUS,
}
"""By how the fixtures' names begin; the first that fits."""
