"""`head.residual`: the input is added to the main output before its activation, and nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import unetgen
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError
from unetgen.model.running import predicted
from unetgen.plan.ops import Add

BASE: dict[str, Any] = {"depth": 2, "base_filters": 3, "num_classes": 2}
WITH = {"residual": "input", "activation": "linear"}


def outputs(config: dict[str, Any], x: Any, weights: list[Any] | None = None) -> tuple[list[Any], list[Any]]:
    """What `predict` gives with random or these weights, and the weights."""
    model = unetgen.build(from_dict(config))
    if weights is None:
        generator = np.random.default_rng(3)
        weights = [generator.normal(0, 0.5, each.shape).astype("float32") for each in model.get_weights()]
    model.set_weights(weights)
    given = predicted(model, x)
    return list(given) if isinstance(given, list | tuple) else [given], weights


@pytest.mark.parametrize(
    ("shape", "data_format", "more"),
    [
        ([12], "channels_last", {}),
        ([8, 12], "channels_first", {}),
        ([4, 6, 8], "channels_last", {}),
        ([11, 14], "channels_last", {"resize": "pad_and_crop"}),
        ([40, 44], "channels_last", {"padding": "valid"}),
    ],
)
def test_the_input_is_added(shape: list[int], data_format: str, more: dict[str, Any]) -> None:
    config = {**BASE, **more, "input": {"shape": shape, "channels": 2, "data_format": data_format}}
    first = data_format == "channels_first"
    x = np.random.default_rng(1).normal(size=(2, *((2, *shape) if first else (*shape, 2)))).astype("float32")
    (plain,), weights = outputs({**config, "head": {"activation": "linear"}}, x)
    (residual,), _ = outputs({**config, "head": WITH}, x, weights)
    axes = range(2, 2 + len(shape)) if first else range(1, 1 + len(shape))
    place: list[slice] = [slice(None)] * x.ndim
    for axis in axes:
        cut = (x.shape[axis] - plain.shape[axis]) // 2
        place[axis] = slice(cut, cut + plain.shape[axis])
    np.testing.assert_allclose(residual, plain + x[tuple(place)], atol=1e-6)


def test_the_activation_stands_behind_it_and_other_outputs_are_as_they_were() -> None:
    config = {
        **BASE,
        "input": {"shape": [8, 12], "channels": 2},
        "depth": 3,
        "tasks": [{"name": "edges", "num_classes": 2, "activation": "linear", "loss": "mean_squared_error"}],
    }
    x = np.random.default_rng(2).normal(size=(2, 8, 12, 2)).astype("float32")
    deep = {"deep_supervision": 1}
    plain, weights = outputs({**config, "head": {**deep, "activation": "linear"}}, x)
    residual, _ = outputs({**config, "head": {**deep, **WITH}}, x, weights)
    sigmoid, _ = outputs({**config, "head": {**deep, **WITH, "activation": "sigmoid"}}, x, weights)
    np.testing.assert_allclose(residual[0], plain[0] + x, atol=1e-6)
    np.testing.assert_allclose(sigmoid[0], 1 / (1 + np.exp(-residual[0])), atol=1e-6)
    for before, after in zip(plain[1:], residual[1:], strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("fuse", ["none", "sum", "concat"])
def test_the_main_output_alone_has_it_whatever_fuses_the_heads(fuse: str) -> None:
    deep = {"levels": 1, "fuse": fuse}
    head = {"residual": "input", "deep_supervision": deep}
    plan = unetgen.plan(from_dict({**BASE, "input": {"shape": [8, 12], "channels": 2}, "head": head}))
    adding = [node for node in plan.nodes if plan.input.name in node.inputs and isinstance(node.op, Add)]
    assert len(adding) == 1
    after = {adding[0].name}
    after |= {node.name for node in plan.nodes if after & {*node.inputs}}
    assert after & {*plan.outputs} == {plan.outputs[0]}


def test_other_channels_than_classes_are_refused_and_a_digest_stays() -> None:
    config = {**BASE, "input": {"shape": [8, 12], "channels": 3}}
    with pytest.raises(
        ConfigError, match=r"head\.residual: the input has 3 channels, and there are 2 classes"
    ):
        from_dict({**config, "head": {"residual": "input"}})
    assert from_dict({**config, "head": {"residual": None}}).digest == from_dict(config).digest
