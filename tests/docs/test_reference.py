"""The config reference: made from the code, whole, and with examples that load."""

from pathlib import Path

import pytest
import yaml

from unetgen.config.loader import from_dict
from unetgen.config.model import UNetConfig
from unetgen.config.schema import examples
from unetgen.config.schema.definitions import UNIONS
from unetgen.config.schema.documentation import field_docs
from unetgen.config.schema.examples import BASE, FAMILIES, FIELDS, example_of_kind
from unetgen.config.schema.groups import group_files
from unetgen.config.schema.page import reference, sections
from unetgen.config.schema.phrases import phrase
from unetgen.config.yaml.tree import parse_yaml
from unetgen.parts.part import kind_of
from unetgen.parts.training import LOSSES, METRICS

PAGE = Path(__file__).parents[2] / "docs/config.md"
CONFIGS = Path(__file__).parents[2] / "configs"
KINDS = {
    **{
        f"{of} {kind_of(model)}": example_of_kind(of, model)
        for of, models in UNIONS.items()
        for model in models
    },
    **{f"loss {kind}": example_of_kind("loss", model) for kind, model in LOSSES.items()},
    **{f"metric {kind}": example_of_kind("metric", model) for kind, model in METRICS.items()},
}
MODELS = [
    UNetConfig,
    *sections().values(),
    *(model for models in UNIONS.values() for model in models),
    *LOSSES.values(),
    *METRICS.values(),
]


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `make docs`"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_has_a_description(model: type[UNetConfig]) -> None:
    docs = field_docs(model)
    assert [name for name in model.model_fields if name != "kind" and not docs.get(name)] == []


@pytest.mark.parametrize("text", [*FIELDS.values(), *KINDS.values(), *FAMILIES.values()])
def test_every_example_loads(text: str) -> None:
    document = parse_yaml(text, "example.yaml")
    assert document.problems == ()
    from_dict({**BASE, **document.data})


@pytest.mark.parametrize("dotted", FIELDS)
def test_an_example_says_the_field_that_it_is_of(dotted: str) -> None:
    value = yaml.safe_load(FIELDS[dotted])
    parts = dotted.split(".")
    for part in parts[:-1]:
        value = value[part]
        value = value[0] if isinstance(value, list) else value
    assert parts[-1] in value


def test_every_example_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(text in page for text in (*FIELDS.values(), *KINDS.values(), *FAMILIES.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_of_a_kind_names_it(kind: str) -> None:
    of, name = kind.split(" ")
    assert of in KINDS[kind]
    assert name in KINDS[kind]


def test_no_example_is_of_a_kind_that_does_not_exist() -> None:
    assert examples.KINDS.keys() - KINDS.keys() == set()


def test_the_committed_group_files_are_the_generated_ones() -> None:
    folders = {Path(name).parent for name in group_files()}
    files = [file for folder in folders for file in (CONFIGS / folder).iterdir()]
    texts = {file.relative_to(CONFIGS).as_posix(): file.read_text(encoding="utf-8") for file in files}
    assert texts == group_files(), "run `make docs`"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 2**24}, "a positive whole number, at most 16,777,216"),
        ({"type": "integer", "minimum": 0, "exclusiveMaximum": 8}, "a whole number from 0 to 7"),
        ({"type": "integer"}, "a whole number"),
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, "a number from 0 to less than 1"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "a number above 0 and at most 1"),
        ({"type": "number", "exclusiveMinimum": 0}, "a number above 0"),
        ({"type": "number", "minimum": 0}, "a number of at least 0"),
        ({"enum": ["auto", True, False]}, "`auto`, `true` or `false`"),
        ({"$ref": "#/$defs/rates"}, "a number from 0 to less than 1, or a list of one per level"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "true or false, or null"),
    ],
)
def test_a_type_is_shown_in_words(schema: dict[str, object], words: str) -> None:
    assert phrase(schema) == words
