"""How the layers of segmentation_models_pytorch's other decoders correspond to the places of a plan.

Names of modules as segmentation_models_pytorch 0.6.0 gives them.
"""

from __future__ import annotations

from dataclasses import replace

from tests.parity.encoder_families import DECODER, RESNET
from unetgen.plan.ops import Conv, Norm, TransposedConv
from unetgen.plan.place import PartName
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import CONV, Where, decoder

_NUMBERED: Leaves = {Conv: "0", Norm: "1", TransposedConv: "0"}
_HEAD = DECODER[1]


def _with_decoder(family: WeightFamily, name: str, *rules: Rule) -> WeightFamily:
    """The same encoder below another decoder."""
    kept = (rule for rule in family.rules if rule not in DECODER)
    return replace(family, name=name, rules=(*rules, *kept))


_SCSE = (
    ("channel", "squeeze", "cSE.1"), ("channel", "excite", "cSE.3"), ("spatial", "squeeze", "sSE.0")
)  # fmt: skip
_GATED: tuple[tuple[int, PartName | None], ...] = ((1, "skip"), (2, None))
SCSE = _with_decoder(
    RESNET,
    "smp Unet with scSE",
    *DECODER,
    *(
        Rule(
            decoder("squeeze_excitation", kind, part=part, label=label),
            (f"decoder.blocks.{{level_up}}.attention{number}.attention.{layer}",),
        )
        for number, part in _GATED
        for kind, label, layer in _SCSE
    ),
)
LINKNET = _with_decoder(
    RESNET,
    "smp Linknet on torchvision's ResNets",
    *(
        Rule(
            decoder(piece, part="up"),
            (f"decoder.blocks.{{level_up}}.block.{index}.{{leaf}}",),
            _NUMBERED,
        )
        for index, piece in enumerate(("reduce", "enlarge", "expand"))
    ),
    _HEAD,
)


def unet_plus_plus(depth: int) -> WeightFamily:
    """UNet++ of so many levels, without one at full size: its nodes count from the coarsest level."""
    rules = []
    for level in range(depth - 1):
        for column in range(1, depth - level):
            layer = depth - 2 - level
            name = f"decoder.blocks.x_{layer + 1 - column}_{layer}.conv{{conv}}.{{leaf}}"
            if level + column == depth - 1:
                where = decoder(CONV, level=level)
            else:
                where = Where("nested", level, (CONV,), column=column)
            rules.append(Rule(where, (name,), _NUMBERED))
    return _with_decoder(RESNET, "smp UnetPlusPlus on torchvision's ResNets", *rules, _HEAD)
