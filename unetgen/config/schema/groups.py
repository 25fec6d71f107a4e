"""The files of the config groups: every kind with all its fields at their defaults, and what they do.

``python -m unetgen.config.schema.groups configs`` writes them into that folder. The texts are the docstrings
of the kinds and of their fields, so that a new kind needs no file of its own to be written.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from unetgen.config.schema.definitions import UNIONS
from unetgen.config.schema.documentation import field_docs, one_line, summary
from unetgen.config.sections import PRESET_DOCS, PRESETS, Execution
from unetgen.parts.part import kinds_of

WIDTH = 110
"""The longest line of a file."""


def group_files() -> dict[str, str]:
    """The text of each file by its path in the folder of the configs: ``skip/concat.yaml``."""
    files = {}
    for group, models in UNIONS.items():
        for model, kind in ((each, kind) for each in models for kind in kinds_of(each)):
            data = {"kind": kind, **model.model_validate({"kind": kind}).model_dump(mode="json")}
            files[f"{group}/{kind}.yaml"] = _text(summary(model), data, field_docs(model))
    for preset, choices in PRESETS.items():
        data = Execution.model_validate(choices).model_dump(mode="json")
        files[f"execution/{preset}.yaml"] = _text(PRESET_DOCS[preset], data, field_docs(Execution))
    return files


def _text(heading: str, data: Mapping[str, Any], docs: Mapping[str, str]) -> str:
    fields = [
        line
        for name, value in data.items()
        for line in _field(name, value, docs[name] if name != "kind" else "")
    ]
    space = [""] if fields[0].startswith("#") else []
    return "\n".join([*_comment(heading), *space, *fields]) + "\n"


def _field(name: str, value: object, doc: str) -> list[str]:
    """A field with its comment, behind it where both fit on a line."""
    text = f"{name}: {one_line(value)}"
    line = f"{text}  # {doc}" if doc else text
    return [line] if len(line) <= WIDTH else [*_comment(doc), text]


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, WIDTH - 2, break_on_hyphens=False))


if __name__ == "__main__":
    for path, content in group_files().items():
        file = Path(sys.argv[1], path)
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
