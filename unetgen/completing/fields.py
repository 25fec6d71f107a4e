"""The fields that overrides can name, with the words that each can take, read from a JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
_TEXT_WIDTH = 72
_OF_OTHERS = "A kind of another package"
_NOT_FIELDS = frozenset({"defaults"})
"""What a file says and an override cannot."""


class Field(NamedTuple):
    """One field."""

    path: str
    """Between dots, as an override names it."""
    values: tuple[str, ...]
    """The words that it can take, or the items of its list; none where it takes a number or free text."""
    text: str
    """What it does, on one short line."""


def fields_of(schema: Schema) -> list[Field]:
    """All fields of what `schema` describes, those within each kind too, each before those within it."""
    return list(_within(schema, schema.get("$defs", {}), ()))


def _within(schema: Schema, definitions: Schema, path: tuple[str, ...]) -> Iterator[Field]:
    inner: dict[str, list[Schema]] = {}
    for part in _parts(schema, definitions):
        for name, field in part.get("properties", {}).items():
            inner.setdefault(name, []).append(field)
    for name, alternatives in inner.items():
        if name in path or name in _NOT_FIELDS:  # a block in a block's own shortcut: once is enough
            continue
        either: Schema = {"anyOf": alternatives}
        yield Field(".".join((*path, name)), tuple(_values(either, definitions)), _text(either, definitions))
        yield from _within(either, definitions, (*path, name))


def _parts(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """`schema` and all schemas that describe the same value; not a reference to another field's value."""
    waiting = [schema]
    while waiting:
        part = waiting.pop(0)
        yield part
        if (name := part.get("$ref", "").rpartition("/")[2]) and name != "reference":
            waiting.append(definitions[name])
        for key in ("anyOf", "oneOf", "allOf"):
            waiting += part.get(key, ())


def _values(schema: Schema, definitions: Schema) -> dict[str, None]:
    """The words among which `schema` chooses, in its order."""
    values: dict[str, None] = {}
    for part in _parts(schema, definitions):
        words = [*part.get("enum", ()), *([part["const"]] if "const" in part else ())]
        words += [True, False] if part.get("type") == "boolean" else []
        words += [None] if part.get("type") == "null" else []
        values |= {_KEYWORDS.get(repr(word), str(word)): None for word in words}
        if isinstance(items := part.get("items"), Mapping):
            values |= _values(items, definitions)
    return values


_KEYWORDS = {"True": "true", "False": "false", "None": "null"}


def _text(schema: Schema, definitions: Schema) -> str:
    """The first sentence of the first description, cut at a word."""
    texts = [part["description"] for part in _parts(schema, definitions) if part.get("description")]
    ours = [text for text in texts if not text.startswith(_OF_OTHERS)]
    text = " ".join((ours or texts or [""])[0].split())
    sentence = re.split(r"(?<=[^.]{2}[.:]) ", text)[0].rstrip(".:")
    if len(sentence) <= _TEXT_WIDTH:
        return sentence
    return f"{sentence[: _TEXT_WIDTH - 3].rpartition(' ')[0]}..."
