"""How the layers of segmentation_models_pytorch's networks correspond to the places of a plan.

Names of modules as torchvision 0.29.1, timm 1.0.31 and segmentation_models_pytorch 0.6.0 give them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from unetgen.plan.ops import Conv, Norm
from unetgen.plan.place import Piece
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, BLOCK, CONV, Numbered, Where, decoder, encoder, head

_LEAVES: Leaves = {Conv: "conv", Norm: "bn"}
_NAMED: Leaves = {Conv: "conv", Norm: "norm"}
_NUMBERED: Leaves = {Conv: "0", Norm: "1"}
_GATE = (BLOCK, Piece("squeeze_excitation"), Piece("channel"))


def _leaves(conv: str, norm: str) -> Leaves:
    return {Conv: conv, Norm: norm}


DECODER = (
    Rule(decoder(CONV), ("decoder.blocks.{level_up}.conv{conv}.{leaf}",), _NUMBERED),
    Rule(head(), ("segmentation_head.0",)),
)


def _resnet(
    name: str, shortcut: Leaves, *, root: str = "encoder", stem: str = "", gate: str = "se"
) -> WeightFamily:
    unit = f"{root}.layer{{level_0}}.{{block_0}}"
    deep = (
        Rule(encoder(Piece("conv", 3), part="stem"), (f"{root}.{{leaf}}",), _leaves("conv1.6", "bn1")),
        *(
            Rule(
                encoder(Piece("conv", number), part="stem"),
                (f"{root}.conv1.{{leaf}}",),
                _leaves(str(3 * number - 3), str(3 * number - 2)),
            )
            for number in (1, 2)
        ),
    )
    gates = (
        Rule(Where("encoder", ANY, _GATE, label=label), (f"{unit}.{gate}.{layer}",))
        for label, layer in (("squeeze", "fc1"), ("excite", "fc2"))
    )
    rules = (
        Rule(encoder(part="stem"), (f"{root}{stem}.{{leaf}}1",)),
        *deep,
        Rule(encoder(BLOCK, CONV), (f"{unit}.{{leaf}}{{conv}}",)),
        Rule(encoder(BLOCK, "shortcut"), (f"{unit}.downsample.{{leaf}}",), shortcut),
        *gates,
        *DECODER,
    )
    return WeightFamily(name, _LEAVES, rules)


RESNET = _resnet("smp Unet on torchvision's ResNets", _NUMBERED)
LEGACY_SE_RESNET = _resnet("smp Unet on its SE-ResNets", _NUMBERED, stem=".layer0", gate="se_module")
TIMM_RESNET = _resnet("smp Unet on timm's ResNets", _NUMBERED, root="encoder.model")
TIMM_RESNET_D = _resnet("smp Unet on timm's ResNet-D", _leaves("1", "2"), root="encoder.model")

MOBILENET_V2 = WeightFamily(
    "smp Unet on torchvision's MobileNetV2",
    _NUMBERED,
    (
        Rule(encoder(part="stem"), ("encoder.features.0.{leaf}",)),
        Rule(encoder(Piece("block", 1), "depthwise"), ("encoder.features.1.conv.0.{leaf}",)),
        Rule(
            encoder(Piece("block", 1), "project"),
            ("encoder.features.1.conv.{leaf}",),
            _leaves("1", "2"),
        ),
        Rule(encoder(BLOCK, "expand"), ("encoder.features.{block}.conv.0.{leaf}",)),
        Rule(encoder(BLOCK, "depthwise"), ("encoder.features.{block}.conv.1.{leaf}",)),
        Rule(encoder(BLOCK, "project"), ("encoder.features.{block}.conv.{leaf}",), _leaves("2", "3")),
        Rule(encoder("last"), ("encoder.features.18.{leaf}",)),
        *DECODER,
    ),
)


def _gate_rules(block: Piece | Numbered, name: str, reduce: str, excite: str) -> Iterator[Rule]:
    pieces = (block, Piece("squeeze_excitation"), Piece("channel"))
    for label, layer in (("squeeze", reduce), ("excite", excite)):
        yield Rule(Where("encoder", ANY, pieces, label=label), (f"{name}.{layer}",))


_SMP = "encoder._blocks.{block_0}"
SMP_EFFICIENTNET = WeightFamily(
    "smp Unet on its own EfficientNets",
    {},
    (
        Rule(encoder(part="stem"), ("encoder.{leaf}",), _leaves("_conv_stem", "_bn0")),
        *(
            Rule(encoder(BLOCK, piece), (f"{_SMP}.{{leaf}}",), _leaves(conv, norm))
            for piece, conv, norm in (
                ("expand", "_expand_conv", "_bn0"),
                ("depthwise", "_depthwise_conv", "_bn1"),
                ("project", "_project_conv", "_bn2"),
            )
        ),
        *_gate_rules(BLOCK, _SMP, "_se_reduce", "_se_expand"),
        *DECODER,
    ),
)


def timm_blocks(stages: Sequence[int], separable: int = 1, fused: int = 0) -> WeightFamily:
    """timm's networks with so many blocks in each stage.

    The first `separable` ones have no expansion; in the first `fused` stages, convolutions are full.
    """
    rules: list[Rule] = [Rule(encoder(part="stem"), ("encoder.model.{leaf}",), _leaves("conv_stem", "bn1"))]
    number = 0
    for stage, count in enumerate(stages):
        for index in range(count):
            number += 1
            piece, name = Piece("block", number), f"encoder.model.blocks.{stage}.{index}"
            if stage < fused:
                leaves = {
                    "conv": ("conv", "bn1"),
                    "expand": ("conv_exp", "bn1"),
                    "project": ("conv_pwl", "bn2"),
                }
            elif number <= separable:
                leaves = {"depthwise": ("conv_dw", "bn1"), "project": ("conv_pw", "bn2")}
            else:
                leaves = {
                    "expand": ("conv_pw", "bn1"),
                    "depthwise": ("conv_dw", "bn2"),
                    "project": ("conv_pwl", "bn3"),
                }
            rules += [
                Rule(encoder(piece, part), (f"{name}.{{leaf}}",), _leaves(conv, norm))
                for part, (conv, norm) in leaves.items()
            ]
            rules += _gate_rules(piece, f"{name}.se", "conv_reduce", "conv_expand")
    last = f"encoder.model.blocks.{len(stages)}.0.{{leaf}}"
    rules.append(Rule(encoder("last"), (last,), _leaves("conv", "bn1")))
    return WeightFamily("smp Unet on timm's networks of inverted residual blocks", {}, (*rules, *DECODER))


TIMM_B0 = timm_blocks((1, 2, 2, 3, 3, 4, 1))
TIMM_B1 = timm_blocks((2, 3, 3, 4, 4, 5, 2), separable=2)
TIMM_V2_S = timm_blocks((2, 4, 4, 6, 9, 15), fused=3)
TIMM_MOBILENET_V3 = timm_blocks((1, 2, 3, 4, 2, 3))
TIMM_MOBILENET_V3_SMALL = timm_blocks((1, 2, 3, 2, 3))


def vgg(convs: Sequence[int], *, normed: bool) -> WeightFamily:
    """torchvision's VGG with so many convolutions before each pooling."""
    rules, index = [], 0
    for level, count in enumerate(convs):
        for number in range(1, count + 1):
            leaves = _leaves(str(index), str(index + 1))
            where = encoder(Piece("conv", number), level=level)
            rules.append(Rule(where, ("encoder.features.{leaf}",), leaves))
            index += 3 if normed else 2
        index += 1
    centre = Rule(encoder(CONV, part="bottleneck"), ("decoder.center.{conv_0}.{leaf}",), _NUMBERED)
    return WeightFamily("smp Unet on torchvision's VGG", {}, (*rules, centre, *DECODER))


VGG16_BN = vgg((2, 2, 3, 3, 3), normed=True)
VGG11 = vgg((1, 1, 2, 2, 2), normed=False)
_DENSE = "encoder.features"


def _layer(level: int) -> str:
    return f"{_DENSE}.denseblock{level - 1}.denselayer{{block}}"


DENSENET = WeightFamily(
    "smp Unet on torchvision's DenseNet",
    _NAMED,
    (
        Rule(encoder(part="stem"), (f"{_DENSE}.{{leaf}}0",)),
        *(
            Rule(encoder(BLOCK, CONV, level=level), (f"{_layer(level)}.{{leaf}}{{conv}}",))
            for level in (2, 3, 4, 5)
        ),
        Rule(encoder("end", level=5), (f"{_DENSE}.norm5",)),
        Rule(encoder("end"), (f"{_DENSE}.transition{{level_0}}.norm",)),
        *(
            Rule(encoder(part="down", level=level), (f"{_DENSE}.transition{level - 2}.conv",))
            for level in (3, 4, 5)
        ),
        *DECODER,
    ),
)


def _block(level: int) -> str:
    return f"encoder.model.stages_{level - 2}.blocks.{{block_0}}"


CONVNEXT = WeightFamily(
    "smp Unet on timm's ConvNeXt",
    _NAMED,
    (
        Rule(encoder(part="stem"), ("encoder.model.stem_0",)),
        Rule(encoder(part="down", level=2), ("encoder.model.stem_1",)),
        *(
            Rule(
                encoder(part="down", level=level),
                (f"encoder.model.stages_{level - 2}.downsample.{{leaf}}",),
                _leaves("1", "0"),
            )
            for level in (3, 4, 5)
        ),
        *(
            Rule(encoder(BLOCK, piece, level=level), (f"{_block(level)}.{name}",), leaves)
            for level in (2, 3, 4, 5)
            for piece, name, leaves in (
                ("depthwise", "{leaf}", _leaves("conv_dw", "norm")),
                ("expand", "mlp.fc1", {}),
                ("reduce", "mlp.fc2", {}),
                ("scale", "", {}),
            )
        ),
        *DECODER,
    ),
)
DEAD = re.compile(r"encoder\._(conv_head|bn1)\.")
"""What smp's own EfficientNets keep and never use."""
