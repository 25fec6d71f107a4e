"""Where keras.applications keeps the weights of our encoders: names of layers as Keras 3.15 gives them.

Their order is the plan's but for one: where a shortcut has a convolution, ResNets build that beside the last
of the unit. Files that number their layers, and older ones with other names, are read by that order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from unetgen.parts.encoders.convnext import ConvNeXt
from unetgen.parts.encoders.densenet import DenseNet
from unetgen.parts.encoders.efficientnet import EfficientNet
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.keras_resnet_v2 import VARIANTS as RESNETS_V2
from unetgen.parts.encoders.keras_resnet_v2 import KerasResNetV2
from unetgen.parts.encoders.mobilenet import MobileNet
from unetgen.parts.encoders.resnet import ResNet
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, Norm, Scale
from unetgen.plan.place import Piece
from unetgen.weights.encoder_layouts import gate_rules, leaves, stages_of
from unetgen.weights.keras_file import place_of
from unetgen.weights.transplant import KERAS, Leaves, Rule, WeightFamily
from unetgen.weights.where import ANY, BLOCK, CONV, Where, encoder

_UNIT = ("preact_bn", "1_conv", "1_bn", "2_conv", "2_bn", "0_conv", "3_conv", "0_bn", "3_bn")
"""The order in which a ResNet's unit with a shortcut has its layers."""
_NORMS = {"batch": "batch_normalization", "layer": "layer_normalization"}


@dataclass(frozen=True)
class KerasLayer:
    """A layer that a file has to have: its name, where it is in files that number layers, and its weights."""

    name: str
    place: str
    weights: tuple[str, ...]


@dataclass(frozen=True)
class KerasLayout:
    """The names, classes and order of an encoder's layers in keras.applications."""

    family: WeightFamily
    depthwise: str = "depthwise_conv2d"
    pointwise: str = "conv2d"
    """Of which class its depthwise and its 1x1 convolutions are."""
    within: tuple[tuple[str, str], ...] = ()
    """Patterns of the names of layers that lie in a model of their own, and that model's name."""
    unit: tuple[str, ...] = ()
    """How the names of layers of one unit end, in their order; empty: they are in the plan's."""

    def layers(self, plan: Plan) -> list[KerasLayer]:
        """The layers of `plan`, in Keras's order."""
        nodes = [node for node in plan.nodes if plan.weights(node)]
        named = [(self.family.modules(node, 6)[0], node) for node in nodes]
        names = [name for name, _ in named]
        named.sort(key=lambda each: self._rank(each[0], names))
        places = iter(self._places([(name, self._kind(node)) for name, node in named]))
        return [
            KerasLayer(name, next(places), tuple(weight.name for weight in plan.weights(node)))
            for name, node in named
        ]

    def _rank(self, name: str, names: Sequence[str]) -> tuple[int, int]:
        """Where its unit begins, and its number in it."""
        for number, ending in enumerate(self.unit):
            if name.endswith(f"_{ending}"):
                start = name.removesuffix(ending)
                return next(n for n, other in enumerate(names) if other.startswith(start)), number
        return names.index(name), 0

    def _kind(self, node: Node) -> str:
        op = node.op
        if isinstance(op, Norm):
            return _NORMS[op.method]
        if isinstance(op, Conv):
            if op.groups > 1:
                return self.depthwise
            return self.pointwise if max(op.kernel) == 1 else "conv2d"
        assert isinstance(op, Scale)
        return "layer_scale"

    def _places(self, layers: Sequence[tuple[str, str]]) -> Iterator[str]:
        counts: Counter[tuple[str, str]] = Counter()
        models: dict[str, str] = {}
        for name, kind in layers:
            found = (
                re.sub(pattern, model, name) for pattern, model in self.within if re.match(pattern, name)
            )
            model = next(found, "")
            if model and model not in models:
                models[model] = place_of("", "sequential", len(models))
            within = models.get(model, "")
            yield place_of(within, kind, counts[within, kind])
            counts[within, kind] += 1


def keras_layout(chosen: Encoder) -> KerasLayout:
    """The layout of a kind that is named after keras.applications."""
    kind = chosen.kind
    return _OF_FAMILIES[type(chosen)](kind)


def _family(kind: str, words: Leaves, *rules: Rule) -> WeightFamily:
    return WeightFamily(f"{kind.removeprefix('keras_')} of keras.applications", words, rules, library=KERAS)


def _resnet(kind: str) -> KerasLayout:
    unit = "conv{level}_block{block}"
    family = _family(
        kind,
        leaves("conv", "bn"),
        Rule(encoder(part="stem"), ("conv1_{leaf}",)),
        Rule(encoder(BLOCK, CONV), (f"{unit}_{{conv}}_{{leaf}}",)),
        Rule(encoder(BLOCK, "shortcut"), (f"{unit}_0_{{leaf}}",)),
    )
    return KerasLayout(family, unit=_UNIT)


def _resnet_v2(kind: str) -> KerasLayout:
    unit, first, second, third = "conv{level}_block{block}", *(Piece("conv", n) for n in (1, 2, 3))
    words = leaves("3_conv", "2_bn")
    rules = [
        Rule(encoder(part="stem"), ("conv1_conv",)),
        Rule(encoder(part="down"), ("conv{level}_block1_preact_bn",)),
        Rule(encoder("end"), ("post_bn",)),
        Rule(encoder(BLOCK, "shortcut"), (f"{unit}_0_conv",)),
        Rule(Where("encoder", ANY, (BLOCK, first), label="end_norm"), (f"{unit}_1_bn",)),
        Rule(encoder(BLOCK, first), (f"{unit}_{{leaf}}",), leaves("1_conv", "preact_bn")),
        Rule(encoder(BLOCK, second), (f"{unit}_2_conv",)),
        Rule(encoder(BLOCK, third), (f"{unit}_{{leaf}}",), words),
    ]
    # The last unit of a stage ends on the way to the next.
    for level, units in enumerate(RESNETS_V2[kind], start=3):
        unit = f"conv{level - 1}_block{units}"
        rules.append(Rule(encoder(second, part="down", level=level), (f"{unit}_2_conv",)))
        rules.append(Rule(encoder(third, part="down", level=level), (f"{unit}_{{leaf}}",), words))
    return KerasLayout(_family(kind, {}, *rules), unit=_UNIT)


def _mobilenet(kind: str) -> KerasLayout:
    parts = ("expand", "depthwise", "project")
    if kind == "keras_mobilenet_v2":
        first, other, norm = "expanded_conv", "block_{block_0}", "_BN"
        stem, last = leaves("Conv1", "bn_Conv1"), leaves("Conv_1", "Conv_1_bn")
    else:
        first, other, norm = "expanded_conv", "expanded_conv_{block_0}", "_bn"
        stem, last = leaves("conv", "conv_bn"), leaves("conv_1", "conv_1_bn")
    rules = [Rule(encoder(part="stem"), ("{leaf}",), stem), Rule(encoder("last"), ("{leaf}",), last)]
    for block, name in ((Piece("block", 1), first), (BLOCK, other)):
        rules += [Rule(encoder(block, part), (f"{name}_{part}{{leaf}}",), leaves("", norm)) for part in parts]
        rules += gate_rules(block, f"{name}_squeeze_excite_", "conv", "conv_1")
    return KerasLayout(_family(kind, {}, *rules))


def _efficientnet(kind: str) -> KerasLayout:
    stages, number = stages_of(kind), 0
    rules = [
        Rule(encoder(part="stem"), ("stem_{leaf}",), leaves("conv", "bn")),
        Rule(encoder("last"), ("top_{leaf}",), leaves("conv", "bn")),
    ]
    parts = {
        "conv": leaves("project_conv", "project_bn"),
        "expand": leaves("expand_conv", "expand_bn"),
        "depthwise": leaves("dwconv2" if "_v2_" in kind else "dwconv", "bn"),
        "project": leaves("project_conv", "project_bn"),
    }
    for stage, count in enumerate(stages.blocks, start=1):
        for letter in "abcdefghijklmnopqrstuvwxyz"[:count]:
            number += 1
            piece, name = Piece("block", number), f"block{stage}{letter}_"
            rules += [
                Rule(encoder(piece, part), (f"{name}{{leaf}}",), words) for part, words in parts.items()
            ]
            rules += gate_rules(piece, name, "se_reduce", "se_expand")
    return KerasLayout(_family(kind, {}, *rules))


def _densenet(kind: str) -> KerasLayout:
    rules = (
        Rule(encoder(part="stem"), ("conv1_{leaf}",), leaves("conv", "bn")),
        Rule(
            encoder(BLOCK, CONV), ("conv{level}_block{block}_{leaf}",), leaves("{conv}_conv", "{conv_0}_bn")
        ),
        Rule(encoder("end", level=5), ("bn",)),
        Rule(encoder("end"), ("pool{level}_bn",)),
        Rule(encoder(part="down"), ("pool{level_0}_conv",)),
    )
    return KerasLayout(_family(kind, {}, *rules))


def _convnext(kind: str) -> KerasLayout:
    net = kind.removeprefix("keras_")
    rules = [
        Rule(encoder(part="stem"), (f"{net}_stem_conv",)),
        Rule(encoder(part="down", level=2), (f"{net}_stem_layernorm",)),
        Rule(encoder("end", level=5), ("layer_normalization",)),
    ]
    parts: dict[str, Leaves] = {
        "depthwise": leaves("depthwise_conv", "layernorm"),
        "expand": leaves("pointwise_conv_1", ""),
        "reduce": leaves("pointwise_conv_2", ""),
        "scale": {Scale: "layer_scale"},
    }
    for level in (2, 3, 4, 5):
        stage = f"{net}_stage_{level - 2}_block_{{block_0}}_{{leaf}}"
        rules += [Rule(encoder(BLOCK, part, level=level), (stage,), words) for part, words in parts.items()]
        if level > 2:
            down = f"{net}_downsampling_{{leaf}}_{level - 3}"
            words = leaves("conv", "layernorm")
            rules.append(Rule(encoder(part="down", level=level), (down,), words))
    within = (
        (rf"^({net}_stem)_.*", r"\1"),
        (rf"^({net}_downsampling)_.*_(\d)$", r"\1_block_\2"),
    )
    return KerasLayout(_family(kind, {}, *rules), "conv2d", "dense", within)


_OF_FAMILIES: Mapping[type[Encoder], Callable[[str], KerasLayout]] = {
    ResNet: _resnet,
    KerasResNetV2: _resnet_v2,
    MobileNet: _mobilenet,
    EfficientNet: _efficientnet,
    DenseNet: _densenet,
    ConvNeXt: _convnext,
}
