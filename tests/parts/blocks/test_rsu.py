"""U2-Net's nested block against its definition in NumPy, and the counts of the whole network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.blocks.lowering import Arithmetic, assert_computes, model_of, plan_of, sample, words
from unetgen import plan as plan_of_config
from unetgen.config.loader import from_dict
from unetgen.parts.blocks.rsu import RsuBlock
from unetgen.plan.ops import Conv

UNIT = ["batch", "relu"]


def halved(x: np.ndarray) -> np.ndarray:
    """The maximum of each pair on every axis, the odd one left alone."""
    for axis in range(1, x.ndim - 1):
        odd = [(0, 0)] * x.ndim
        odd[axis] = (0, x.shape[axis] % 2)
        padded = np.pad(x, odd, constant_values=-np.inf)
        shape = (*padded.shape[:axis], padded.shape[axis] // 2, 2, *padded.shape[axis + 1 :])
        x = padded.reshape(shape).max(axis=axis + 1)
    return x


def resized(x: np.ndarray, spatial: tuple[int, ...]) -> np.ndarray:
    """Linear interpolation with half-pixel centres and clamped edges, axis by axis."""
    for axis, n_out in enumerate(spatial, start=1):
        n_in = x.shape[axis]
        at = np.clip((np.arange(n_out) + 0.5) * n_in / n_out - 0.5, 0, n_in - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, n_in - 1)
        part = (at - low).reshape([-1 if a == axis else 1 for a in range(x.ndim)])
        x = np.take(x, low, axis) * (1 - part) + np.take(x, high, axis) * part
    return x


def rsu(layers: Arithmetic, x: np.ndarray, height: int, dilated: bool) -> np.ndarray:
    """RSU-L, or RSU-LF, by recursion from the outermost level inwards."""
    outer = layers.unit(x, "outer")

    def inside(x: np.ndarray, level: int) -> np.ndarray:
        dilation = 2 ** (level - 1) if dilated else 1
        if level == height:
            return layers.unit(x, f"nested{level}", dilation if dilated else 2)
        pooled = halved(x) if level > 1 and not dilated else x
        skip = layers.unit(pooled, f"nested{level}_encoder", dilation)
        below = resized(inside(skip, level + 1), skip.shape[1:-1])
        return layers.unit(np.concatenate([below, skip], axis=-1), f"nested{level}_decoder", dilation)

    return outer + inside(outer, 1)


@pytest.mark.parametrize("dilated", [False, True])
@pytest.mark.parametrize(
    ("spatial", "height"),
    [((8, 8), 4), ((7, 10), 4), ((13,), 5), ((1, 6), 3), ((5, 4, 3), 3), ((4, 4), 2)],
    ids=str,
)
def test_the_block_computes_a_nested_u(spatial: tuple[int, ...], height: int, dilated: bool) -> None:
    model = model_of(plan_of(RsuBlock(height=height, dilated=dilated), (2, 3), spatial, 2))
    x = sample(2, *spatial, 2)
    assert_computes(model, x, rsu(Arithmetic(model), x, height, dilated))


def test_rsu_4_layer_by_layer() -> None:
    plan = plan_of(RsuBlock(height=4), (2, 8), (8, 8), 3)
    assert words(plan) == [
        *("conv3x3 8", *UNIT),
        *("conv3x3 2", *UNIT),
        *("max pool 2x2", "conv3x3 2", *UNIT),
        *("max pool 2x2", "conv3x3 2", *UNIT),
        *("conv3x3 2 dilated 2", *UNIT),
        *("concat 2", "conv3x3 2", *UNIT),
        *("resize", "concat 2", "conv3x3 2", *UNIT),
        *("resize", "concat 2", "conv3x3 8", *UNIT),
        "add",
    ]


def test_rsu_4f_dilates_in_place_of_pooling() -> None:
    plan = plan_of(RsuBlock(height=4, dilated=True), (2, 8), (8, 8), 3)
    dilations = [node.op.dilation[0] for node in plan.nodes if isinstance(node.op, Conv)]
    assert dilations == [1, 1, 2, 4, 8, 4, 2, 1]
    assert {node.spec.spatial for node in plan.nodes} == {(8, 8)}


def test_the_first_convolution_takes_the_strides() -> None:
    plan = plan_of(RsuBlock(), (2, 8), (8, 8), 3, strides=(2, 1))
    assert words(plan)[0] == "conv3x3 8 /2x1"


U2NET: dict[str, Any] = {
    "input": {"shape": [320, 320], "channels": 3},
    "depth": 6,
    "filters": [[32, 64], [32, 128], [64, 256], [128, 512], [256, 512], [256, 512]],
    "num_classes": 1,
    "padding": "torch",
    "norm": {"kind": "batch", "epsilon": 1e-5, "momentum": 0.9},
    "block": {
        "kind": "rsu",
        "height": [7, 6, 5, 4, 4, 4],
        "dilated": [False, False, False, False, True, True],
    },
    "up": "linear",
    "decoder": {"filters": [[16, 64], [32, 64], [64, 128], [128, 256], [256, 512]]},
}


@pytest.mark.parametrize(
    ("data", "total", "sides"),
    [  # xuebinqin/U-2-Net, model/u2net.py: six 3x3 side convolutions to one channel, and one to fuse them
        (U2NET, 44_009_869, (64, 64, 128, 256, 512, 512)),
        (U2NET | {"filters": [[16, 64]] * 6, "decoder": {"filters": [[16, 64]] * 5}}, 1_131_181, (64,) * 6),
    ],
    ids=["U2NET", "U2NETP"],
)
def test_u2net_s_trunk_has_the_authors_count(
    data: dict[str, Any], total: int, sides: tuple[int, ...]
) -> None:
    ends = sum(9 * channels + 1 for channels in sides) + (6 + 1)
    head = 64 + 1
    assert plan_of_config(from_dict(data)).trainable_params - head == total - ends
