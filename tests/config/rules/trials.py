"""Every field of a config with values that are not its default, and contexts to try them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, get_args, get_origin

from unetgen.config.model import UNetConfig
from unetgen.config.sections import Decoder, Execution, InputSpec, ResizePolicy
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.bottlenecks import BOTTLENECKS
from unetgen.parts.downs import DOWNS
from unetgen.parts.dropout import DropoutRates
from unetgen.parts.heads import DeepSupervision, Head
from unetgen.parts.heads.hidden import HiddenConvs
from unetgen.parts.norms import NORMS
from unetgen.parts.part import Part, kind_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.squeeze_excitation import SqueezeExcitation
from unetgen.parts.stem import Stem
from unetgen.parts.tasks import Task
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.training import Training
from unetgen.parts.ups import UPS
from unetgen.parts.ups.up import UpConv

Data = Mapping[str, Any]

BASE: Data = {
    "input": {"shape": [64, 64], "channels": 2},
    "depth": 3,
    "base_filters": 8,
    "num_classes": 3,
}
FAMILIES: Mapping[str, Sequence[type[Part]]] = {
    "block": BLOCKS,
    "decoder.block": BLOCKS,
    "down": DOWNS,
    "up": UPS,
    "skip": SKIPS,
    "norm": NORMS,
    "decoder.norm": NORMS,
    "topology": TOPOLOGIES,
    "bottleneck": BOTTLENECKS,
}
USUAL = {family: UNetConfig.model_fields[family].default.kind for family in FAMILIES if "." not in family}
"""The kind that stands for each by default."""
SECTIONS: Mapping[str, tuple[type[Part], Any]] = {
    "": (UNetConfig, {}),
    "input": (InputSpec, {}),
    "decoder": (Decoder, {}),
    "dropout": (DropoutRates, {}),
    "decoder.dropout": (DropoutRates, {}),
    "stem": (Stem, {}),
    "head": (Head, {}),
    "head.hidden": (HiddenConvs, {"filters": 16}),
    "head.deep_supervision": (DeepSupervision, {"levels": 1}),
    "up.conv": (UpConv, {"kernel": 3}),
    "block.squeeze_excitation": (SqueezeExcitation, {}),
    "resize": (ResizePolicy, {}),
    "compile": (Training, {}),
    "execution": (Execution, {}),
}
"""By their paths, with the least that they say."""
TASK: Data = {"name": "edges", "num_classes": 2}
POOLED: Data = {**TASK, "decoder": "pooled"}

ENTERED = frozenset({"input", "decoder", "head", "compile", "execution", "tasks"})
"""Fields that are tried one by one, part by part."""

VALUES: Mapping[str, tuple[Any, ...]] = {
    "schema_version": (1,),
    "name": ("other",),
    "source": ("a paper",),
    "shape": ([96, 64],),
    "reference": ([96, 64],),
    "channels": (5,),
    "depth": (4,),
    "base_filters": (12,),
    "filter_growth": (1.5,),
    "max_filters": (10,),
    "conv_widths": ([1, 2],),
    "encoder": ("resnet18", "vgg11"),
    "filters": ([[4, 6], [8, 10], [12, 14]],),
    "kernel": (5,),
    "activation": ("silu",),
    "norm": ("instance",),
    "order": (["norm", "activation", "conv", "dropout"],),
    "dropout": (0.3,),
    "rate": (0.3,),
    "kernel_initializer": ("he_normal",),
    "kernel_regularizer": ("l2",),
    "stem": (3, {"kernel": 5, "filters": 6}),
    "num_classes": (4,),
    "seed": (7,),
    "resize": ("pad_to_skip", "resize_to_skip", "pad_and_crop", "centre_crop"),
    "convs": (1, 3),
    "squeeze_excitation": ("channel", "spatial", "both"),
    "repeats": (2,),
    "dilation": (2,),
    "kernels": (5,),
    "ratio": (2,),
    "units": (3,),
    "steps": (3,),
    "growth": (5,),
    "layers": (2,),
    "dilations": ([1, 2],),
    "expansion": (2,),
    "alpha": (1.2,),
    "length": (1,),
    "layer_scale": (None, 0.5),
    "height": (3,),
    "dilated": (True,),
    "activation_before_add": (True,),
    "hidden": (16,),
    "residual": ("input",),
    "align_corners": (True,),
    "deep_supervision": (1,),
    "levels": (2,),
    "weights": ([0.7, 0.3],),
    "loss_weight": (0.5,),
    "size": ([[1, 2], [2, 2]],),
    "window": (3,),
    "taps": (5,),
    "conv": (3,),
    "rates": ([2, 4],),
    "bins": ([1, 2],),
    "bottleneck.dropout": (0.3,),
    "heads": (2,),
    "key_dim": (4,),
    "epsilon": (0.01,),
    "momentum": (0.5,),
    "groups": (2,),
    "fallback": (1,),
    "scale": (False, True),
    "center": (False, True),
    "reach": (1,),
    "cat_filters": (5,),
    "prune_to": (1,),
    "topology.levels": ([1], []),
    "finest": (1,),
    "head.upsample": ("linear",),
    "pyramid_filters": (24,),
    "topology.filters": (24,),
    "separable": (True,),
    "refine": ("conv", "separable_conv"),
    "output_stride": (8, 16),
    "loss": ("categorical_focal_crossentropy",),
    "optimizer": ({"kind": "sgd", "learning_rate": 0.1},),
    "metrics": (["categorical_accuracy"],),
    "ignore_class": (255,),
    "jit_compile": (True, False),
    "use_bias": (False, True),
    "decoder.norm": ("instance", "none"),
    "up.filters": ("half", 6),
    "up.kernel": (5, 4),
    "up.conv.first": (5,),
    "up.output_padding": (0,),
    "down.filters": ("next",),
    "stem.filters": (6,),
    "stem.norm": (False, "instance"),
    "stem.activation": (False, "silu"),
    "stem.strides": (2, [1, 2]),
    "stem.down": ("max_pool",),
    "stem.up": ("linear",),
    "conv.norm": (False, "instance"),
    "conv.activation": (False, "silu"),
    "up.norm": (True, "instance"),
    "up.activation": (True, "silu"),
    "down.norm": (False, "instance"),
    "down.activation": (False, "silu"),
    "skip.axis": (-1,),
    "skip.order": ("skip_first",),
    "topology.order": ("latest_first",),
    "head.activation": ("sigmoid",),
    "tasks.activation": ("sigmoid",),
    "skip.filters": (5,),
    "skip.signal_filters": (6,),
    "skip.use_bias": (True, False),
    "skip.norm": ("layer",),
    "bottleneck.filters": (5,),
    "key_filters": (5,),
    "hidden.filters": ([6, 7],),
    "decoder.filters": ([6, 10],),
    "decoder.convs": (1, 3),
    "block.norm": ("batch",),
    "projection_kernel": ("block",),
    "projection_norm": (False, "before"),
    "decoder.style": ("average", {"pooling": "max", "unit": False}),
    "tasks.name": ("other",),
    "tasks.hidden": ([6],),
    "tasks.dropout": (0.3,),
}
"""Values by the end of a field's path, the longer end first; of other fields, the type tells them."""

CONTEXTS: Mapping[str, Data] = {
    "plain": {},
    "norm": {"norm": "batch"},
    "pre-activation": {"norm": "batch", "order": ["norm", "activation", "conv", "dropout"]},
    "torch": {"norm": "batch", "padding": "torch"},
    "valid": {"padding": "valid", "input": {"shape": [92, 92], "channels": 2}},
    "dropout": {"dropout": {"rate": 0.2}, "norm": "batch"},
    "dropout at the end": {"dropout": {"rate": 0.2, "place": "block_end"}},
    "deeper": {"depth": 4, "norm": "batch"},
    "decoder dropout": {"decoder": {"dropout": {"rate": 0.2}}},
    "filters": {"base_filters": None, "filters": [8, 16, 24]},
    "decoder filters": {"decoder": {"filters": [8, 16]}},
    "nested": {"topology": "unet_plus_plus", "decoder": {"filters": [6, 10]}},
    "spatial gate on skips": {"skip": {"kind": "concat", "squeeze_excitation": "spatial"}},
    "strided": {"down": {"kind": "strided_conv", "into_block": True}, "norm": "batch"},
    "strided unet": {
        "topology": "strided_unet",
        "down": {"kind": "strided_conv", "into_block": True},
        "up": "transposed",
        "norm": "batch",
    },
    "bare strided unet": {
        "topology": {"kind": "strided_unet", "decoder_blocks": False},
        "down": {"kind": "strided_conv", "into_block": True},
        "up": "transposed",
    },
    "linear": {"activation": "linear"},
    "gate": {"skip": {"kind": "attention", "gating": "up", "join": "add"}, "norm": "batch"},
    "convnext with a gate": {"block": "convnext", "skip": "attention"},
    "kernels": {"block": {"kind": "plain", "kernels": 7}},
    "decoder convs": {"decoder": {"convs": 3}},
    "encoder": {"base_filters": None, "encoder": "resnet34", "decoder": {"filters": [8, 16]}},
    "decoder block": {"decoder": {"block": "plain"}},
    "convnext decoder": {"decoder": {"block": "convnext"}},
    "deep": {"head": {"deep_supervision": 2}},
    "deep, up-sampled": {"head": {"deep_supervision": {"levels": 2, "upsample": True}}},
    "deep, summed": {"head": {"deep_supervision": {"levels": 2, "fuse": "sum"}}},
    "deep, concatenated": {"head": {"deep_supervision": {"levels": 2, "fuse": "concat"}}},
    "pre-activated head": {"head": {"pre_activation": True}, "norm": "batch"},
    "hidden": {"head": {"hidden": 16}, "norm": "batch"},
    "as many channels as classes": {"input": {"shape": [64, 64], "channels": 3}},
    "stem": {"stem": 3, "norm": "batch"},
    "strided stem": {"stem": {"kernel": 7, "strides": 2, "down": "max_pool"}, "norm": "batch"},
    "up conv": {"up": {"kind": "linear", "conv": 3, "filters": "skip"}, "norm": "batch"},
    "pre-activated up": {
        "norm": "batch",
        "order": ["norm", "activation", "conv", "dropout"],
        "up": {"kind": "transposed", "norm": True, "activation": True},
    },
    "output padding": {
        "padding": "torch",
        "up": {"kind": "transposed", "kernel": 3},
        "resize": {"policy": "resize_to_skip"},
    },
    "task": {"tasks": [{"name": "more", "num_classes": 2, "decoder": "own"}]},
    "spatial gate": {"block": {"kind": "residual", "squeeze_excitation": "spatial"}},
    "odd, resized": {"resize": {"policy": "resize_to_skip"}, "input": {"shape": [61, 63], "channels": 2}},
    "odd, padded": {"resize": {"policy": "pad_to_skip"}, "input": {"shape": [61, 63], "channels": 2}},
    "odd, cropped": {"resize": {"policy": "centre_crop"}, "input": {"shape": [61, 63], "channels": 2}},
    "odd, even": {"resize": {"policy": "pad_and_crop"}, "input": {"shape": [61, 63], "channels": 2}},
    "one class": {"num_classes": 1},
    "any size": {"input": {"shape": [None, None], "channels": 2}},
    "channels first": {"input": {"shape": [64, 64], "channels": 2, "data_format": "channels_first"}},
    "3D": {"input": {"shape": [16, 16, 16], "channels": 2}},
    "1D": {"input": {"shape": [64], "channels": 2}},
    **{
        f"{family} {kind_of(kind)}": {family: kind_of(kind)}
        for family, kinds in FAMILIES.items()
        for kind in kinds
        if "." not in family
    },
    "block none": {"block": ["plain", "none", "plain"]},
    "coarser end": {"topology": {"kind": "unet", "levels": [1]}},
}
"""What else a config says, by a word for it."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A field with a value that is not its default, over the least that has such a field."""

    path: str
    value: Any
    without: Data
    with_it: Data


def trials() -> Iterator[Trial]:
    """Every value of every field of every section and kind."""
    for section, (model, least) in SECTIONS.items():
        for name in model.model_fields:
            path = f"{section}.{name}" if section else name
            if path not in ENTERED | FAMILIES.keys():
                yield from _of_field(section, model, name, least)
    for family, kinds in FAMILIES.items():
        for kind in kinds:
            if kind_of(kind) != USUAL.get(family):
                yield from _one(family, kind_of(kind), {}, {})
            for name in kind.model_fields:
                if name != "kind":
                    yield from _of_field(family, kind, name, {"kind": kind_of(kind)})
    for name in Task.model_fields:
        for value, task in product(values_of(f"tasks.{name}", Task, name), (TASK, POOLED)):
            without, with_it = {"tasks": [dict(task)]}, {"tasks": [{**task, name: value}]}
            yield Trial(f"tasks.0.{name}", value, without, with_it)


def _of_field(section: str, model: type[Part], name: str, least: Data) -> Iterator[Trial]:
    path = f"{section}.{name}" if section else name
    for value in values_of(path, model, name):
        yield from _one(path, value, _put(section, least), least)


def _one(path: str, value: Any, without: Data, least: Data) -> Iterator[Trial]:
    section = path.rpartition(".")[0]
    with_it = merged(_put(section, least) if section else {}, _put(path, value))
    if path == "filters":
        with_it = {**with_it, "base_filters": None}
    yield Trial(path, value, without, with_it)


def values_of(path: str, model: type[Part], name: str) -> tuple[Any, ...]:
    """Values of a field that are not its default."""
    usual, annotation = model.model_fields[name].default, model.model_fields[name].annotation
    if annotation is bool:
        return (not usual,)
    parts = path.split(".")
    for start in range(len(parts)):
        if (values := VALUES.get(".".join(parts[start:]))) is not None:
            return tuple(value for value in values if value != usual)
    if get_origin(annotation) is Literal:
        return tuple(value for value in get_args(annotation) if value != usual)
    raise KeyError(path)


def _put(path: str, value: Any) -> dict[str, Any]:
    for part in reversed(path.split(".")) if path else ():
        value = {part: value}
    return value if isinstance(value, dict) else {}


def merged(first: Data, second: Data) -> dict[str, Any]:
    """`second` over `first`; a bare kind is one with options, and another kind takes none of the first's."""
    result = dict(deepcopy(dict(first)))
    for key, value in second.items():
        before = result.get(key)
        if isinstance(value, Mapping):
            before = {"kind": before} if isinstance(before, str) and key in FAMILIES else before
            kept = before if isinstance(before, dict) else {}
            is_other = "kind" in kept and value.get("kind", kept["kind"]) != kept["kind"]
            result[key] = merged({} if is_other else kept, value)
        else:
            result[key] = value
    return result
