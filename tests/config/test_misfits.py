"""The advice about a size that does not fit is followed here, each part of it: it makes a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest

import unetgen
from unetgen.config.bundled import bundled_configs
from unetgen.errors import ConfigError, Problem

SETTINGS = (
    (),
    ("head.deep_supervision=1",),
    ("head.deep_supervision={levels: 1, upsample: true}",),
    ("padding=torch", "down=strided_conv", "up=transposed"),
    ("topology=unet_plus_plus", "skip=concat"),
    ("topology=unet_3_plus", "skip=concat", "resize=resize_to_skip"),
    ("skip=attention", "resize=pad_to_skip"),
    ("padding=valid",),
    ("down={kind: max_pool, size: 3}",),
)


def problems(config: str, overrides: tuple[str, ...]) -> tuple[Problem, ...]:
    try:
        unetgen.plan(unetgen.load(config, overrides=overrides))
    except ConfigError as error:
        return error.problems
    return ()


def advice(problem: Problem) -> Iterator[tuple[str, ...]]:
    """What the hint says to set, as overrides."""
    hint = problem.hint or ""
    for size in re.findall(r"\d+", hint.partition("legal")[2].partition(";")[0]):
        yield (f"{problem.dotted_path}={size}",)
    for field, value in re.findall(r"`(\w+): (\w+)`", hint):
        yield (f"{field}={value}",)


def follow(config: str, overrides: tuple[str, ...], failing: tuple[Problem, ...]) -> int:
    """Follow all that `failing` advises; the number of ways that were tried."""
    ways = 0
    for problem in failing:
        others = [
            next(advice(each))
            for each in failing
            if each is not problem and "legal size" in (each.hint or "")
        ]
        for way in advice(problem):
            is_size = way[0].startswith("input.shape")
            changed = (*overrides, *way, *(o for each in others for o in each if is_size))
            assert problems(config, changed) == (), changed
            ways += 1
    return ways


@pytest.mark.parametrize("settings", SETTINGS, ids=" ".join)
def test_every_advice_about_a_size_makes_a_network(settings: tuple[str, ...]) -> None:
    refused = ways = 0
    for shape in product((1, 3, 20, 61, 64), (7, 64)):
        overrides = (f"input.shape={list(shape)}", *settings)
        failing = problems("quickstart2d", overrides)
        if any("does not fit" in problem.message for problem in failing):
            refused += 1
            ways += follow("quickstart2d", overrides, failing)
    assert refused >= 5 and ways >= 2 * refused


@pytest.mark.parametrize("name", sorted(bundled_configs()))
def test_the_advice_for_a_bundled_config_is_followed(name: str) -> None:
    config = unetgen.load(name)
    size = config.input.sizes[0] + 1
    failing = problems(name, (f"input.shape.0={size}",))
    assert follow(name, (f"input.shape.0={size}",), failing) >= bool(failing)
