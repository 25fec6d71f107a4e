"""The reference of the config language as Markdown, made from the models so that it cannot go stale.

``python -m unetgen.config.schema.page > docs/config.md`` writes the page. Types come from the JSON Schema,
meanings from the fields' docstrings, examples from `unetgen.config.schema.examples`; a missing row is an
error.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from unetgen.config.lookup import models_at
from unetgen.config.model import UNetConfig
from unetgen.config.schema.definitions import UNIONS, definition_name
from unetgen.config.schema.documentation import field_docs, one_line
from unetgen.config.schema.examples import BASE, FAMILIES, FIELDS, example_of_kind
from unetgen.config.schema.generator import names_its_kind, short_default
from unetgen.config.schema.json_schema import documented_schema
from unetgen.config.schema.phrases import phrase
from unetgen.parts.activation import FAMILY as ACTIVATIONS
from unetgen.parts.keras_names import INITIALIZERS, OPTIMIZERS, REGULARIZERS, SCHEDULES
from unetgen.parts.options import expected
from unetgen.parts.part import Part, kind_of, kinds_of
from unetgen.parts.training import LOSSES, METRICS
from unetgen.parts.vocabulary import REQUIRED, Family, Option

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

Path: TypeAlias = tuple[str, ...]

INTRODUCTION = """\
# The config language

This page is made from the code by `make docs`; edit the docstrings there.

One YAML file describes one network. Four fields are always needed: `input`, `depth`, `num_classes`, and
`base_filters` (or `filters` in its place). Every other field has a default. The examples below are parts of a
file; each of them, together with the following lines, is a valid config:

```yaml
{base}```

Rules that hold everywhere:

- For a spatial quantity (`kernel`, `down.size`), a flat list is per axis and a nested list per level. For any
  other quantity, a flat list is per level.
- Where a kind is asked for, a bare name stands for the kind with its defaults: `up: transposed` is
  `up: {{kind: transposed}}`.
- Where a list of kinds is taken, it goes from the finest level to the coarsest, and an entry is for its level
  alone: `norm: [none, batch, batch]`.
- Names are this language's own and Keras's own. Nothing in a file is evaluated, imported or instantiated.
- `${{field}}` stands for the value of another field, such as `${{base_filters}}` or `${{input.channels}}`.
- Unknown keys, duplicate keys and scalars that YAML 1.1 and YAML 1.2 read differently are errors, see
  [errors](errors.md).

Editors check and complete a file whose first line is `# yaml-language-server: $schema=unetgen.schema.json`,
a path relative to the file; `unetgen schema` prints that schema. The schema checks each field by itself.
`unetgen validate` also checks how fields go together and how YAML reads a scalar, and it refuses `2.0` for a
whole number, which JSON allows. The schema accepts a reference in place of any value except a kind's name.
"""


def reference() -> str:
    """The whole page."""
    schema = documented_schema()
    families = {
        "Activations": ACTIVATIONS,
        "Initializers": INITIALIZERS,
        "Regularizers": REGULARIZERS,
        "Optimizers": OPTIMIZERS,
        "Schedules": SCHEDULES,
    }
    parts = [
        INTRODUCTION.format(base=yaml.safe_dump(dict(BASE), default_flow_style=None, sort_keys=False)),
        *_section("Fields at the top", UNetConfig, (), schema),
        *(part for path, model in sections().items() for part in _section(_code(path), model, path, schema)),
        *_unions(schema),
        *_objectives("Losses", "loss", LOSSES, schema),
        *_objectives("Metrics", "metric", METRICS, schema),
        *(part for title, family in families.items() for part in _family(title, family)),
    ]
    return "\n".join(parts)


def sections() -> dict[Path, type[BaseModel]]:
    """Every section below the top by its path, those inside kinds too; one in several places only once."""
    models: dict[Path, type[BaseModel]] = {}
    _collect(models, (), {})
    return models


def _collect(models: dict[Path, type[BaseModel]], path: Path, data: Mapping[str, Any]) -> None:
    for model in models_at(path, data):
        for name in model.model_fields:
            here = (*path, name)
            inner = [each for each in models_at(here, data) if each not in models.values()]
            if not inner or path[:1] == ("compile",):  # losses and metrics have chapters of their own
                continue
            if not names_its_kind(inner[0]):
                models[here] = inner[0]
                _collect(models, here, data)
            elif not path:
                for kind in inner:
                    _collect(models, here, {name: {"kind": kind_of(kind)}})


def _section(title: str, model: type[BaseModel], path: Path, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title}\n"
    if path:
        yield f"{_summary(model)}\n"
    docs, properties = field_docs(model), _properties(model, schema)
    for name, info in model.model_fields.items():
        dotted = ".".join((*path, name))
        default = "Required." if info.is_required() else f"Default: {_default(info)}."
        yield f"{_anchor(*path, name)}### {_code((*path, name))}\n"
        yield f"{docs[name]}\n\nTakes {phrase(properties[name])}. {default}\n"
        yield _example(FIELDS, dotted)


def _unions(schema: Mapping[str, Any]) -> Iterator[str]:
    for field, models in UNIONS.items():
        yield f"## Kinds of `{field}`\n"
        yield f"{field_docs(UNetConfig)[field]}\n"
        for model in models:
            yield from _kind(field, model, schema)


def _objectives(
    title: str, noun: str, models: Mapping[str, type[Part]], schema: Mapping[str, Any]
) -> Iterator[str]:
    yield f"## {title}\n"
    yield f"A {noun} is a bare name, or a mapping with `kind`; see [training](training.md).\n"
    for model in models.values():
        yield from _kind(noun, model, schema)


def _kind(of: str, model: type[Part], schema: Mapping[str, Any]) -> Iterator[str]:
    kinds = kinds_of(model)
    yield f"### {of} `{kinds[0]}`{' and its variants' if len(kinds) > 1 else ''}\n"
    yield f"{_summary(model)}\n"
    if len(kinds) > 1:
        yield f"Kinds: {', '.join(f'{_place(of, kind)}`{kind}`' for kind in kinds)}.\n"
    docs, properties = field_docs(model), _properties(model, schema)
    rows = [
        [f"{_place(of, kinds[0], name)}`{name}`", phrase(properties[name]), _default(info), docs[name]]
        for name, info in model.model_fields.items()
        if name != "kind"
    ]
    if rows:
        yield _table(["field", "takes", "default", "meaning"], rows)
    yield _code_block(example_of_kind(of, model))


def _family(title: str, family: Family) -> Iterator[str]:
    yield f"## {title}\n"
    yield "A bare name, or a mapping with `kind` and options. These are Keras's own, by its names.\n"
    said = {
        name: {_said(key, option): option for key, option in entry.options.items()}
        for name, entry in family.objects.items()
    }
    everywhere = [text for text in next(iter(said.values())) if all(text in texts for texts in said.values())]
    rows = [
        [
            f"`{name}`",
            f"`{entry.target}`",
            ", ".join(text for text in said[name] if text not in everywhere) or "none",
        ]
        for name, entry in family.objects.items()
    ]
    yield _table(["name", "in Keras", "options, with their defaults"], rows)
    if everywhere:
        yield f"All of them also have {', '.join(everywhere)}.\n"
    options = {
        (f"`{key}`", expected(option), option.about)
        for entry in family.objects.values()
        for key, option in entry.options.items()
    }
    yield _table(["option", "takes", "meaning"], [list(row) for row in sorted(options)])
    yield _example(FAMILIES, family.noun)


def _said(key: str, option: Option) -> str:
    return f"`{key}` (required)" if option.default is REQUIRED else f"`{key}: {one_line(option.default)}`"


def _properties(model: type[BaseModel], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    definition = schema if model is UNetConfig else schema["$defs"][definition_name(model)]
    properties: Mapping[str, Any] = definition["properties"]
    return properties


def _summary(model: type[BaseModel]) -> str:
    """The docstring without its indentation."""
    return inspect.cleandoc(model.__doc__ or "")


def _default(info: FieldInfo) -> str:
    default = short_default(info.get_default(call_default_factory=True))
    return "those of its fields" if default == {} else f"`{one_line(default)}`"


def _code(path: Iterable[str]) -> str:
    return f"`{'.'.join(path)}`"


def _anchor(*path: str) -> str:
    """A link's target above the heading of a nested field, whose own one would be without its dots."""
    return f"{_place(*path)}\n\n" if len(path) > 1 else ""


def _place(*path: str) -> str:
    return f'<a id="{anchor(path)}"></a>'


def anchor(path: Path) -> str:
    """What links to the field at `path` name, as in ``config.md#input-shape``."""
    return "-".join(path)


def _example(examples: Mapping[str, str], key: str) -> str:
    if key not in examples:
        raise LookupError(f"{key!r} has no example; add one to unetgen/config/schema/examples.py")
    return _code_block(examples[key])


def _code_block(text: str) -> str:
    return f"```yaml\n{text}\n```\n"


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
