"""Published U-Nets, where their layers are in the sources, and the config of each; needs no PyTorch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.parity.drawn import Array
from unetgen.plan.ops import Conv, Norm, TransposedConv
from unetgen.plan.place import Piece
from unetgen.weights.transplant import Leaves, Rule, WeightFamily
from unetgen.weights.where import CONV, Where, decoder, encoder, head

BATCH = {"kind": "batch", "epsilon": 1e-5}
_SEQUENCE: Leaves = {Conv: "0", Norm: "1"}


@dataclass(frozen=True)
class Case:
    """A network: its config, where its layers are in the original, and its input, channels first."""

    name: str
    family: WeightFamily
    shape: tuple[int, ...]
    config: Mapping[str, Any]

    @property
    def file(self) -> Path:
        """Its fixture."""
        return Path(__file__).parent / "unets" / f"{self.name}.npz"

    @property
    def data(self) -> dict[str, Any]:
        """The network in our language."""
        channels, *sizes = self.shape
        return {"input": {"shape": sizes, "channels": channels}, **self.config}

    def read(self) -> tuple[dict[str, list[int]], Array]:
        """The shapes of the original's tensors, and its output, channels first."""
        with np.load(self.file) as arrays:
            return json.loads(arrays["shapes"].tobytes()), arrays["output"]


def _ternausnet() -> Iterator[Rule]:
    convs = {(0, 1): 0, (1, 1): 3, (2, 1): 6, (2, 2): 8, (3, 1): 11, (3, 2): 13, (4, 1): 16, (4, 2): 18}
    for (level, conv), index in convs.items():
        yield Rule(encoder(Piece("conv", conv), level=level), (f"encoder.{index}",))
    yield Rule(encoder(Piece("conv", 1), level=5, part="bottleneck"), ("center.block.0.conv",))
    for level in range(5):
        below = "center" if level == 4 else f"dec{level + 2}"
        yield Rule(decoder(level=level, part="up"), (f"{below}.block.1",))
        name = "dec1.conv" if level == 0 else f"dec{level + 1}.block.0.conv"
        yield Rule(decoder(CONV, level=level), (name,))
    yield Rule(head(), ("final",))


def _pix2pix(levels: int) -> Iterator[Rule]:
    """Of so many levels, each in the middle of the one above it."""
    for level in range(levels):
        block = ".".join(["model", "model.1", *["model.3"] * (level - 1)][: level + 1])
        down, up = (0, 3) if level == 0 else (1, 3 if level == levels - 1 else 5)
        ways: Leaves = {Conv: f"model.{down}", Norm: f"model.{down + 1}"}
        back: Leaves = {TransposedConv: f"model.{up}", Norm: f"model.{up + 1}"}
        yield Rule(encoder(CONV, level=level), (f"{block}.{{leaf}}",), ways)
        where = head(part="up") if level == 0 else decoder(level=level, part="up")
        yield Rule(where, (f"{block}.{{leaf}}",), back)


def _grid_attention() -> Iterator[Rule]:
    for level in range(4):
        yield Rule(encoder(CONV, level=level), (f"conv{level + 1}.conv{{conv}}.{{leaf}}",))
        yield Rule(decoder(CONV, level=level), (f"up_concat{level + 1}.conv.conv{{conv}}.{{leaf}}",))
        yield Rule(decoder(level=level, part="up"), (f"up_concat{level + 1}.up",))
        layers = {"theta": "theta", "phi": "phi", "psi": "psi", "out": "W.0", "out_norm": "W.1"}
        for label, layer in layers.items():
            where = Where("decoder", level, (Piece("gate"),), "skip", label)
            yield Rule(where, (f"attentionblock{level + 1}.{layer}",))
    yield Rule(encoder(CONV, level=4), ("center.conv{conv}.{leaf}",))
    yield Rule(decoder("gate", "signal", level=3, part="skip"), ("gating.conv1.{leaf}",))
    yield Rule(head(), ("final",))


_UP = {
    "kind": "transposed",
    "kernel": 4,
    "pre_activation": True,
    "activation": "relu",
    "norm": BATCH,
}
_LEAKY = {"kind": "leaky_relu", "negative_slope": 0.2}
_SKIP = {"kind": "concat", "order": "skip_first"}
_GATE = {"kind": "attention", "gating": "bottom", "signal_filters": 32, "filters": "keep"}


def pix2pix(levels: int, base: int) -> dict[str, Any]:
    """The generator of so many steps down; its widest level has 8 times the filters of the first."""
    inner = levels - 2
    return {
        "depth": levels + 1,
        "base_filters": base,
        "max_filters": 8 * base,
        "kernel": 4,
        "padding": "torch",
        "order": ["activation", "conv", "norm"],
        "norm": ["none", *[BATCH] * inner, "none", "none"],
        "activation": ["linear", *[_LEAKY] * (levels - 1), "linear"],
        "use_bias": False,
        "block": [*[{"kind": "plain", "convs": 1}] * levels, "none"],
        "down": {"kind": "strided_conv", "into_block": True},
        "up": [{**_UP, "use_bias": True}, *[_UP] * (levels - 1)],
        "skip": [*[_SKIP] * (levels - 1), "none"],
        "topology": {"kind": "strided_unet", "decoder_blocks": False},
        "num_classes": 3,
        "head": {"activation": "tanh"},
        "compile": {"loss": "mean_absolute_error", "metrics": []},
    }


CASES: Mapping[str, Case] = {
    case.name: case
    for case in (
        Case(
            "pix2pix",
            WeightFamily("pix2pix of five levels", {}, tuple(_pix2pix(5))),
            (3, 32, 32),
            pix2pix(5, 2),
        ),
        Case(
            "grid_attention",
            WeightFamily("unet_grid_attention_3D", _SEQUENCE, tuple(_grid_attention())),
            (1, 32, 16, 3),
            {
                "depth": 5,
                "base_filters": 4,
                "kernel": [3, 3, 1],
                "padding": "torch",
                "norm": BATCH,
                "down": {"kind": "max_pool", "size": [2, 2, 1]},
                "up": {"kind": "transposed", "kernel": [4, 4, 1]},
                "skip": [_SKIP, *[{**_GATE, "order": "skip_first"}] * 3],
                "num_classes": 2,
                "head": {"activation": "linear"},
                "compile": {"loss": "mean_squared_error", "metrics": []},
            },
        ),
        Case(
            "ternausnet",
            WeightFamily("TernausNet's UNet11", {}, tuple(_ternausnet())),
            (3, 32, 64),
            {
                "depth": 6,
                "encoder": "vgg11",
                "padding": "torch",
                "bottleneck": {"kind": "convs", "convs": 1},
                "up": {
                    "kind": "transposed",
                    "kernel": 3,
                    "activation": True,
                    "filters": [32, 64, 128, 256, 256],
                },
                "decoder": {"filters": [[32], [128], [256], [512], [512]]},
                "num_classes": 1,
                "head": {"activation": "linear"},
                "compile": {"loss": "mean_squared_error", "metrics": []},
            },
        ),
    )
}
