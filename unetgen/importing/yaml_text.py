"""A config of an import as the text of a YAML file: a header of comments, a field to a line."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from unetgen.config.resolved import yaml_text

WIDTH = 110


def config_text(
    data: Mapping[str, Any], header: Sequence[str] = (), reasons: Mapping[str, str] = MappingProxyType({})
) -> str:
    """`data` as YAML that `unetgen` reads, with `header` above it and each of `reasons` above its field.

    These are comments, broken where they are long, but for those that are indented, such as commands.
    """
    lines = [line for text in header for line in _comment(text)]
    for key, value in data.items():
        lines += _comment(reasons[key]) if key in reasons else []
        lines += _fields({key: value}, "")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    if text.startswith("  "):
        return [f"# {text}"]
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)


def _fields(data: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        line = f"{indent}{key}: {yaml_text(value)}"
        if len(line) <= WIDTH or not _splits(value):
            lines.append(line)
        elif isinstance(value, dict):
            lines += [f"{indent}{key}:", *_fields(value, indent + "  ")]
        else:
            lines += [f"{indent}{key}:", *(f"{indent}  - {yaml_text(item)}" for item in value)]
    return lines


def _splits(value: Any) -> bool:
    """Whether `value` is better read over several lines: a mapping, or a list of them."""
    return isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict))
