"""How the modules of segmentation_models_pytorch's networks correspond to the places of a plan.

Names of modules as segmentation_models_pytorch 0.6.0 gives them. Those of the encoders are in
`weights/encoder_layouts.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from unetgen.config.design import Design
from unetgen.config.model import UNetConfig
from unetgen.errors import UnetgenError
from unetgen.importing.smp_decoders import BLOCK, NUMBERED, deeplab_v3_plus, fpn, manet, pan, pspnet
from unetgen.plan.graph import Plan
from unetgen.plan.place import PartName
from unetgen.weights.encoder import encoder_tensors, original_plan
from unetgen.weights.encoder_layouts import EncoderLayout
from unetgen.weights.transplant import Rule, Tensors, WeightFamily
from unetgen.weights.where import CONV, Where, decoder, encoder, head

ENCODER = "encoder."
MARKS = ("segmentation_head.0.",)
HEAD = Rule(head(), ("segmentation_head.0",))
_GATED: tuple[tuple[int, PartName | None], ...] = ((1, "skip"), (2, None))
_SCSE = (
    ("channel", "squeeze", "cSE.1"), ("channel", "excite", "cSE.3"), ("spatial", "squeeze", "sSE.0"),
)  # fmt: skip


def _unet(config: UNetConfig) -> Iterable[Rule]:
    """The U-Net, with squeeze and excitation before and behind a block's convolutions where it has them."""
    yield Rule(decoder(CONV), (f"{BLOCK}.conv{{conv}}.{{leaf}}",), NUMBERED)
    yield Rule(encoder(CONV, part="bottleneck"), ("decoder.center.{conv_0}.{leaf}",), NUMBERED)
    for number, part in _GATED:
        for kind, label, layer in _SCSE:
            where = decoder("squeeze_excitation", kind, part=part, label=label)
            yield Rule(where, (f"{BLOCK}.attention{number}.attention.{layer}",))


def _linknet(config: UNetConfig) -> Iterable[Rule]:
    for index, piece in enumerate(("reduce", "enlarge", "expand")):
        yield Rule(decoder(piece, part="up"), (f"{BLOCK}.block.{index}.{{leaf}}",), NUMBERED)


def _unet_plus_plus(config: UNetConfig) -> Iterable[Rule]:
    """The nodes beside the encoder, counted from the coarsest level; the last of a level is the decoder's."""
    depth = config.depth
    for level in range(depth - 1):
        layer = depth - 2 - level
        for column in range(1, depth - level):
            is_last = level + column == depth - 1
            where = decoder(CONV, level=level) if is_last else Where("nested", level, (CONV,), column=column)
            name = f"decoder.blocks.x_{layer + 1 - column}_{layer}.conv{{conv}}.{{leaf}}"
            yield Rule(where, (name,), NUMBERED)


@dataclass(frozen=True)
class SmpDecoder:
    """How a network is recognized: by tensors that those below it in the table lack; and its rules."""

    mark: re.Pattern[str]
    rules: Callable[[UNetConfig], Iterable[Rule]]


DECODERS: Mapping[str, SmpDecoder] = {
    "UnetPlusPlus": SmpDecoder(re.compile(r"decoder\.blocks\.x_"), _unet_plus_plus),
    "Linknet": SmpDecoder(re.compile(r"decoder\.blocks\.\d+\.block\."), _linknet),
    "FPN": SmpDecoder(re.compile(r"decoder\.seg_blocks\."), fpn),
    "PSPNet": SmpDecoder(re.compile(r"decoder\.psp\."), pspnet),
    "PAN": SmpDecoder(re.compile(r"decoder\.fpa\."), pan),
    "DeepLabV3Plus": SmpDecoder(re.compile(r"decoder\.block1\."), deeplab_v3_plus),
    "MAnet": SmpDecoder(re.compile(r"decoder\.center\.top_conv\."), manet),
    "Unet": SmpDecoder(re.compile(r"decoder\.blocks\.\d+\.conv1\."), _unet),
}
"""By the original's class."""


@dataclass(frozen=True)
class SmpTensors:
    """A network's class, the map of its modules, its tensors as that has them, and those left out."""

    network: str
    family: WeightFamily
    tensors: Tensors
    left_out: tuple[str, ...]


def smp_tensors(design: Design, tensors: Tensors) -> SmpTensors:
    """The tensors of the network on the encoder that `design` names.

    Raises `UnetgenError` where they are of no network that is known, or of another encoder.
    """
    chosen = design.config.encoder
    if chosen is None:
        raise UnetgenError("the config has no encoder, as all networks of segmentation_models_pytorch have")
    found = (name for name, each in DECODERS.items() if any(map(each.mark.match, tensors)))
    network = next(found, None)
    if network is None:
        raise UnetgenError(
            f"the tensors are those of none of segmentation_models_pytorch's {', '.join(DECODERS)}"
        )
    inner = {name: tensor for name, tensor in tensors.items() if name.startswith(ENCODER)}
    read = encoder_tensors(inner, chosen)
    deeper = _deeper(original_plan(chosen, design.config.input.channels), design.plan, read.layout)
    others = {name: tensor for name, tensor in tensors.items() if name not in inner}
    unread = [name for name in others if _unread(others).match(name)]
    kept = {name: tensor for name, tensor in others.items() if name not in unread}
    used = {f"{ENCODER}{name}": tensor for name, tensor in read.tensors.items() if name not in deeper}
    left_out = (*read.left_out, *(f"{ENCODER}{name}" for name in read.tensors if name in deeper), *unread)
    classifiers = (Rule(head(task=task.name), ("classification_head.3",)) for task in design.config.tasks)
    rules = (*classifiers, *DECODERS[network].rules(design.config), HEAD, *within(read.layout.family))
    name = f"segmentation_models_pytorch's {network} on {chosen.kind}"
    return SmpTensors(network, WeightFamily(name, {}, rules), used | kept, left_out)


def within(family: WeightFamily) -> Iterable[Rule]:
    """The rules of an encoder's family, as those of a part of another network."""
    for rule in family.rules:
        words = family.leaves if rule.leaves is None else rule.leaves
        yield replace(rule, modules=tuple(f"{ENCODER}{name}" for name in rule.modules), leaves=words)


def _deeper(original: Plan, plan: Plan, layout: EncoderLayout) -> set[str]:
    """The tensors of the encoder's levels that the network does not have."""
    family = layout.family
    return {
        f"{family.modules(node, 6)[0]}.{family.library.parameter(node.op, weight)}"
        for node in original.nodes
        if node.name not in plan.by_name
        for weight in original.weights(node)
    }


def _unread(names: Mapping[str, object]) -> re.Pattern[str]:
    """The first squeeze and excitation of the last block, which is made for a skip that is not there."""
    blocks = [int(found[1]) for name in names if (found := re.match(r"decoder\.blocks\.(\d+)\.", name))]
    return re.compile(rf"decoder\.blocks\.{max(blocks, default=0)}\.attention1\.")
