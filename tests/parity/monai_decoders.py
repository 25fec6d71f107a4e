"""How the layers of MONAI's FlexibleUNet correspond to the places of a plan.

Names of modules as MONAI 1.6.1 gives them.
"""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.importing.smp_families import HEAD, within
from unetgen.parts.encoders.resnet import ResNet
from unetgen.plan.ops import Conv, Norm
from unetgen.plan.place import Piece
from unetgen.weights.encoder_layouts import layouts_of
from unetgen.weights.transplant import Rule, WeightFamily
from unetgen.weights.where import ANY, CONV, Where, decoder, encoder

_DECODER = (
    Rule(decoder("conv", part="up"), ("decoder.blocks.{level_up}.upsample.preconv",)),
    Rule(
        decoder(CONV),
        ("decoder.blocks.{level_up}.convs.conv_{conv_0}.{leaf}",),
        {Conv: "conv", Norm: "adn.N"},
    ),
    HEAD,
)
FLEXIBLE = WeightFamily(
    "MONAI FlexibleUNet on its ResNets",
    {},
    (*_DECODER, *within(layouts_of(ResNet(kind="resnet18"))[0].family)),
)
_PIECES = (
    ("expand", "_expand_conv", "_bn0"),
    ("depthwise", "_depthwise_conv", "_bn1"),
    ("project", "_project_conv", "_bn2"),
)


def _flexible_b0() -> Iterator[Rule]:
    """MONAI's EfficientNet-B0, whose blocks are numbered through, and lie in the modules of their stages."""
    stages = [stage for stage, blocks in enumerate((1, 2, 2, 3, 3, 4, 1)) for _ in range(blocks)]
    for number, stage in enumerate(stages):
        module = f"encoder._blocks.{stage}.{number}"
        block = Piece("block", number + 1)
        for piece, conv, norm in _PIECES:
            yield Rule(encoder(block, piece), (f"{module}.{{leaf}}",), {Conv: conv, Norm: norm})
        for label, layer in (("squeeze", "_se_reduce"), ("excite", "_se_expand")):
            gate = (block, Piece("squeeze_excitation"), Piece("channel"))
            yield Rule(Where("encoder", ANY, gate, label=label), (f"{module}.{layer}",))


FLEXIBLE_B0 = WeightFamily(
    "MONAI FlexibleUNet on its EfficientNet-B0",
    {},
    (
        *_flexible_b0(),
        Rule(encoder(part="stem"), ("encoder.{leaf}",), {Conv: "_conv_stem", Norm: "_bn0"}),
        *_DECODER,
    ),
)
