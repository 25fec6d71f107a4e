"""Every kind of every group learns: in 30 steps on a few discs and squares its loss falls by half.

Blocks and topologies learn by themselves, the others together: one kind of each group in a network, by turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.running import losses_of_steps
from tests.tiers import sampled
from unetgen.config.loader import from_dict
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.bottlenecks import BOTTLENECKS
from unetgen.parts.downs import DOWNS
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.norms import NORMS
from unetgen.parts.part import Part, kind_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.ups import UPS

SIZE, STEPS = 16, 30
BASE: dict[str, Any] = {
    "input": {"shape": [SIZE, SIZE], "channels": 1},
    "depth": 2,
    "base_filters": 8,
    "norm": "batch",
    "num_classes": 3,
    "compile": {"optimizer": {"kind": "adam", "learning_rate": 0.01}},
}
MORE: dict[tuple[str, str], dict[str, Any]] = {
    ("block", "rsu"): {"block": {"kind": "rsu", "height": 3}},
    ("block", "dilated"): {"block": {"kind": "dilated", "dilations": [1, 2]}},
    **{("topology", kind): {"depth": 3} for kind in ("unet", "unet_plus_plus", "unet_3_plus", "dense_skip")},
    ("topology", "fpn"): {"topology": {"kind": "fpn", "pyramid_filters": 16, "filters": 16}, "depth": 3},
    ("topology", "strided_unet"): {
        "depth": 3,
        "down": {"kind": "strided_conv", "into_block": True},
        "up": {"kind": "transposed", "kernel": 3},
    },
    ("block", "convnext"): {"block": "convnext", "norm": "none"},
    **{
        ("encoder", kind): {"depth": depth, "base_filters": None, "decoder": {"filters": [8] * (depth - 1)}}
        for kind, depth in {
            **dict.fromkeys(map(kind_of, ENCODERS), 2),
            "resnet34": 3,
            "convnext_tiny": 3,
        }.items()
    },
    ("block", "naf"): {"block": "naf", "norm": "none"},
    ("up", "bottleneck"): {"up": {"kind": "bottleneck", "ratio": 2}, "skip": "add"},
    ("block", "none"): {"block": ["plain", "none"]},
    ("skip", "none"): {
        "depth": 3,
        "block": ["plain", "residual", "none"],
        "norm": ["none", "batch", "instance"],
        "down": ["average_pool", "strided_conv"],
        "up": ["transposed", "linear"],
        "skip": ["none", "attention"],
    },
    ("norm", "none"): {"norm": "none"},
    ("norm", "group"): {"norm": {"kind": "group", "groups": 4}},
}
"""What a kind needs beside its name here."""
GROUPS: dict[str, Sequence[type[Part]]] = {
    "block": BLOCKS,
    "bottleneck": BOTTLENECKS,
    "down": DOWNS,
    "encoder": ENCODERS,
    "norm": NORMS,
    "skip": SKIPS,
    "topology": TOPOLOGIES,
    "up": UPS,
}
TOGETHER = ("bottleneck", "down", "norm", "skip", "up")
KINDS = {group: [kind_of(model) for model in models] for group, models in GROUPS.items()}
NETWORKS: list[dict[str, str]] = [
    *({group: kind} for group in GROUPS if group not in TOGETHER for kind in KINDS[group]),
    *(
        {group: KINDS[group][index % len(KINDS[group])] for group in TOGETHER}
        for index in range(max(len(KINDS[group]) for group in TOGETHER))
    ),
]
"""The kinds that each network is made of."""
FIRST = [{"block": "residual"}, {"topology": "unet_plus_plus"}, *NETWORKS[-2:]]


def shapes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy images of a disc (class 1) and a square (class 2) on nothing (class 0), and their classes."""
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    labels = np.zeros((count, SIZE, SIZE), int)
    for image in labels:
        (y, x), (top, left) = random.integers(3, SIZE - 3, 2), random.integers(0, SIZE - 6, 2)
        image[(rows - y) ** 2 + (columns - x) ** 2 < 12] = 1
        image[top : top + 5, left : left + 5] = 2
    brightness = np.array([0.0, 1.0, -1.0])[labels] + random.normal(scale=0.2, size=labels.shape)
    return brightness[..., None].astype("float32"), np.eye(3, dtype="float32")[labels]


@pytest.mark.parametrize("kinds", sampled(NETWORKS, FIRST), ids=lambda kinds: "-".join(kinds.values()))
def test_thirty_steps_halve_the_loss(kinds: dict[str, str]) -> None:
    model, (x, y) = made_of(kinds), shapes(8)
    losses = losses_of_steps(model, x, y, STEPS)
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] / 2


def test_a_fit_takes_the_same_steps() -> None:
    x, y = shapes(8)
    losses = losses_of_steps(made_of(NETWORKS[-1]), x, y, STEPS)
    fitted = made_of(NETWORKS[-1]).fit(x, y, batch_size=len(x), epochs=STEPS, shuffle=False, verbose=0)
    assert losses == fitted.history["loss"]


def made_of(kinds: dict[str, str]) -> keras.Model:
    """A small network of these kinds, by their groups."""
    keras.backend.clear_session(free_memory=False)
    fields: dict[str, Any] = {group: {"kind": kind} for group, kind in kinds.items()}
    for each in kinds.items():
        fields |= MORE.get(each, {})
    model: keras.Model = unetgen.build(from_dict(BASE | fields))
    return model


def test_every_kind_is_in_a_network() -> None:
    for group, kinds in KINDS.items():
        assert set(kinds) == {network[group] for network in NETWORKS if group in network}
