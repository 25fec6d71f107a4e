"""Small networks on encoders, and the config of each; needs none of the libraries that have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.parity import keras_decoders, monai_decoders
from tests.parity.drawn import Array
from unetgen.weights.transplant import WeightFamily


@dataclass(frozen=True)
class Case:
    """An original, the kind of our encoder, and how much of it the network has."""

    original: str
    kind: str
    depth: int
    size: tuple[int, int] = (33, 48)
    extra: Mapping[str, Any] = field(default_factory=dict)
    network: str = "Unet"
    """The original's class."""
    library: str = "segmentation_models_pytorch"
    """The package that has the original."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Those that the class takes beside the encoder and its depth."""
    family: WeightFamily | None = None
    """The map of its modules; None: that of the importing of segmentation_models_pytorch's."""

    @property
    def decoder(self) -> tuple[int, ...]:
        """The decoder's filters, the finest first; none where the original is not told them so."""
        if "decoder_channels" in self.arguments:
            return ()
        usual = (6, 7, 8, 9, 10)[: self.depth - 1]
        said = (self.extra.get("decoder", {"filters": usual}) or {}).get("filters", ())
        return tuple(said)

    @property
    def config(self) -> dict[str, Any]:
        """The network in our language."""
        return {
            "input": {"shape": list(self.size), "channels": 3},
            "depth": self.depth,
            "encoder": self.kind,
            "padding": "torch",
            "norm": {"kind": "batch", "epsilon": 1e-5},
            "use_bias": False,
            "decoder": {"filters": list(self.decoder)},
            "resize": "resize_to_skip",
            "num_classes": 1,
            "head": {"activation": "linear", "kernel": 3},
            **self.extra,
        }

    @property
    def name(self) -> str:
        """The encoder, and what is unusual on it."""
        words = (
            value if isinstance(value, str) else key
            for key, value in self.arguments.items()
            if isinstance(value, str | Mapping)
        )
        library = "timm" if self.network != "Unet" and self.original.startswith("tu-") else ""
        said = ["" if self.network == "Unet" else self.network, library, *words]
        return "_".join(word.lower() for word in (self.kind, *said) if word)

    @property
    def file(self) -> Path:
        """Its fixture."""
        return Path(__file__).parent / "encoders" / f"{self.name}_{self.depth}.npz"

    def read(self) -> tuple[dict[str, list[int]], Array]:
        """The shapes of the original's tensors, and its main output, channels first."""
        with np.load(self.file) as arrays:
            return json.loads(arrays["shapes"].tobytes()), arrays["output"]

    @property
    def label(self) -> Array:
        """What the original says of the whole image."""
        with np.load(self.file) as arrays:
            return np.asarray(arrays["label"])


VGG: Mapping[str, Any] = {"skip": ["none", "concat", "concat"], "bottleneck": "convs"}
SCSE: Mapping[str, Any] = {
    "skip": {"kind": "concat", "squeeze_excitation": "both"},
    "decoder": {"filters": [16, 17, 18], "block": {"kind": "plain", "squeeze_excitation": "both"}},
}
LINKNET: Mapping[str, Any] = {
    "up": {"kind": "bottleneck", "kernel": 4, "use_bias": True, "filters": [32, "skip", "skip"]},
    "skip": "add",
    "decoder": {"block": "none"},
    "head": {"activation": "linear"},
}
_DEEP = {"kind": "nearest", "filters": "skip", "conv": {"kernel": 1, "first": 3, "place": "before"}}
MANET: Mapping[str, Any] = {
    "bottleneck": {"kind": "position_attention", "key_filters": 4},
    "up": ["nearest", _DEEP, _DEEP],
    "skip": "fusion_attention",
    "resize": "refuse",
}
PSP: Mapping[str, Any] = {
    "bottleneck": {"kind": "pyramid_pooling", "filters": 16, "dropout": 0.2},
    "topology": {"kind": "unet", "levels": []},
    "decoder": {},
    "resize": "refuse",
    "head": {"activation": "linear", "kernel": 3, "upsample": "linear_align_corners"},
}
NESTED: Mapping[str, Any] = {
    "topology": {"kind": "unet_plus_plus", "node_filters": "skip", "order": "latest_first"},
    "up": "nearest",
}
FPN: Mapping[str, Any] = {
    "norm": {"kind": "group", "groups": 32, "epsilon": 1e-5},
    "topology": {"kind": "fpn", "finest": 1, "pyramid_filters": 24, "filters": 64},
    "up": "nearest",
    "decoder": None,
    "head": {"activation": "linear", "upsample": "linear_align_corners"},
}
DEEPLAB: Mapping[str, Any] = {
    "bottleneck": {
        "kind": "aspp",
        "rates": [1, 2, 3],
        "filters": 16,
        "separable": True,
        "dropout": 0.5,
        "refine": "separable_conv",
    },
    "topology": {"kind": "unet", "levels": [2]},
    "up": {"kind": "linear", "align_corners": True},
    "skip": {"kind": "concat", "filters": 48},
    "decoder": {
        "filters": [16] * 5,
        "block": {"kind": "depthwise_separable", "convs": 1, "norm_between": False},
    },
    "head": {"activation": "linear", "upsample": "linear_align_corners"},
}
DEEPLAB_ARGUMENTS: Mapping[str, Any] = {"decoder_channels": 16, "decoder_atrous_rates": (1, 2, 3)}
PAN: Mapping[str, Any] = {
    "encoder": {"kind": "resnet18", "output_stride": 16},
    "use_bias": True,
    "bottleneck": {"kind": "pyramid_attention", "filters": 8},
    "topology": {"kind": "unet", "levels": [2, 3, 4]},
    "up": {"kind": "linear", "align_corners": True},
    "skip": "global_attention",
    "decoder": {"block": "none"},
}
KERAS_UNET: Mapping[str, Any] = {"padding": "same", "norm": "batch", "resize": "refuse"}
TRANSPOSED: Mapping[str, Any] = {
    **KERAS_UNET,
    "up": {
        "kind": "transposed",
        "kernel": 4,
        "norm": True,
        "activation": True,
        "filters": [6, 7, 8, 9, 10],
    },
    "decoder": {"filters": [6, 7, 8, 9, 10], "block": {"kind": "plain", "convs": 1}},
}
COLLECTION: Mapping[str, Any] = {
    **KERAS_UNET,
    "norm": "none",
    "use_bias": True,
    "up": {"kind": "linear", "conv": 3, "filters": [6, 7, 8, 9, 10]},
    "head": {"activation": "linear"},
}
HALVED: Mapping[str, Any] = {
    "kind": "nearest",
    "filters": "half",
    "conv": {"kernel": 1, "place": "before", "norm": False, "activation": False, "use_bias": True},
}
FLEXIBLE: Mapping[str, Any] = {
    "norm": {"kind": "batch", "epsilon": 1e-3},
    "up": ["nearest", *[HALVED] * 4],
    "skip": {"kind": "concat", "order": "skip_first"},
    "resize": "refuse",
}
CLASSIFIER: Mapping[str, Any] = {
    "name": "finding", "num_classes": 3, "decoder": "pooled", "pooling": "max", "activation": "sigmoid"
}  # fmt: skip
CASES: Mapping[str, Case] = {
    "resnet18": Case("resnet18", "resnet18", 4),
    "resnet50d": Case("tu-resnet50d", "resnet50d", 3),
    "seresnext50": Case("tu-seresnext50_32x4d", "seresnext50_32x4d", 3),
    "legacy_seresnet50": Case("se_resnet50", "legacy_seresnet50", 3),
    "vgg11_bn": Case("vgg11_bn", "vgg11_bn", 4, extra=VGG),
    "mobilenet_v2": Case("mobilenet_v2", "mobilenet_v2", 4),
    "mobilenet_v3": Case("tu-mobilenetv3_small_100", "mobilenet_v3_small", 4),
    "efficientnet_b0": Case("tu-efficientnet_b0", "efficientnet_b0", 3),
    "tf_efficientnet_b0": Case("tu-tf_efficientnet_b0", "tf_efficientnet_b0", 3),
    "densenet121": Case("densenet121", "densenet121", 4),
    "convnext_tiny": Case("tu-convnext_tiny", "convnext_tiny", 4, (37, 48)),
    "smp_efficientnet_b0": Case("efficientnet-b0", "smp_efficientnet_b0", 5),
    "scse": Case("resnet18", "resnet18", 4, extra=SCSE, arguments={"decoder_attention_type": "scse"}),
    "linknet": Case("resnet18", "resnet18", 4, (32, 48), extra=LINKNET, network="Linknet"),
    "unet_plus_plus": Case("resnet18", "resnet18", 5, (32, 48), extra=NESTED, network="UnetPlusPlus"),
    "manet": Case(
        *("resnet18", "resnet18", 4, (32, 48)),
        extra=MANET,
        network="MAnet",
        arguments={"decoder_pab_channels": 4},
    ),
    "fpn": Case(
        "resnet18",
        "resnet18",
        5,
        (32, 48),
        extra=FPN,
        network="FPN",
        arguments={"decoder_pyramid_channels": 24, "decoder_segmentation_channels": 64, "upsampling": 2},
    ),
    "deeplab_v3_plus": Case(
        "resnet18",
        "resnet18",
        6,
        (48, 64),
        extra={**DEEPLAB, "encoder": {"kind": "resnet18", "output_stride": 16}},
        network="DeepLabV3Plus",
        arguments={**DEEPLAB_ARGUMENTS, "encoder_output_stride": 16},
    ),
    "deeplab_v3_plus_timm": Case(
        "tu-resnet18",
        "resnet18",
        6,
        (48, 64),
        extra={
            **DEEPLAB,
            "encoder": {"kind": "resnet18", "output_stride": 8, "dilates": "after_stride"},
        },
        network="DeepLabV3Plus",
        arguments={**DEEPLAB_ARGUMENTS, "encoder_output_stride": 8},
    ),
    "pan": Case(
        "resnet18",
        "resnet18",
        6,
        (128, 144),
        extra=PAN,
        network="PAN",
        arguments={"decoder_channels": 8, "upsampling": 1},
    ),
    "pspnet": Case(
        *("resnet18", "resnet18", 4, (56, 72)),
        extra=PSP,
        network="PSPNet",
        arguments={"psp_out_channels": 16},
    ),
    "flexible_unet": Case(
        *("resnet18", "monai_resnet18", 6, (32, 64)),
        family=monai_decoders.FLEXIBLE,
        extra=FLEXIBLE,
        library="monai",
    ),
    "flexible_unet_b0": Case(
        *("efficientnet-b0", "monai_efficientnet_b0", 6, (32, 64)),
        family=monai_decoders.FLEXIBLE_B0,
        extra=FLEXIBLE,
        library="monai",
    ),
    "image_classifiers": Case(
        *("resnet18", "image_classifiers_resnet18", 6, (32, 64)),
        family=keras_decoders.CLASSIFIERS,
        extra=KERAS_UNET,
        library="segmentation_models",
    ),
    "expansions": Case(
        *("mobilenetv2", "keras_mobilenet_v2", 6, (32, 64)),
        family=keras_decoders.MOBILENET_V2,
        extra={**KERAS_UNET, "encoder": {"kind": "keras_mobilenet_v2", "gives": "expansions"}},
        library="segmentation_models",
    ),
    "keras_unet_collection": Case(
        *("ResNet50V2", "keras_resnet50v2", 6, (32, 64)),
        family=keras_decoders.COLLECTION_RESNET_V2,
        extra=COLLECTION,
        library="keras_unet_collection",
        arguments={"output_activation": None},
    ),
    "image_classifiers_transposed": Case(
        *("resnet50", "image_classifiers_resnet50", 6, (32, 64)),
        family=keras_decoders.CLASSIFIERS_TRANSPOSED,
        extra=TRANSPOSED,
        library="segmentation_models",
        arguments={"decoder_block_type": "transpose"},
    ),
    "aux_params": Case(
        *("resnet18", "resnet18", 4, (32, 48)),
        extra={"tasks": [{**CLASSIFIER, "dropout": 0.3}]},
        arguments={"aux_params": {"pooling": "max", "dropout": 0.3, "activation": "sigmoid", "classes": 3}},
    ),
}
