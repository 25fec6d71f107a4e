"""Fixtures: a stand-in for the emitter, and a validator of the `compile:` section that lists its errors."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from unetgen.errors import Wrong
from unetgen.parts.training import Training
from unetgen.plan.call import Call


def _construct(value: Any) -> Any:
    """What an emitter makes of a call: the object of that name with its arguments, nested ones first."""
    if isinstance(value, Call):
        module, name = value.name.rsplit(".", 1)
        made = {key: _construct(argument) for key, argument in value.arguments.items()}
        return getattr(importlib.import_module(module), name)(**made)
    if isinstance(value, list):
        return [_construct(entry) for entry in value]
    return value


def _errors(section: Any) -> list[str]:
    """Every error as `path: message`, with the problems inside a `Wrong` spelled out."""
    try:
        Training.model_validate(section)
    except ValidationError as error:
        lines = []
        for detail in error.errors():
            cause = detail.get("ctx", {}).get("error")
            place = ".".join(map(str, detail["loc"]))
            if isinstance(cause, Wrong):
                lines += [f"{place} | {problem}" for problem in cause.problems]
            else:
                lines.append(f"{place} | {detail['type']}")
        return lines
    return []


@pytest.fixture
def construct() -> Callable[[Any], Any]:
    return _construct


@pytest.fixture
def errors() -> Callable[[Any], list[str]]:
    return _errors
