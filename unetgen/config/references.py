"""References such as ``${base_filters}`` inside a config. Nothing is run: resolvers are refused."""

from __future__ import annotations

import re
from typing import Any

from unetgen.config.source import Source
from unetgen.errors import ConfigError, Path, Problem

_REFERENCE = re.compile(r"\$\{\s*([^}]*)")


def resolve(source: Source) -> None:
    """Replace the references in `source` by what they name; raises `ConfigError` where that fails."""
    found = list(_texts(source.data, ()))
    if not found:
        return
    problems = [
        Problem(
            "only references to other fields are resolved, nothing is run",
            path=path,
            got=text,
            hint="write the value itself, or ${field}",
            where=source.where(path),
        )
        for path, text in found
        if any(":" in match or "${" in match for match in _REFERENCE.findall(text))
    ]
    if problems:
        raise ConfigError(problems)
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    tree = OmegaConf.create(source.data)
    for path, text in found:
        try:
            value = OmegaConf.select(tree, _dotted(path), throw_on_missing=True)
        except OmegaConfBaseException as error:
            reason = str(error).splitlines()[0]
            problems.append(
                Problem(f"cannot be resolved: {reason}", path=path, got=text, where=source.where(path))
            )
            continue
        holder: Any = source.data
        for part in path[:-1]:
            holder = holder[part]
        plain = OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        holder[path[-1]] = plain
    if problems:
        raise ConfigError(problems)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _texts(data: Any, path: Path) -> list[tuple[Path, str]]:
    if isinstance(data, str):
        return [(path, data)] if "${" in data else []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, item in items for found in _texts(item, (*path, key))]
