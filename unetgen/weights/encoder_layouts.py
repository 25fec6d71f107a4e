"""Where the libraries of image classification keep the weights of our encoders.

Names of modules as torchvision 0.29.1, timm 1.0.31 and segmentation_models_pytorch 0.6.0 give them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from unetgen.parts.encoders.convnext import ConvNeXt
from unetgen.parts.encoders.densenet import DenseNet
from unetgen.parts.encoders.efficientnet import SCALES, V1, V2_S, EfficientNet
from unetgen.parts.encoders.encoder import NOT_READ, Encoder
from unetgen.parts.encoders.mobilenet import MobileNet
from unetgen.parts.encoders.resnet import VARIANTS as RESNETS
from unetgen.parts.encoders.resnet import ResNet
from unetgen.parts.encoders.vgg import VARIANTS as VGGS
from unetgen.parts.encoders.vgg import VGG
from unetgen.plan.ops import Conv, Norm
from unetgen.plan.place import Piece
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, BLOCK, CONV, Numbered, Where, encoder

CLASSIFIER = r"(fc|classifier|head|pre_logits|last_linear)\."


@dataclass(frozen=True)
class EncoderLayout:
    """One library's names for an encoder's tensors."""

    family: WeightFamily
    first: str
    """The name of the first convolution's kernel; what stands before it, stands before all."""
    ignored: str = CLASSIFIER
    """How the names of tensors begin that no encoder has."""
    renames: tuple[tuple[str, str], ...] = ()
    """Patterns in names, and what stands for them in the rules of the family."""

    def renamed(self, name: str) -> str:
        """`name` as the rules have it."""
        for pattern, text in self.renames:
            name = re.sub(pattern, text, name)
        return name


def layouts_of(chosen: Encoder) -> tuple[EncoderLayout, ...]:
    """The layouts in which the weights of this kind may come; none where it is not one of PyTorch's."""
    if chosen.kind.startswith(("keras_", *NOT_READ)):
        return ()
    return _OF_FAMILIES[type(chosen)](chosen.kind)


def leaves(conv: str, norm: str) -> Leaves:
    """The words for a convolution and for the norm behind it."""
    return {Conv: conv, Norm: norm}


_NUMBERED = leaves("0", "1")


def gate_rules(block: Piece | Numbered, name: str, reduce: str, excite: str) -> Iterator[Rule]:
    """The two convolutions of a squeeze and excitation, called `name` and their words."""
    pieces = (block, Piece("squeeze_excitation"), Piece("channel"))
    for label, layer in (("squeeze", reduce), ("excite", excite)):
        yield Rule(Where("encoder", ANY, pieces, label=label), (f"{name}{layer}",))


def _resnet(kind: str) -> tuple[EncoderLayout, ...]:
    variant = RESNETS[kind]
    # Those whose pooling pads nothing come from Cadene's pretrained-models.pytorch, which has other names.
    root, gate = ("", "se") if variant.pads_pool else ("layer0.", "se_module")
    unit = "layer{level_0}.{block_0}"
    stems = [(Piece("conv", 3), "{leaf}", leaves("conv1.6", "bn1"))]
    stems += [(Piece("conv", n), "conv1.{leaf}", leaves(str(3 * n - 3), str(3 * n - 2))) for n in (1, 2)]
    shortcut = leaves("1", "2") if variant.is_deep else _NUMBERED
    rules = (
        Rule(encoder(part="stem"), (f"{root}{{leaf}}1",)),
        *(Rule(encoder(piece, part="stem"), (name,), words) for piece, name, words in stems),
        Rule(encoder(BLOCK, CONV), (f"{unit}.{{leaf}}{{conv}}",)),
        # A shortcut that does not pool has no place for the pooling, but counts it.
        Rule(encoder(BLOCK, "shortcut"), (f"{unit}.downsample.{{leaf}}",), shortcut),
        *gate_rules(BLOCK, f"{unit}.{gate}.", "fc1", "fc2"),
    )
    family = WeightFamily(f"{kind} of torchvision or timm", leaves("conv", "bn"), rules)
    return (EncoderLayout(family, "conv1.0.weight" if variant.is_deep else f"{root}conv1.weight"),)


def _vgg(kind: str) -> tuple[EncoderLayout, ...]:
    variant, rules, index = VGGS[kind], [], 0
    for level, count in enumerate(variant.convs):
        for number in range(1, count + 1):
            where = encoder(Piece("conv", number), level=level)
            words = leaves(str(index), str(index + 1))
            rules.append(Rule(where, ("features.{leaf}",), words))
            index += 3 if variant.has_norm else 2
        index += 1
    family = WeightFamily(f"{kind} of torchvision", {}, tuple(rules))
    return (EncoderLayout(family, "features.0.weight"),)


def _densenet(kind: str) -> tuple[EncoderLayout, ...]:
    levels = (2, 3, 4, 5)
    rules = (
        Rule(encoder(part="stem"), ("features.{leaf}0",)),
        *(
            Rule(
                encoder(BLOCK, CONV, level=level),
                (f"features.denseblock{level - 1}.denselayer{{block}}.{{leaf}}{{conv}}",),
            )
            for level in levels
        ),
        Rule(encoder("end", level=5), ("features.norm5",)),
        Rule(encoder("end"), ("features.transition{level_0}.norm",)),
        *(
            Rule(encoder(part="down", level=level), (f"features.transition{level - 2}.conv",))
            for level in levels[1:]
        ),
    )
    family = WeightFamily(f"{kind} of torchvision", leaves("conv", "norm"), rules)
    # The files of torchvision's first versions have a dot in the names of a layer's parts.
    return (EncoderLayout(family, "features.conv0.weight", renames=((r"\b(norm|conv)\.(\d)", r"\1\2"),)),)


def _convnext(kind: str) -> tuple[EncoderLayout, ...]:
    def family(
        library: str, stem: str, stage: Callable[[int], str], down: Callable[[int], str], parts: Sequence[str]
    ) -> WeightFamily:
        conv, norm, expand, reduce, scale = parts
        pieces: tuple[tuple[str, str, Leaves], ...] = (
            ("depthwise", "{leaf}", leaves(conv, norm)),
            ("expand", expand, {}),
            ("reduce", reduce, {}),
            ("scale", scale, {}),
        )
        rules = [
            Rule(encoder(part="stem"), (f"{stem}.{{leaf}}",), _NUMBERED),
            Rule(encoder(part="down", level=2), (f"{stem}.{{leaf}}",), _NUMBERED),
        ]
        for level in (2, 3, 4, 5):
            if level > 2:
                where = encoder(part="down", level=level)
                rules.append(Rule(where, (f"{down(level - 2)}.{{leaf}}",), leaves("1", "0")))
            rules += [
                Rule(encoder(BLOCK, piece, level=level), (f"{stage(level - 2)}.{{block_0}}.{name}",), words)
                for piece, name, words in pieces
            ]
        return WeightFamily(f"{kind} of {library}", {}, tuple(rules))

    of_timm = family(
        "timm",
        "stem",
        lambda stage: f"stages.{stage}.blocks",
        lambda stage: f"stages.{stage}.downsample",
        ("conv_dw", "norm", "mlp.fc1", "mlp.fc2", ""),
    )
    of_torchvision = family(
        "torchvision",
        "features.0",
        lambda stage: f"features.{2 * stage + 1}",
        lambda stage: f"features.{2 * stage}",
        ("block.0", "block.2", "block.3", "block.5", ""),
    )
    # A network of features, as segmentation_models_pytorch takes it from timm, has underscores.
    flat = ((r"^stem_", "stem."), (r"^stages_", "stages."))
    return (
        EncoderLayout(of_timm, "stem.0.weight", renames=flat),
        EncoderLayout(of_timm, "stem_0.weight", renames=flat),
        EncoderLayout(of_torchvision, "features.0.0.weight", renames=((r"\.layer_scale$", ".gamma"),)),
    )


@dataclass(frozen=True)
class BlockCounts:
    """How many blocks there are in each stage of a network of inverted residuals."""

    blocks: tuple[int, ...]
    separable: int = 1
    """The stages whose blocks have no expansion."""
    fused: int = 0
    """The stages whose convolutions are full."""


def stages_of(kind: str) -> BlockCounts:
    """The stages of a network of inverted residuals, whichever library's it is."""
    kind = kind.removeprefix("keras_")
    fixed = {
        "mobilenet_v2": BlockCounts((1, 2, 3, 4, 3, 3, 1)),
        "mobilenet_v3_large": BlockCounts((1, 2, 3, 4, 2, 3)),
        "mobilenet_v3_small": BlockCounts((1, 2, 3, 2, 3)),
    }
    if kind in fixed:
        return fixed[kind]
    if kind.endswith("v2_s"):
        return BlockCounts(tuple(stage.blocks for stage in V2_S), 0, 3)
    depth = SCALES[kind.rpartition("_")[2]][1]
    return BlockCounts(tuple(ceil(stage.blocks * depth) for stage in V1))


def _timm(kind: str, last: str, last_norm: str) -> EncoderLayout:
    """timm's network; the 1x1 convolution behind its blocks is called `last`."""
    stages, number = stages_of(kind), 0
    rules = [Rule(encoder(part="stem"), ("{leaf}",), leaves("conv_stem", "bn1"))]
    for stage, count in enumerate(stages.blocks):
        for index in range(count):
            number += 1
            piece, name = Piece("block", number), f"blocks.{stage}.{index}"
            if stage < stages.fused:
                parts = {
                    "conv": ("conv", "bn1"),
                    "expand": ("conv_exp", "bn1"),
                    "project": ("conv_pwl", "bn2"),
                }
            elif stage < stages.separable:
                parts = {"depthwise": ("conv_dw", "bn1"), "project": ("conv_pw", "bn2")}
            else:
                parts = {
                    "expand": ("conv_pw", "bn1"),
                    "depthwise": ("conv_dw", "bn2"),
                    "project": ("conv_pwl", "bn3"),
                }
            rules += [
                Rule(encoder(piece, part), (f"{name}.{{leaf}}",), leaves(*words))
                for part, words in parts.items()
            ]
            rules += gate_rules(piece, f"{name}.se.", "conv_reduce", "conv_expand")
    rules.append(Rule(encoder("last"), ("{leaf}",), leaves(last, last_norm)))
    family = WeightFamily(f"{kind} of timm", {}, tuple(rules))
    ignored = CLASSIFIER if last == "conv_head" else rf"{CLASSIFIER}|conv_head\.|bn2\."
    return EncoderLayout(family, "conv_stem.weight", ignored)


def _torchvision_efficientnet(kind: str) -> EncoderLayout:
    stages, number = stages_of(kind), 0
    rules = [Rule(encoder(part="stem"), ("features.0.{leaf}",), _NUMBERED)]
    for stage, count in enumerate(stages.blocks, start=1):
        for index in range(count):
            number += 1
            piece, name = Piece("block", number), f"features.{stage}.{index}.block"
            order: tuple[str, ...]
            if stage <= stages.fused:
                order = ("conv",) if stage == 1 else ("expand", "project")
            elif stages.fused == 0 and stage <= stages.separable:
                order = ("depthwise", "gate", "project")
            else:
                order = ("expand", "depthwise", "gate", "project")
            for place, part in enumerate(order):
                if part == "gate":
                    rules += gate_rules(piece, f"{name}.{place}.", "fc1", "fc2")
                else:
                    rules.append(Rule(encoder(piece, part), (f"{name}.{place}.{{leaf}}",), _NUMBERED))
    family = WeightFamily(f"{kind} of torchvision", {}, tuple(rules))
    ignored = rf"{CLASSIFIER}|features\.{len(stages.blocks) + 1}\."
    return EncoderLayout(family, "features.0.0.weight", ignored)


def _mobilenet(kind: str) -> tuple[EncoderLayout, ...]:
    if kind != "mobilenet_v2":
        last = f"blocks.{len(stages_of(kind).blocks)}.0"
        return (_timm(kind, f"{last}.conv", f"{last}.bn1"),)
    rules = (
        Rule(encoder(part="stem"), ("features.0.{leaf}",), _NUMBERED),
        Rule(encoder(Piece("block", 1), "depthwise"), ("features.1.conv.0.{leaf}",), _NUMBERED),
        Rule(encoder(Piece("block", 1), "project"), ("features.1.conv.{leaf}",), leaves("1", "2")),
        Rule(encoder(BLOCK, "expand"), ("features.{block}.conv.0.{leaf}",), _NUMBERED),
        Rule(encoder(BLOCK, "depthwise"), ("features.{block}.conv.1.{leaf}",), _NUMBERED),
        Rule(encoder(BLOCK, "project"), ("features.{block}.conv.{leaf}",), leaves("2", "3")),
        Rule(encoder("last"), ("features.18.{leaf}",), _NUMBERED),
    )
    of_torchvision = WeightFamily("mobilenet_v2 of torchvision", {}, rules)
    return (EncoderLayout(of_torchvision, "features.0.0.weight"), _timm(kind, "conv_head", "bn2"))


def _efficientnet(kind: str) -> tuple[EncoderLayout, ...]:
    if kind.startswith("smp_"):
        block = "_blocks.{block_0}"
        parts = (
            ("expand", "_expand_conv", "_bn0"),
            ("depthwise", "_depthwise_conv", "_bn1"),
            ("project", "_project_conv", "_bn2"),
        )
        rules = (
            Rule(encoder(part="stem"), ("{leaf}",), leaves("_conv_stem", "_bn0")),
            *(Rule(encoder(BLOCK, p), (f"{block}.{{leaf}}",), leaves(c, n)) for p, c, n in parts),
            *gate_rules(BLOCK, f"{block}.", "_se_reduce", "_se_expand"),
        )
        family = WeightFamily(f"{kind} of segmentation_models_pytorch", {}, rules)
        return (EncoderLayout(family, "_conv_stem.weight", rf"{CLASSIFIER}|_fc\.|_conv_head\.|_bn1\."),)
    of_timm = _timm(kind, "", "")
    return (of_timm,) if kind.startswith("tf_") else (of_timm, _torchvision_efficientnet(kind))


_OF_FAMILIES: Mapping[type[Encoder], Callable[[str], tuple[EncoderLayout, ...]]] = {
    ResNet: _resnet,
    VGG: _vgg,
    MobileNet: _mobilenet,
    EfficientNet: _efficientnet,
    DenseNet: _densenet,
    ConvNeXt: _convnext,
}
