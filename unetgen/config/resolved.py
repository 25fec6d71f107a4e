"""The resolved config: what a null stands for, said outright, and as YAML that builds again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from unetgen import __version__
from unetgen.config.model import UNetConfig
from unetgen.config.objectives import Objective
from unetgen.config.yaml.scalars import read_scalar
from unetgen.parts.activation import FAMILY, ActivationChoice
from unetgen.parts.heads import Head
from unetgen.parts.tasks import Task
from unetgen.parts.training import Training

HEADER = (
    "# Written by unetgen {version}: every field of the config, said outright. It builds the same model.\n"
)
HeadOrTask = TypeVar("HeadOrTask", Head, Task)
_WORD = re.compile(r"[a-z][a-z0-9_]+")
_REFERENCE = re.compile(r"(\\*)\$\{")


def with_defaults(config: UNetConfig, objectives: Sequence[Objective]) -> UNetConfig:
    """`config` with the heads' activations and the losses chosen, where it left them open.

    `objectives` are its own.
    """
    main, *further = objectives
    head, compile_ = _with_activation(config.head, main), config.compile.resolved(main.context)
    tasks = tuple(
        _with_training(_with_activation(task, each), each.training.resolved(each.context))
        for task, each in zip(config.tasks, further, strict=True)
    )
    if head is config.head and compile_ is config.compile and tasks == config.tasks:
        return config
    return config.model_copy(update={"head": head, "compile": compile_, "tasks": tasks})


def _with_training(task: Task, training: Training) -> Task:
    return task.model_copy(update={"loss": training.loss, "ignore_class": training.ignore_class})


def _with_activation(part: HeadOrTask, objective: Objective) -> HeadOrTask:
    if part.activation is not None:
        return part
    return part.model_copy(
        update={"activation": ActivationChoice.parse(FAMILY, objective.context.activation)}
    )


def seen_from(folder: Path, config: UNetConfig) -> UNetConfig:
    """`config` as a file in `folder` has to say it: the names of files are relative to that."""
    encoder = config.encoder
    if encoder is None or encoder.weights is None:
        return config
    there = encoder.model_copy(update={"weights": encoder.weights.seen_from(folder)})
    return config.model_copy(update={"encoder": there})


def seen_from_anywhere(config: UNetConfig) -> UNetConfig:
    """`config` with absolute names of files."""
    encoder = config.encoder
    if encoder is None or encoder.weights is None:
        return config
    there = encoder.model_copy(update={"weights": encoder.weights.absolute})
    return config.model_copy(update={"encoder": there})


def to_yaml(config: UNetConfig, folder: Path | None = None) -> str:
    """A resolved `config` as YAML with every field, in the language's order; loading it gives an equal one.

    A null that is left means what the field's documentation says of null. The names of files are as seen from
    `folder`, by default from where the config came from.
    """
    return yaml_of((config if folder is None else seen_from(folder, config)).to_dict(), HEADER)


def yaml_of(data: dict[str, Any], header: str) -> str:
    """Plain data as YAML that reads back as it is, under `header`, in which ``{version}`` is ours."""
    text = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True, default_flow_style=None
    )
    return header.format(version=__version__) + text


def yaml_text(value: Any) -> str:
    """A value as one line of YAML that reads back as it is."""
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, width=2**31, allow_unicode=True, default_flow_style=True
    )
    return text.removesuffix("...\n").rstrip("\n")


class _Dumper(yaml.SafeDumper):
    """Every text in quotes, but for words that no reader of YAML takes for anything else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_word = _WORD.fullmatch(text) and read_scalar(text) == text
    escaped = _REFERENCE.sub(r"\1\1\\${", text)  # else it would be a reference to a field
    return dumper.represent_scalar("tag:yaml.org,2002:str", escaped, style=None if is_word else '"')


_Dumper.add_representer(str, _text)
