"""What unetgen's Hydra plugin serves: every bundled config, and every option of a group, as plain data.

Files are read and composed by the strict reader. A model is served with the fields that it leaves at their
defaults, so that all can be seen, referred to and overridden; with three limits, so that an override means in
an application what it means to `unetgen.load`:

- Of a part that is chosen by its kind there is the kind, and what the config itself says of it: the defaults
  of one kind would be left behind when another is chosen.
- The loss is a bare name where that says all, and no dropout is the number 0: OmegaConf lets a list take
  their place, but not that of a mapping.
- What a null leaves open (the head's activation, say) stays open, since it follows from other fields.

A list of kinds, one per level, cannot take the place of a part for the same reason: an application deletes
the part first (`~unetgen.model.skip +unetgen.model.skip=[none,concat]`).

A part that has a config group is served as that group's choice, in a file of its own, so that
`unetgen/up@unetgen.model.up=linear` replaces all of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from unetgen.config.bundled import bundled_configs, config_dir
from unetgen.config.loader import Reader
from unetgen.config.lookup import choice_at, expanded
from unetgen.config.model import UNetConfig
from unetgen.config.source import value_at
from unetgen.config.validation import validate
from unetgen.config.yaml.tree import read_yaml
from unetgen.errors import ConfigError, Path, Problem

MODEL = "model"
"""The group of whole configs; within the group of a part, the folder of the parts of whole configs."""
ALSO_LISTS = ("loss", "dropout")
"""The fields with a shorthand whose value may be a list."""
_REFERENCE = re.compile(r"(\\*)\$\{")


class Served:
    """Configs by their path below `unetgen`: ``model/NAME``, ``up/linear``, ``up/model/NAME``."""

    def __init__(self) -> None:
        root = config_dir()
        self._models = bundled_configs()
        files = [file for file in sorted(root.glob("*/*.yaml")) if file.parent.name not in ("zoo", MODEL)]
        self._options = {f"{file.parent.name}/{file.stem}": file for file in files}
        self._nodes: dict[str, dict[str, Any]] = {}
        self._paths = [*(f"{MODEL}/{name}" for name in self._models), *self._options]
        folders = [path.split("/")[:-1] for path in self._paths]
        self.groups = frozenset("/".join(parts[: i + 1]) for parts in folders for i in range(len(parts)))

    def options(self, group: str) -> list[str]:
        """The names of the configs that stand in a group, without the parts of whole configs."""
        return [name for around, _, name in (path.rpartition("/") for path in self._paths) if around == group]

    def has(self, path: str) -> bool:
        """Whether there is such a config; it need not be right."""
        group, _, name = path.partition(f"/{MODEL}/")
        return path in self._paths or (group in self.groups and name in self._models)

    def config(self, path: str) -> dict[str, Any]:
        """The data of a config; a whole one has a defaults list that chooses its parts.

        Raises `ConfigError` where its file is not right.
        """
        if path in self._options:
            return _option(self._options[path], path)
        group, _, name = path.partition("/")
        if group == MODEL:
            return self._model(name)
        name = name.removeprefix(f"{MODEL}/")
        part = self._node(name).get(group)
        if not isinstance(part, dict):
            raise ConfigError([Problem(f"{name} has no part `{group}`", where=path)])
        return dict(part)

    def _model(self, name: str) -> dict[str, Any]:
        node = self._node(name)
        parts = [key for key, value in node.items() if key in self.groups and isinstance(value, dict)]
        chosen = [{f"/unetgen/{part}@{part}": f"{MODEL}/{name}"} for part in parts]
        fields = {key: value for key, value in node.items() if key not in parts}
        return {"defaults": ["_self_", *chosen], **fields}

    def _node(self, name: str) -> dict[str, Any]:
        if name not in self._nodes:
            self._nodes[name] = model_node(self._models[name])
        return self._nodes[name]


def model_node(file: FilePath) -> dict[str, Any]:
    """A whole config as plain data, its fields at their defaults included.

    Raises `ConfigError` with every problem of the files it is made of.
    """
    source = Reader(file).source(())
    validate(source)
    every_field = UNetConfig.model_validate(source.data).to_dict()
    said = _Saying(every_field)
    return {key: said.of(source.data.get(key, ...), value, (key,)) for key, value in every_field.items()}


@dataclass(frozen=True)
class _Saying:
    """What is served of a whole config's data, which has every field."""

    data: dict[str, Any]

    def of(self, written: Any, full: Any, path: Path) -> Any:
        """`full`, the data under `path`, less the fields of a kind that `written` does not say."""
        if isinstance(full, dict):
            given = expanded(path, {} if written in (None, ...) else written, self.data)
            # A single loss in a list, say, stands for a mapping in a way of its own: nothing is left out.
            return self._of_mapping(given if isinstance(given, dict) else full, full, path)
        if isinstance(full, list):
            items = enumerate(full)
            return [self.of(value_at(written, (index,)), item, (*path, index)) for index, item in items]
        # Text that looks like a reference is none any more, and OmegaConf would take it for one.
        return _REFERENCE.sub(r"\1\1\\${", full) if isinstance(full, str) else full

    def _of_mapping(self, given: dict[str, Any], full: dict[str, Any], path: Path) -> Any:
        choice = choice_at(path, self.data)
        kind = choice.key if choice and choice.names_kind else None
        keys = dict.fromkeys((kind, *given)) if kind else full
        said = {key: self.of(given.get(key, ...), full[key], (*path, key)) for key in keys}
        if choice is None or path[-1] not in ALSO_LISTS or set(given) - {choice.key}:
            return said
        bare = said[choice.key]
        # Setting another field replaces a bare value: a lost kind is an error, a lost rate must have been
        # none.
        return bare if kind or bare == 0 else said


def _option(file: FilePath, path: str) -> dict[str, Any]:
    document = read_yaml(file, shown_as=f"{path}.yaml")
    if document.problems:
        raise ConfigError(document.problems)
    return document.data
