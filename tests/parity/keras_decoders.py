"""How the layers of Keras U-Nets on encoders correspond to the places of a plan.

Names of layers as segmentation-models 1.0.1 and keras-unet-collection 0.1.13 give them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from unetgen.plan.ops import Conv, Norm, TransposedConv
from unetgen.plan.place import Piece
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, BLOCK, CONV, Where, decoder, encoder, head

_LEAVES: Leaves = {Conv: "conv", Norm: "bn", TransposedConv: "transpose"}

DECODER = (
    *(
        Rule(decoder(Piece("conv", number)), (f"decoder_stage{{level_up}}{letter}_{{leaf}}",))
        for number, letter in ((1, "a"), (2, "b"))
    ),
    Rule(head(), ("final_conv",)),
)
_TRANSPOSED = (
    Rule(decoder(part="up"), ("decoder_stage{level_up}a_{leaf}",)),
    Rule(decoder(Piece("conv", 1)), ("decoder_stage{level_up}b_{leaf}",)),
)
_CLASSIFIERS = (
    Rule(Where("encoder", ANY, (), "stem", "image_norm"), ("bn_data",)),
    Rule(encoder(part="stem"), ("{leaf}0",)),
    Rule(encoder(part="down", level=2), ("stage1_unit1_bn1",)),
    Rule(encoder(BLOCK, CONV), ("stage{level_0}_unit{block}_{leaf}{conv}",)),
    Rule(encoder(BLOCK, "shortcut"), ("stage{level_0}_unit{block}_sc",)),
    Rule(encoder("end", level=5), ("bn1",)),
    Rule(encoder("end"), ("stage{level}_unit1_bn1",)),
)
CLASSIFIERS = WeightFamily("segmentation_models Unet on ResNets", _LEAVES, (*_CLASSIFIERS, *DECODER))
CLASSIFIERS_TRANSPOSED = WeightFamily(
    "segmentation_models Unet on ResNets, transposed", _LEAVES, (*_CLASSIFIERS, *_TRANSPOSED, *DECODER)
)

MOBILENET_V2 = WeightFamily(
    "segmentation_models Unet on keras.applications' MobileNetV2",
    {Conv: "", Norm: "_BN"},
    (
        Rule(encoder(part="stem"), ("{leaf}Conv1",), {Norm: "bn_"}),
        *(
            Rule(encoder(Piece("block", 1), piece), (f"expanded_conv_{piece}{{leaf}}",))
            for piece in ("depthwise", "project")
        ),
        *(
            Rule(encoder(BLOCK, piece), (f"block_{{block_0}}_{piece}{{leaf}}",))
            for piece in ("expand", "depthwise", "project")
        ),
        Rule(encoder("last"), ("Conv_1{leaf}",), {Norm: "_bn"}),
        *(Rule(rule.where, rule.modules, _LEAVES) for rule in DECODER),
    ),
)


def _resnet_v2(units: Sequence[int]) -> Iterator[Rule]:
    """keras.applications' ResNetV2 with so many units in each stage; the last one of a stage leads down."""
    unit = "conv{level}_block{block}_{leaf}"
    names = ("shortcut", "", "0"), (Piece("conv", 1), "norm", "preact"), (Piece("conv", 1), "", "1")
    more = (Piece("conv", 1), "end_norm", "1"), (Piece("conv", 2), "", "2"), (Piece("conv", 3), "norm", "2")
    for piece, label, name in (*names, *more, (Piece("conv", 3), "", "3")):
        leaves: Leaves = {Conv: f"{name}_conv", Norm: f"{name}_bn"}
        place = encoder(BLOCK, piece)
        yield Rule(replace(place, label=label), (unit,), leaves)
        if isinstance(piece, Piece) and piece.number != 1:
            for stage, count in enumerate(units, start=2):
                inside = Where("encoder", stage + 1, (piece,), "down", label)
                yield Rule(inside, (f"conv{stage}_block{count}_{{leaf}}",), leaves)
    yield Rule(encoder(part="stem"), ("conv1_conv",))
    yield Rule(encoder(part="down"), ("conv{level}_block1_preact_bn",))
    yield Rule(encoder("end"), ("post_bn",))


COLLECTION_RESNET_V2 = WeightFamily(
    "keras-unet-collection unet_2d on ResNet50V2",
    {},
    (
        *_resnet_v2((3, 4, 6)),
        Rule(decoder("conv", part="up"), ("unet_up{level_up}_conv_before_concat_0",)),
        Rule(decoder(CONV), ("unet_up{level_up}_conv_after_concat_{conv_0}",)),
        Rule(head(), ("unet_output",)),
    ),
)
