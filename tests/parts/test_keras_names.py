"""Every table against the installed Keras, by its public names and signatures."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import numpy as np
import pytest

from unetgen.emit.keras.construction import build
from unetgen.emit.keras.table import Emission
from unetgen.parts.keras_names import (
    ACTIVATION_ALIASES,
    ACTIVATIONS,
    AXIS_ACTIVATIONS,
    CHANNEL_CHANGING_ACTIVATIONS,
    INITIALIZERS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
)
from unetgen.parts.vocabulary import REQUIRED, Family, KerasObject, Option
from unetgen.plan.builder import Builder
from unetgen.plan.ops import Activation
from unetgen.plan.tensor import TensorSpec

keras = pytest.importorskip("keras")

# Arguments that no config may set: an object's own name, the class axis, kernel axes, Keras internals.
LEFT_OUT = {"x", "name", "axis", "input_axes", "output_axes", "kwargs"}
BASES = {"Optimizer", "OptimizerMap", "LearningRateSchedule", "Initializer", "Regularizer"}

FAMILIES = {
    "keras.activations": ACTIVATIONS,
    "keras.optimizers": OPTIMIZERS,
    "keras.optimizers.schedules": SCHEDULES,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": REGULARIZERS,
}
OBJECTS = [
    pytest.param(entry, id=f"{family.noun}-{name}")
    for family in FAMILIES.values()
    for name, entry in family.objects.items()
]
PYTHON_TYPES: dict[str, Any] = {"float": (int, float), "int": int, "bool": bool, "str": str}


def resolve(target: str) -> Any:
    module, name = target.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(("module", "family"), FAMILIES.items())
def test_every_public_object_is_offered_or_refused_with_a_reason(module: str, family: Family) -> None:
    found = importlib.import_module(module)
    public = {
        id(value): name
        for name, value in vars(found).items()
        if (inspect.isclass(value) or (family is ACTIVATIONS and inspect.isfunction(value)))
        and name not in BASES | {"serialize", "deserialize", "get"}
    }
    ours = {id(resolve(entry.target)) for entry in family.objects.values()}
    refused = {id(getattr(found, name)) for name in family.not_offered}
    assert not ours & refused
    assert {public[key] for key in public.keys() ^ (ours | refused)} == set()


@pytest.mark.parametrize("entry", OBJECTS)
def test_options_and_defaults_are_those_of_keras(entry: KerasObject) -> None:
    signature = inspect.signature(resolve(entry.target))
    theirs = {
        name: REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default
        for name, parameter in signature.parameters.items()
        if name not in LEFT_OUT
    }
    assert {name: option.default for name, option in entry.options.items()} == theirs


@pytest.mark.parametrize("entry", OBJECTS)
def test_a_default_is_a_legal_value_of_its_type(entry: KerasObject) -> None:
    for name, option in entry.options.items():
        default: Any = option.default
        if default is REQUIRED:
            continue
        if default is None:
            assert option.optional, name
            continue
        assert isinstance(default, PYTHON_TYPES[option.type]), name
        assert isinstance(default, bool) == (option.type == "bool"), name
        if option.type in ("float", "int"):
            assert option.low is None or default >= option.low, name
            assert option.above is None or default > option.above, name
            assert option.high is None or default <= option.high, name
            assert option.below is None or default < option.below, name
        if option.choices:
            assert default in option.choices, name


def extremes(option: Option) -> list[Any]:
    """Values of its type that its range takes, the ends among them."""
    if option.type == "int":
        tried: list[float] = [-7, -1, 0, 1, 2, 7]
    else:
        tried = [-1e3, -1.0, -0.3, 0.0, 1e-3, 0.3, 1.0, 1e3]
    return [
        value
        for value in tried
        if (option.low is None or value >= option.low)
        and (option.above is None or value > option.above)
        and (option.high is None or value <= option.high)
        and (option.below is None or value < option.below)
    ]


REST: dict[str, Any] = {
    "threshold": 0.0, "default_value": 0.0, "initial_learning_rate": 0.1, "decay_steps": 2, "value": 0.5,
    "first_decay_steps": 2, "decay_rate": 0.5, "boundaries": [1], "values": [0.1, 0.2],
}  # fmt: skip
"""For options that have no default, while another is tried."""


@pytest.mark.parametrize("entry", OBJECTS)
def test_keras_takes_every_value_that_a_config_may_give(entry: KerasObject) -> None:
    rest = {name: REST[name] for name, option in entry.options.items() if option.default is REQUIRED}
    target = resolve(entry.target)
    for name, option in entry.options.items():
        for value in extremes(option) if option.type in ("float", "int") else ():
            arguments = {**rest, name: value}
            if not inspect.isclass(target):
                layer = activation_layer(target.__name__, arguments)
                assert np.isfinite(layer(np.linspace(-2, 2, 6, dtype="float32").reshape(1, 6))).all()
            else:
                target(**arguments)


def activation_layer(name: str, options: dict[str, Any]) -> Any:
    """What the table of layers makes of an activation."""
    builder = Builder(TensorSpec((2,), 6))
    plan = builder.finish(builder.add(Activation(name, options), builder.input, name="a"))
    model = build(plan, "m", Emission("channels_last"))
    return lambda x: np.asarray(model(np.stack([x, x], 1)))


def test_activations_that_work_along_an_axis() -> None:
    def has_axis(name: str) -> bool:
        return "axis" in inspect.signature(getattr(keras.activations, name)).parameters

    assert {name for name in ACTIVATIONS.objects if has_axis(name)} == AXIS_ACTIVATIONS


def test_activations_that_change_the_number_of_channels() -> None:
    arguments = {"threshold": {"threshold": 0.0, "default_value": 0.0}}
    changed = {
        name
        for name in ACTIVATIONS.objects
        if getattr(keras.activations, name)(keras.ops.ones((2, 6)), **arguments.get(name, {})).shape != (2, 6)
    }
    assert changed == CHANNEL_CHANGING_ACTIVATIONS


def test_aliases_are_the_same_function() -> None:
    seen: dict[int, list[str]] = {}
    for name in ACTIVATIONS.objects:
        seen.setdefault(id(getattr(keras.activations, name)), []).append(name)
    pairs = {frozenset(names) for names in seen.values() if len(names) > 1}
    assert pairs == {frozenset(pair) for pair in ACTIVATION_ALIASES.items()}
    assert all(getattr(keras.activations, first).__name__ == first for first in ACTIVATION_ALIASES.values())


@pytest.mark.parametrize("family", [INITIALIZERS, REGULARIZERS], ids=lambda family: family.noun)
def test_names_are_keras_identifiers(family: Family) -> None:
    module = keras.initializers if family is INITIALIZERS else keras.regularizers
    for name, entry in family.objects.items():
        assert getattr(module, name) is resolve(entry.target)


def test_optimizer_names_are_keras_identifiers_but_for_underscores() -> None:
    for name, entry in OPTIMIZERS.objects.items():
        assert name.replace("_", "") == resolve(entry.target).__name__.lower()
