"""The docstring of a printed source: what it is, the config that it comes from, and its fingerprint."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from unetgen import __version__
from unetgen.config.design import Design
from unetgen.config.resolved import yaml_text
from unetgen.config.shortest import shortest
from unetgen.emit.source.layout import WIDTH
from unetgen.visible import visible


def header(design: Design, framework: str, params: int, remarks: tuple[str, ...] = ()) -> list[str]:
    """The lines of the docstring, with its quotes; `remarks` are paragraphs behind the config."""
    plan, name = design.plan, design.config.name
    what = f"{name}, a {plan.input.spec.dims}D U-Net of {params:,} parameters in {framework}"
    lines = [
        *_wrapped(f"{what}, written by unetgen {__version__} from:", WIDTH - 3),
        "",
        *config_lines(design, WIDTH),
        f"# fingerprint: {plan.fingerprint}",
        *(line for remark in remarks for line in ("", *_wrapped(remark, WIDTH))),
    ]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return [line.rstrip() for line in f'"""{text}\n"""'.split("\n")]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(visible(text), width, break_long_words=False, break_on_hyphens=False)


def config_lines(design: Design, width: int) -> list[str]:
    """The shortest config that says the same, as lines of YAML of at most `width` characters."""
    return _fields(shortest(design.config), "", width)


def _fields(data: Mapping[str, Any], indent: str, width: int) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        folded = _folded(key, value, width - len(indent))
        if isinstance(value, dict) and len(folded) > 2:
            lines += [f"{indent}{key}:", *_fields(value, f"{indent}  ", width)]
        else:
            lines += [f"{indent}{line}" for line in folded]
    return lines


def _folded(key: str, value: object, width: int) -> list[str]:
    """A field over several lines where it is long: YAML reads a break between words as a space."""
    line = f"{key}: {yaml_text(value)}"
    # Rather behind a comma than between a field and its value.
    kept = line.replace(": ", ":\0")
    for text in (kept, line):
        lines = textwrap.wrap(
            text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        lines = [each.replace("\0", " ") for each in lines]
        if max(map(len, lines)) <= width and _reads_as("\n".join(lines), line):
            return lines
    return [line]


def _reads_as(text: str, other: str) -> bool:
    return bool(yaml.safe_load(text) == yaml.safe_load(other))
