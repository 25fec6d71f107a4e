"""Small networks of segmentation_models_pytorch on encoders, and the config of each; needs no PyTorch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.parity import decoder_families as decoders
from tests.parity import encoder_families as families
from tests.parity.drawn import Array
from unetgen.weights.transplant import WeightFamily


@dataclass(frozen=True)
class Case:
    """An original, the kind of our encoder, and how much of it the network has."""

    original: str
    kind: str
    family: WeightFamily
    depth: int
    size: tuple[int, int] = (33, 48)
    extra: Mapping[str, Any] = field(default_factory=dict)
    network: str = "Unet"
    """The original's class."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Those that the class takes beside the encoder and its depth."""

    @property
    def decoder(self) -> tuple[int, ...]:
        """The decoder's filters, the finest first; none where it has no blocks."""
        usual = (6, 7, 8, 9, 10)[: self.depth - 1]
        said = self.extra.get("decoder", {"filters": usual}).get("filters", ())
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
        said = ["" if self.network == "Unet" else self.network, *map(str, self.arguments.values())]
        return "_".join(word.lower() for word in (self.kind, *said) if word)

    @property
    def file(self) -> Path:
        """Its fixture."""
        return Path(__file__).parent / "encoders" / f"{self.name}_{self.depth}.npz"

    def read(self) -> tuple[dict[str, list[int]], Array]:
        """The shapes of the original's tensors, and its output, channels first."""
        with np.load(self.file) as arrays:
            return json.loads(arrays["shapes"].tobytes()), arrays["output"]


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
NESTED: Mapping[str, Any] = {
    "topology": {"kind": "unet_plus_plus", "node_filters": "skip", "order": "latest_first"},
    "up": "nearest",
}
CASES: Mapping[str, Case] = {
    "resnet18": Case("resnet18", "resnet18", families.RESNET, 4),
    "resnet50d": Case("tu-resnet50d", "resnet50d", families.TIMM_RESNET_D, 3),
    "seresnext50": Case("tu-seresnext50_32x4d", "seresnext50_32x4d", families.TIMM_RESNET, 3),
    "legacy_seresnet50": Case("se_resnet50", "legacy_seresnet50", families.LEGACY_SE_RESNET, 3),
    "vgg11_bn": Case("vgg11_bn", "vgg11_bn", families.vgg((1, 1, 2, 2), normed=True), 4, extra=VGG),
    "mobilenet_v2": Case("mobilenet_v2", "mobilenet_v2", families.MOBILENET_V2, 4),
    "mobilenet_v3": Case(
        "tu-mobilenetv3_small_100", "mobilenet_v3_small", families.TIMM_MOBILENET_V3_SMALL, 4
    ),
    "efficientnet_b0": Case("tu-efficientnet_b0", "efficientnet_b0", families.TIMM_B0, 3),
    "tf_efficientnet_b0": Case("tu-tf_efficientnet_b0", "tf_efficientnet_b0", families.TIMM_B0, 3),
    "densenet121": Case("densenet121", "densenet121", families.DENSENET, 4),
    "convnext_tiny": Case("tu-convnext_tiny", "convnext_tiny", families.CONVNEXT, 4, (37, 48)),
    "smp_efficientnet_b0": Case("efficientnet-b0", "smp_efficientnet_b0", families.SMP_EFFICIENTNET, 5),
    "scse": Case(
        "resnet18", "resnet18", decoders.SCSE, 4, extra=SCSE, arguments={"decoder_attention_type": "scse"}
    ),
    "linknet": Case("resnet18", "resnet18", decoders.LINKNET, 4, (32, 48), extra=LINKNET, network="Linknet"),
    "unet_plus_plus": Case(
        "resnet18", "resnet18", decoders.unet_plus_plus(5), 5, (32, 48), extra=NESTED, network="UnetPlusPlus"
    ),
}
