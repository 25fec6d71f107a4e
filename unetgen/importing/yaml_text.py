"""A config of an import as the text of a YAML file: a header of comments, a field to a line."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from unetgen.config.resolved import yaml_text

WIDTH = 110


def config_text(data: Mapping[str, Any], header: Sequence[str] = ()) -> str:
    """`data` as YAML that `unetgen` reads, every line of `header` above it as a comment."""
    comments = [
        line
        for text in header
        for line in textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="#   ")
    ]
    return "\n".join([*comments, *_fields(data, "")]) + "\n"


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
