"""Squeeze and excitation: the gates of the two papers, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parts.blocks.lowering import Arithmetic, assert_computes, model_of, plan_of, sample, words
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError
from unetgen.parts.blocks.plain import PlainBlock

BASE: dict[str, Any] = {"input": {"shape": [16, 16]}, "depth": 3, "base_filters": 4, "num_classes": 2}


def block(**gate: Any) -> PlainBlock:
    return PlainBlock.model_validate({"kind": "plain", "squeeze_excitation": gate})


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("spatial", [(7,), (4, 5), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("kind", ["channel", "spatial", "both"])
def test_the_gates_compute_the_papers_formulas(kind: str, spatial: tuple[int, ...]) -> None:
    model = model_of(plan_of(block(kind=kind, ratio=2), (4,), spatial, 2))
    layers, x = Arithmetic(model), sample(2, *spatial, 2)
    u = layers.unit(x, "conv1")
    mean = u.mean(axis=tuple(range(1, u.ndim - 1)), keepdims=True)
    gated = []
    if kind != "spatial":
        squeezed = np.maximum(layers.conv(mean, "squeeze_excitation_channel_squeeze"), 0)
        gated.append(u * sigmoid(layers.conv(squeezed, "squeeze_excitation_channel_excite")))
    if kind != "channel":
        gated.append(u * sigmoid(layers.conv(u, "squeeze_excitation_spatial_squeeze")))
    assert_computes(model, x, sum(gated))


@pytest.mark.parametrize(
    ("gate", "params"),
    [  # on 32 channels
        ({"kind": "channel"}, 32 * 2 + 2 + 2 * 32 + 32),
        ({"kind": "channel", "ratio": 2}, 32 * 16 + 16 + 16 * 32 + 32),
        ({"kind": "channel", "ratio": 64, "use_bias": False}, 32 + 32),
        ({"kind": "spatial"}, 32 + 1),
        ({"kind": "both", "ratio": 2}, 32 * 16 + 16 + 16 * 32 + 32 + 32 + 1),
    ],
)
def test_the_gates_have_the_papers_weights(gate: dict[str, Any], params: int) -> None:
    plan = plan_of(block(**gate), (32,))
    assert plan.params - plan_of(PlainBlock(), (32,)).params == params


def test_layers_in_order() -> None:
    plan = plan_of(block(kind="channel", ratio=2, activation="silu"), (4,))
    assert words(plan, "squeeze_excitation") == [
        *("globalpool", "conv1x1 2", "silu", "conv1x1 4", "sigmoid", "multiply")
    ]


def test_a_bare_name_is_the_kind_and_other_names_are_refused() -> None:
    bare = from_dict(BASE | {"block": {"kind": "residual", "squeeze_excitation": "both"}})
    mapping = from_dict(BASE | {"block": {"kind": "residual", "squeeze_excitation": {"kind": "both"}}})
    assert bare == mapping
    with pytest.raises(ConfigError, match=r"squeeze_excitation: .* or both .*did you mean `channel`"):
        from_dict(BASE | {"block": {"kind": "plain", "squeeze_excitation": "chanel"}})
    with pytest.raises(ConfigError, match=r"squeeze_excitation: must be channel, spatial or both, or a map"):
        from_dict(BASE | {"block": {"kind": "plain", "squeeze_excitation": True}})


def test_a_gated_activation_of_an_odd_squeeze_is_refused() -> None:
    gate = {"kind": "channel", "ratio": 4, "activation": "glu"}
    with pytest.raises(ConfigError, match="halves its channels"):
        from_dict(BASE | {"block": {"kind": "plain", "squeeze_excitation": gate}})
