"""A value that is not the default changes the network, its training or how it runs, or is refused.

Every field of every section and kind is set in every context. What is left says what holds anyway, each with
its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pytest

from tests.config.rules.trials import BASE, CONTEXTS, Trial, merged, trials
from tests.tiers import sampled
from unetgen.config.loader import design_from_dict
from unetgen.config.model import UNetConfig
from unetgen.errors import ConfigError

HOLDS: Mapping[str, tuple[object, str]] = {
    "head.activation": ("sigmoid", "is what null stands for with one class"),
    "decoder.block": (("residual", "vnet"), "the two differ where an input is tiled, as in an encoder"),
    "padding": ("torch", "pads as `same` does where nothing is strided"),
    "resize": (..., "sizes divide"),
    "resize.policy": (..., "sizes divide"),
    "resize.interpolation": (("linear", "linear_align_corners"), "sizes divide"),
    "topology": (
        "unet_plus_plus",
        "the first level has nothing to join, and one is between it and the bottom",
    ),
    "skip": ("crop", "sizes are equal"),
    "skip.axis": (-1, "is the channel axis, by its number"),
    "skip.projection": ("never", "channels are equal"),
    "skip.gating": ("bottom", "the one level that joins a skip stands above the bottom"),
    "skip.length": (1, "the one level that joins a skip stands above the bottom"),
    "skip.norm": ("layer", "is the network's own"),
    "norm.fallback": (1, "channels divide"),
    "norm.scale": (True, "is as `affine` says"),
    "norm.center": (True, "is as `affine` says"),
    "stem.norm": ("instance", "is the network's own"),
    "down.norm": ("instance", "is the network's own"),
    "topology.projection": (True, "channels are equal"),
    "topology.reach": (1, "no level is further away"),
    "decoder.convs": (1, "a block of one width"),
    "decoder.block.convs": (1, "a block of one width"),
    "use_bias": (True, "is the network's own"),
    "up.filters": ("half", "the skip has half of the channels"),
    "projection": (("always", "first", "in_front"), "channels change everywhere, or nowhere"),
    "projection_bias": (True, "no shortcut is projected"),
    "up.norm": ((True, "instance"), "the network's norm is none, or this one"),
    "up.activation": (True, "the network's activation is linear"),
    "pre_activation": (True, "the decoder's norm and activation are none"),
    "upsample": (True, "scores have the size of the main ones"),
    "norm": (False, "there is no norm"),
    "activation": (False, "there is no activation"),
    "projection_norm": ((False, "before"), "there is no norm, or no projection"),
    "preactivate_input": (False, "the input is not pre-activated"),
    "activation_after_add": (False, "no activation stands after the addition"),
}
"""By the end of a path: a value that may say what holds anyway, or several (``...``: each), and why."""

NEVER = {
    "skip.axis",
    "skip.projection",
    "decoder.block.projection_kernel",
    "decoder.block.shortcut_pool",
    "decoder.block.preactivate_input",
}
"""Fields that say what is so anyway, or that a decoder has no use for; the latter are refused."""


@lru_cache(maxsize=1024)
def _model(text: str) -> Any:
    """What a config comes to, or its problems."""
    try:
        design = design_from_dict(json.loads(text))
    except ConfigError as error:
        return error
    config = design.config
    training = [repr(each.training.compile_arguments(each.context)) for each in design.objectives]
    weights = [(each.name, each.loss_weights) for each in design.objectives]
    run = (config.name, config.source, config.input, config.seed, config.execution)
    return design.plan, training, weights, run, config


def _result(data: Mapping[str, Any]) -> Any:
    return _model(json.dumps(data, sort_keys=True))


def _says_what_holds(trial: Trial, config: UNetConfig) -> bool:
    section, _, name = trial.path.rpartition(".")
    if section == "decoder" and name in UNetConfig.model_fields:
        assert config.decoder is not None
        if getattr(config.decoder, name) == getattr(config, name):
            return True
    parts = trial.path.split(".")
    ends = (HOLDS.get(".".join(parts[start:])) for start in range(len(parts)))
    values = (end[0] for end in ends if end is not None)
    return any(
        trial.value in value if isinstance(value, tuple) else value in (..., trial.value) for value in values
    )


def outcome(trial: Trial, context: Mapping[str, Any]) -> str:
    """What setting a field in a context comes to."""
    base = merged(BASE, context)
    without, with_it = merged(base, trial.without), merged(base, trial.with_it)
    if with_it == without:
        return "the same text"
    before, after = _result(without), _result(with_it)
    if isinstance(after, ConfigError):
        return "refused"
    if isinstance(before, ConfigError) or before[:-1] != after[:-1]:
        return "effective"
    return "says what holds" if _says_what_holds(trial, after[-1]) else "without effect"


@pytest.mark.parametrize("context", sampled(CONTEXTS, first={"plain", "bare strided unet"}))
def test_no_field_is_without_effect(context: str) -> None:
    outcomes = {trial: outcome(trial, CONTEXTS[context]) for trial in ALL}
    assert not [(trial.path, trial.value) for trial, end in outcomes.items() if end == "without effect"]
    counts = Counter(outcomes.values())
    assert counts["effective"] > len(ALL) // 4
    print(context, dict(counts))


@pytest.mark.thorough
def test_every_field_has_an_effect_somewhere() -> None:
    effective = {
        trial.path
        for trial in ALL
        if any(outcome(trial, context) == "effective" for context in CONTEXTS.values())
    }
    assert {trial.path for trial in ALL} - effective == NEVER


ALL = tuple(trials())
