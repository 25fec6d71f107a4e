"""The JSON Schema of the config language (draft 2020-12), with every field's description and default.

What several fields share stands once, under ``$defs``: the unions of kinds, the tables of Keras's names, and
the values that spread out per axis or per level. `documented_schema` says what a value is; `json_schema`
also admits a reference such as ``${base_filters}`` in its place, as the loader does.
"""

from __future__ import annotations

from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.config.schema.documentation import summary
from unetgen.config.schema.generator import Generator
from unetgen.config.schema.references import admit_references
from unetgen.config.schema.shared_fields import share_fields
from unetgen.parts.part import Part

DIALECT = "https://json-schema.org/draft/2020-12/schema"

DEFAULTS: dict[str, Any] = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "additionalProperties": {
                    "anyOf": [
                        {"type": ["string", "null"]},
                        {"type": "array", "items": {"type": "string"}},
                    ]
                },
            },
        ]
    },
    "description": "Lists the files that this one is composed of, as Hydra's defaults list does.",
}
"""A defaults list."""

GIVES_FILTERS = ("base_filters", "filters", "encoder")
WIDTHS: dict[str, Any] = {
    "anyOf": [{"required": [name]} for name in GIVES_FILTERS],
    "not": {"properties": {name: {"type": "null"} for name in GIVES_FILTERS}},
}
"""One of the fields that give the filters is there, and not null."""


def json_schema() -> dict[str, Any]:
    """The schema of a whole config file."""
    schema = documented_schema()
    return file_schema(schema, {"required": schema.pop("required"), **WIDTHS})


def file_schema(schema: dict[str, Any], required: dict[str, Any]) -> dict[str, Any]:
    """The schema of a whole file whose fields are those of `schema`; ``defaults`` for composing is allowed
    beside them.

    A file that composes may get what is `required` from elsewhere, so that then none of it is asked for.
    """
    schema = admit_references(schema)
    schema["properties"]["defaults"] = DEFAULTS
    share_fields(schema["$defs"])
    schema = _required_apart(schema)
    return {"$schema": DIALECT, **schema, "if": {"not": {"required": ["defaults"]}}, "then": required}


def _required_apart(schema: Any) -> Any:
    """`schema` with every list of required fields as a schema beside the fields.

    Where both are one schema, the YAML language server offers all required fields at once under the name of
    the definition, or as ``object``.
    """
    if isinstance(schema, list):
        return [_required_apart(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _required_apart(value) for key, value in schema.items()}
    if "properties" in out and isinstance(out.get("required"), list):
        out["allOf"] = [{"required": out.pop("required")}]
    return out


def documented_schema(root: type[Part] = UNetConfig) -> dict[str, Any]:
    """The schema of the fields of `root` and their values alone, without references."""
    schema = root.model_json_schema(schema_generator=Generator)
    return {"description": summary(root), **schema, "$defs": dict(sorted(schema["$defs"].items()))}
