"""The shortest config that says the same: every field that is at its default is left out."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from unetgen.config.model import UNetConfig
from unetgen.config.objectives import objectives
from unetgen.config.resolved import with_defaults
from unetgen.errors import UnetgenError

Data = dict[str, Any]


def shortest(config: UNetConfig) -> Data:
    """The data of a resolved `config` without the fields that it has anyway, in the language's order."""
    data = config.to_dict()
    _shorten(data, data, config)
    return data


def _shorten(whole: Data, part: Data, config: UNetConfig) -> None:
    """Take all fields out of `part`, which is in `whole`, that can be, and then those within the others."""
    fields = dict(part)
    for key in reversed(fields):  # the first stays where one has to
        del part[key]
        if key == "kind" or not part or not _says_same(whole, config):
            _put(part, {name: value for name, value in fields.items() if name in part or name == key})
    for key, value in list(part.items()):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                _shorten(whole, each, config)
        _put(part, part | {key: _bare(value)})
        if not _says_same(whole, config):
            part[key] = value


def _bare(value: Any) -> Any:
    """``{kind: name}`` as the name alone, in lists too."""
    if isinstance(value, list):
        return [_bare(each) for each in value]
    return value["kind"] if isinstance(value, dict) and set(value) == {"kind"} else value


def _put(part: Data, fields: Data) -> None:
    part.clear()
    part |= ({"kind": fields["kind"]} if "kind" in fields else {}) | fields


def _says_same(data: Data, config: UNetConfig) -> bool:
    try:
        other = UNetConfig.model_validate(deepcopy(data))
        return with_defaults(other, objectives(other)) == config
    except (ValidationError, UnetgenError, ValueError):
        return False
