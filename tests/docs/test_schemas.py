"""What holds of both JSON Schemas, of configs and of run files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from unetgen.cli import main
from unetgen.config.schema.json_schema import json_schema
from unetgen.runs.schema import run_schema

ROOT = Path(__file__).parents[2]
FILES = {"unetgen.schema.json": [], "unetgen-run.schema.json": ["--run"]}
SCHEMAS = {"unetgen.schema.json": json_schema(), "unetgen-run.schema.json": run_schema()}
of_each = pytest.mark.parametrize("whole", SCHEMAS.values(), ids=SCHEMAS)


@of_each
def test_the_schema_is_one_of_draft_2020_12(whole: dict[str, Any]) -> None:
    assert whole["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(whole)


@of_each
def test_every_reference_within_the_schema_resolves_and_every_definition_is_used(
    whole: dict[str, Any],
) -> None:
    used = {schema["$ref"] for schema in _schemas(whole) if "$ref" in schema}
    assert used == {f"#/$defs/{name}" for name in whole["$defs"]}


@of_each
def test_every_property_has_a_description(whole: dict[str, Any]) -> None:
    lacking = [
        name
        for schema in _schemas(whole)
        for name, field in schema.get("properties", {}).items()
        if field != {"type": "null"} and not _description(field, whole)
    ]
    assert lacking == []


@of_each
def test_only_a_field_has_a_description(whole: dict[str, Any]) -> None:
    """An editor shows the innermost description of all schemas that match a value."""
    fields = [field for schema in _schemas(whole) for field in schema.get("properties", {}).values()]
    targets = [whole["$defs"][field["$ref"].rpartition("/")[2]] for field in fields if "$ref" in field]
    places = [id(schema) for schema in (whole, *fields, *targets)]
    assert [schema for schema in _described(whole) if id(schema) not in places] == []
    shared = [schema for schema in targets if schema.get("description")]
    assert [schema for option in _alternatives(whole) for schema in shared if option is schema] == []


@of_each
def test_an_editor_is_told_no_name_of_the_code(whole: dict[str, Any]) -> None:
    assert [schema["title"] for schema in _schemas(whole) if isinstance(schema.get("title"), str)] == []
    assert [name for name in whole["$defs"] if name != name.lower()] == []
    both = [name for name, schema in whole["$defs"].items() if {"properties", "required"} <= schema.keys()]
    assert both == []


@of_each
def test_every_field_with_alternatives_admits_a_reference(whole: dict[str, Any]) -> None:
    """It sets them apart too: the YAML language server shows alternatives that seem alike all at once."""
    fields = {
        name: field for schema in _schemas(whole) for name, field in schema.get("properties", {}).items()
    }
    choices = {name: field["anyOf"] for name, field in fields.items() if "anyOf" in field}
    assert len(choices) > 50
    assert [name for name, options in choices.items() if {"$ref": "#/$defs/reference"} not in options] == []


@of_each
def test_defaults_are_legal(whole: dict[str, Any]) -> None:
    for schema in _schemas(whole):
        for field in schema.get("properties", {}).values():
            if "default" in field:
                jsonschema.Draft202012Validator({**field, "$defs": whole["$defs"]}).validate(field["default"])


@pytest.mark.parametrize(("file", "options"), FILES.items(), ids=FILES)
def test_the_committed_schema_is_what_the_command_prints(
    file: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", *options]) == 0
    printed = capsys.readouterr().out
    assert (ROOT / "configs" / file).read_text(encoding="utf-8") == printed, "run `make docs`"
    assert json.loads(printed) == SCHEMAS[file]
    assert len(printed) < 400_000  # an editor reads it at every start


def _described(value: Any) -> Iterator[dict[str, Any]]:
    return (
        schema
        for schema in _schemas(value)
        if isinstance(schema.get("description"), str) and schema["description"]
    )


def _alternatives(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema that is one of several at a value, references followed."""
    for schema in _schemas(whole):
        for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            yield whole["$defs"][option["$ref"].rpartition("/")[2]] if "$ref" in option else option


def _description(field: dict[str, Any], whole: dict[str, Any]) -> str:
    target = whole["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else {}
    return str(field.get("description", target.get("description", "")))


def _schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema in the schema, and mappings of schemas that do no harm."""
    if isinstance(value, dict):
        yield value
        for key, item in value.items():
            if key not in ("default", "enum", "enumDescriptions", "const"):
                yield from _schemas(item)
    elif isinstance(value, list):
        for item in value:
            yield from _schemas(item)
