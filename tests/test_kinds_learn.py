"""Every kind of every group learns: in 30 steps on a few discs and squares its loss falls by half."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.tiers import sampled
from unetgen.config.loader import from_dict
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.bottlenecks import BOTTLENECKS
from unetgen.parts.downs import DOWNS
from unetgen.parts.norms import NORMS
from unetgen.parts.part import kind_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.ups import UPS

pytestmark = pytest.mark.usefixtures("earlier_objects_apart")
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
    ("topology", "strided_unet"): {
        "depth": 3,
        "down": {"kind": "strided_conv", "into_block": True},
        "up": {"kind": "transposed", "kernel": 3},
    },
    ("block", "convnext"): {"block": "convnext", "norm": "none"},
    ("norm", "none"): {"norm": "none"},
    ("norm", "group"): {"norm": {"kind": "group", "groups": 4}},
}
"""What a kind needs beside its name here."""
GROUPS = {
    "block": BLOCKS,
    "bottleneck": BOTTLENECKS,
    "down": DOWNS,
    "norm": NORMS,
    "skip": SKIPS,
    "topology": TOPOLOGIES,
    "up": UPS,
}
KINDS = [(group, kind_of(model)) for group, models in GROUPS.items() for model in models]
FIRST = {
    ("block", "residual"),
    ("bottleneck", "aspp"),
    ("down", "blur_pool"),
    ("norm", "group"),
    ("skip", "attention"),
    ("topology", "unet_plus_plus"),
    ("up", "linear"),
}
"""One of each group is in the first tier."""


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


@pytest.mark.parametrize(("group", "kind"), sampled(KINDS, FIRST), ids=str)
def test_thirty_steps_halve_the_loss(group: str, kind: str) -> None:
    keras.backend.clear_session()
    model = unetgen.build(from_dict(BASE | {group: {"kind": kind}} | MORE.get((group, kind), {})))
    x, y = shapes(8)
    history = model.fit(x, y, batch_size=len(x), epochs=STEPS, shuffle=False, verbose=0)
    losses = history.history["loss"]
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] / 2
