"""The JSON Schema: it says what the loader says, as far as a schema can."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from unetgen.cli import main
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import from_dict
from unetgen.config.schema.examples import BASE
from unetgen.config.schema.json_schema import json_schema
from unetgen.errors import ConfigError

ROOT = Path(__file__).parents[2]
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

LEGAL: list[dict[str, Any]] = [
    {},
    {"name": "a.b-c_1", "source": "a paper"},
    {"input": {"shape": [64], "channels": 2, "data_format": "channels_first"}},
    {"base_filters": None, "filters": [8, [8, 16], 32]},
    {"kernel": 3},
    {"kernel": [1, 3]},
    {"kernel": [[1, 3], [3, 3], [3, 3]]},
    {"filter_growth": 1.5, "max_filters": 20},
    {"conv_widths": [1, 1.5]},
    {"dropout": 0},
    {"dropout": [0.0, 0.1, 0.2]},
    {"dropout": {"kind": "spatial", "rate": 0.1, "place": "block_end"}},
    {"activation": "relu"},
    {"activation": {"kind": "relu", "max_value": None}},
    {"activation": {"kind": "threshold", "threshold": 0, "default_value": -1.0}},
    {"norm": "batch"},
    {"norm": {"kind": "group", "groups": 4}},
    {"order": ["norm", "activation", "conv"]},
    {"kernel_initializer": "he_normal", "kernel_regularizer": {"kind": "l2", "l2": 1e-4}},
    {"up": "pixel_shuffle"},
    {"up": {"kind": "nearest", "conv": [3, 3], "filters": "half"}},
    {"up": {"kind": "transposed", "filters": 16, "conv": {"norm": False}}},
    {"skip": {"kind": "concat", "axis": -1}},
    {"decoder": {"kernel": 1, "norm": "batch", "dropout": 0.5}},
    {"head": {"deep_supervision": 1, "activation": "sigmoid"}},
    {"head": {"deep_supervision": {"levels": 1, "weights": [1, 0.5]}}},
    {"resize": "pad_and_crop"},
    {"resize": {"policy": "resize_to_skip", "interpolation": "linear"}},
    {"compile": {"loss": "dice"}},
    {"compile": {"loss": ["dice", {"kind": "categorical_crossentropy", "weight": 2}]}},
    {"compile": {"optimizer": "lion", "metrics": ["dice", {"kind": "mean_iou"}], "jit_compile": True}},
    {
        "compile": {
            "optimizer": {
                "kind": "adam",
                "learning_rate": {"kind": "cosine_decay", "initial_learning_rate": 0.1, "decay_steps": 9},
            }
        }
    },
    {"execution": {"precision": "mixed_bfloat16", "layout": "channels_last"}, "seed": 7},
    {"execution": {"precision": "auto", "layout": "auto", "remat": "blocks", "optimize": "training"}},
    {"execution": "low_memory"},
]

ILLEGAL: list[dict[str, Any]] = [
    {"depth": "3"},
    {"depth": True},
    {"depth": 1},
    {"depth": 2.5},
    {"dept": 3},
    {"input": {"shape": []}},
    {"input": {"shape": [64, 64, 64, 64]}},
    {"input": {"channels": 1}},
    {"input": {"shape": [64, 64], "data_format": "nchw"}},
    {"base_filters": None},
    {"name": "not a name"},
    {"kernel": 0},
    {"kernel": "3"},
    {"kernel": []},
    {"padding": "full"},
    {"dropout": 1},
    {"dropout": True},
    {"dropout": {"rate": 0.1, "place": "anywhere"}},
    {"activation": "rleu"},
    {"activation": "threshold"},
    {"activation": {"kind": "leaky_relu", "negative_slope": -1}},
    {"activation": {"kind": "leaky_relu", "alpha": 0.1}},
    {"activation": {"name": "relu"}},
    {"norm": None},
    {"norm": "bach"},
    {"norm": {"epsilon": 0.1}},
    {"norm": {"kind": "batch", "groups": 4}},
    {"order": ["norm"]},
    {"order": ["conv", "conv"]},
    {"up": {"kind": "nearest", "kernel": 2}},
    {"up": {}},
    {"skip": {"kind": "concat", "axis": "class"}},
    {"decoder": {"skip": "add"}},
    {"head": {"deep_supervision": True}},
    {"resize": "shrink"},
    {"compile": None},
    {"compile": {"loss": []}},
    {"compile": {"loss": "dise"}},
    {"compile": {"loss": {"kind": "dice", "gamma": 1}}},
    {"compile": {"metrics": "dice"}},
    {"compile": {"jit_compile": 1}},
    {"compile": {"optimizer": {"learning_rate": 0.1}}},
    {"compile": {"optimizer": {"kind": "adam", "learning_rate": {"kind": "cosine_decay"}}}},
    {"compile": {"optimizer": {"kind": "sgd", "beta_1": 0.9}}},
    {"execution": {"remat": "all"}},
    {"execution": {"optimize": "everything"}},
    {"execution": "quick"},
    {"seed": -1},
]


@pytest.mark.parametrize("change", LEGAL, ids=str)
def test_what_the_loader_accepts_the_schema_accepts(change: dict[str, Any]) -> None:
    document = {**BASE, **change}
    from_dict(document)
    VALIDATOR.validate(document)


@pytest.mark.parametrize("change", ILLEGAL, ids=str)
def test_what_the_loader_refuses_the_schema_refuses(change: dict[str, Any]) -> None:
    document = {**BASE, **change}
    with pytest.raises(ConfigError):
        from_dict(document)
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("missing", BASE)
def test_required_fields_are_asked_for_unless_the_file_composes(missing: str) -> None:
    document = {key: value for key, value in BASE.items() if key != missing}
    assert not VALIDATOR.is_valid(document)
    assert VALIDATOR.is_valid(
        {**document, "defaults": ["base", {"up": "transposed"}, {"norm": None}, "_self_"]}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"kernel": "${depth}"},
        {"kernel": [1, "${depth}"]},
        {"up": "${down}"},
        {"input": {"shape": ["${depth}", 64]}},
        {"up": {"kind": "transposed", "filters": "${base_filters}"}},
        {"compile": {"optimizer": {"kind": "adam", "learning_rate": "${other}"}}},
        {"compile": "${training}"},
    ],
    ids=str,
)
def test_a_reference_may_stand_for_a_value(change: dict[str, Any]) -> None:
    VALIDATOR.validate({**BASE, **change})


@pytest.mark.parametrize("text", ["${}", "${oc.env:HOME}", "{depth}", "$depth"])
def test_what_only_looks_like_a_reference_is_refused(text: str) -> None:
    assert not VALIDATOR.is_valid({**BASE, "kernel": text})


@pytest.mark.parametrize("file", bundled_configs().values(), ids=lambda file: file.stem)
def test_bundled_configs_are_valid_and_name_the_schema(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    VALIDATOR.validate(yaml.safe_load(text))
    up = "../" if file.parent.name == "zoo" else ""
    assert text.startswith(f"# yaml-language-server: $schema={up}unetgen.schema.json\n")


def test_the_schema_is_one_of_draft_2020_12() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_reference_within_the_schema_resolves_and_every_definition_is_used() -> None:
    used = {schema["$ref"] for schema in _schemas(SCHEMA) if "$ref" in schema}
    assert used == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


def test_every_property_has_a_description() -> None:
    lacking = [
        name
        for schema in _schemas(SCHEMA)
        for name, field in schema.get("properties", {}).items()
        if field != {"type": "null"} and not _description(field)
    ]
    assert lacking == []


def test_only_a_field_has_a_description() -> None:
    """An editor shows the innermost description of all schemas that match a value."""
    fields = [field for schema in _schemas(SCHEMA) for field in schema.get("properties", {}).values()]
    targets = [SCHEMA["$defs"][field["$ref"].rpartition("/")[2]] for field in fields if "$ref" in field]
    places = [id(schema) for schema in (SCHEMA, *fields, *targets)]
    assert [schema for schema in _described(SCHEMA) if id(schema) not in places] == []
    shared = [schema for schema in targets if schema.get("description")]
    assert [schema for option in _alternatives() for schema in shared if option is schema] == []


def test_an_editor_is_told_no_name_of_the_code() -> None:
    assert [schema["title"] for schema in _schemas(SCHEMA) if isinstance(schema.get("title"), str)] == []
    assert [name for name in SCHEMA["$defs"] if name != name.lower()] == []
    both = [name for name, schema in SCHEMA["$defs"].items() if {"properties", "required"} <= schema.keys()]
    assert both == []


def test_every_field_with_alternatives_admits_a_reference() -> None:
    """It sets them apart too: the YAML language server shows alternatives that seem alike all at once."""
    fields = {
        name: field for schema in _schemas(SCHEMA) for name, field in schema.get("properties", {}).items()
    }
    choices = {name: field["anyOf"] for name, field in fields.items() if "anyOf" in field}
    assert len(choices) > 50
    assert [name for name, options in choices.items() if {"$ref": "#/$defs/reference"} not in options] == []


def test_defaults_are_legal() -> None:
    for schema in _schemas(SCHEMA):
        for field in schema.get("properties", {}).values():
            if "default" in field:
                VALIDATOR.evolve(schema={**field, "$defs": SCHEMA["$defs"]}).validate(field["default"])


def test_the_committed_schema_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert (ROOT / "configs/unetgen.schema.json").read_text(encoding="utf-8") == printed, "run `make docs`"
    assert json.loads(printed) == SCHEMA
    assert len(printed) < 250_000  # an editor reads it at every start


def _described(value: Any) -> Iterator[dict[str, Any]]:
    return (
        schema
        for schema in _schemas(value)
        if isinstance(schema.get("description"), str) and schema["description"]
    )


def _alternatives() -> Iterator[dict[str, Any]]:
    """Every schema that is one of several at a value, references followed."""
    for schema in _schemas(SCHEMA):
        for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            yield SCHEMA["$defs"][option["$ref"].rpartition("/")[2]] if "$ref" in option else option


def _description(field: dict[str, Any]) -> str:
    target = SCHEMA["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else {}
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
