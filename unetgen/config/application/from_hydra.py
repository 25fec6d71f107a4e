"""From the node that a Hydra application composed to a checked config: the way back into unetgen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from unetgen.config.application.node import read_node, reason
from unetgen.config.lookup import all_models_at, kinds_at
from unetgen.config.model import UNetConfig
from unetgen.config.source import Source, value_at
from unetgen.config.validation import validate
from unetgen.errors import ConfigError, Path, Problem

PLACE = ("unetgen", "model")
"""Where a model stands in an application's config, unless its defaults list says otherwise."""


def from_hydra(cfg: Mapping[Any, Any]) -> UNetConfig:
    """The checked config in `cfg`: the node of a model, or the whole config with the node `unetgen.model`.

    Raises `ConfigError` with every problem, each with its key in the application's config.
    """
    node, place = _node_in(cfg)
    source = Source("", {})
    try:
        source = read_node(node)
        return validate(source).config
    except ConfigError as error:
        raise ConfigError(_in_application(problem, source, place) for problem in error.problems) from None


def _node_in(cfg: Mapping[Any, Any]) -> tuple[Mapping[Any, Any], Path]:
    """The node of the model, and its place."""
    key = cfg._get_full_key(None) if isinstance(cfg, DictConfig) else ""
    place: Path = tuple(key.split(".")) if key else ()
    hint = "give the node of a model, such as cfg.unetgen.model"
    _check_mapping(cfg, place, hint)
    if PLACE[0] in cfg:
        place = (*place, *PLACE)
        try:
            cfg = value_at(cfg, PLACE)
        except OmegaConfBaseException as error:
            raise ConfigError([Problem(f"cannot be resolved: {reason(error)}", place)]) from None
        _check_mapping(cfg, place, "choose one in the defaults list: `- unetgen/model: unet3d_depth2`")
    elif cfg and not any(field in cfg for field in UNetConfig.model_fields):
        raise ConfigError([Problem("no field of a model is in this config", place, hint=hint)])
    return cfg, place


def _check_mapping(cfg: object, place: Path, hint: str) -> None:
    value = cfg._value() if isinstance(cfg, DictConfig) else cfg
    if not isinstance(value, Mapping):
        message = "must be a mapping, the config of a model"
        raise ConfigError([Problem(message, place, None if value is ... else value, hint)])


def _in_application(problem: Problem, source: Source, place: Path) -> Problem:
    """`problem` as the application's author sees it."""
    path = (*place, *problem.path)
    return replace(problem, path=path, where=None, hint=_hint(problem, source, path))


def _hint(problem: Problem, source: Source, path: Path) -> str | None:
    """The problem's hint; where a field is of another kind than the chosen one, how to change the kind."""
    around, field = problem.path[:-1], str(problem.path[-1]) if problem.path else ""
    chosen = value_at(source.data, (*around, "kind"))
    if problem.message != "unknown key" or chosen not in kinds_at(around, source.data):
        return problem.hint
    if not any(field in model.model_fields for model in all_models_at(around, source.data)):
        return problem.hint
    return f"{problem.hint}; `{'.'.join(map(str, path[:-1]))}={chosen}` swaps the whole kind"
