"""Merging itself is judged in test_compose (against Hydra) and test_overrides; here bare values."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from unetgen.config.lookup import choice_at, expanded
from unetgen.config.model import UNetConfig
from unetgen.config.sections import PRESETS
from unetgen.errors import Path

BASE: dict[str, Any] = {"input": {"shape": [32, 32]}, "depth": 3, "base_filters": 8, "num_classes": 3}
BARE: dict[Path, Any] = {
    ("block",): "residual",
    ("down",): "strided_conv",
    ("up",): "transposed",
    ("skip",): "add",
    ("norm",): "batch",
    ("topology",): "unet",
    ("activation",): "leaky_relu",
    ("head", "activation"): "softmax",
    ("kernel_initializer",): "he_normal",
    ("kernel_regularizer",): "l2",
    ("compile", "loss"): "dice",
    ("compile", "loss", 0): "dice",
    ("compile", "metrics", 0): "dice",
    ("compile", "optimizer"): "sgd",
    ("resize",): "centre_crop",
    ("dropout",): 0.5,
    ("decoder", "dropout"): [0.5, 0.25],
    ("head", "deep_supervision"): 1,
    ("head", "hidden"): "classes",
    ("up", "conv"): 3,
    ("bottleneck",): "none",
    ("stem",): 3,
    ("block", "squeeze_excitation"): "channel",
}


_KINDS_OF = {"conv": "nearest", "squeeze_excitation": "plain"}
"""A kind that has the field."""


def config(path: Path, value: Any) -> UNetConfig:
    for part in reversed(path):
        value = [value] if isinstance(part, int) else {part: value}
        if part in _KINDS_OF:
            value["kind"] = _KINDS_OF[part]
    return UNetConfig.model_validate(BASE | value)


@pytest.mark.parametrize(("path", "bare"), BARE.items(), ids=lambda x: str(x))
def test_a_bare_value_and_the_mapping_that_it_stands_for_are_one_config(path: Path, bare: Any) -> None:
    mapping = expanded(path, bare, {})
    assert isinstance(mapping, dict)
    assert config(path, mapping) == config(path, bare)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_and_the_mapping_that_it_stands_for_are_one_config(preset: str) -> None:
    mapping = expanded(("execution",), preset, {})
    assert isinstance(mapping, dict)
    assert config(("execution",), mapping) == config(("execution",), preset)
    assert expanded(("name",), preset, {}) is preset


def test_a_learning_rate_may_be_the_bare_name_of_a_schedule() -> None:
    assert expanded(("compile", "optimizer", "learning_rate"), "cosine_decay", {}) == {"kind": "cosine_decay"}
    assert expanded(("compile", "optimizer", "momentum"), "x", {}) == "x"


def test_each_field_that_takes_a_bare_value_beside_a_mapping_has_a_choice() -> None:
    for name in UNetConfig.model_fields:
        for value in ("x", 1, [1]):
            if _takes_mapping(name) and _takes(name, value) and name != "compile":
                assert choice_at((name,), {}) is not None, name


def _takes(name: str, value: Any) -> bool:
    try:
        UNetConfig.model_validate(BASE | {name: value})
    except ValidationError:
        return False
    return True


def _takes_mapping(name: str) -> bool:
    default = UNetConfig.model_fields[name].get_default(call_default_factory=True)
    return isinstance(default, BaseModel) or hasattr(default, "dump")


@pytest.mark.parametrize(
    ("path", "value"), [(("depth",), 3), (("name",), "x"), (("dropout",), True), ((), "x")]
)
def test_other_values_stand_for_themselves(path: Path, value: Any) -> None:
    assert expanded(path, value, {}) is value
