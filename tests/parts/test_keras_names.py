"""Every table against the installed Keras, by its public names and signatures."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

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
from unetgen.parts.vocabulary import REQUIRED, Family, KerasObject

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
