"""What an editor shows of a config: asked of the YAML language server that editors run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.docs.language_server import LanguageServer, served
from unetgen.config.lookup import models_at
from unetgen.config.model import UNetConfig
from unetgen.config.schema.definitions import UNIONS
from unetgen.config.schema.documentation import field_docs, summary
from unetgen.config.schema.examples import BASE, FIELDS, example_of_kind
from unetgen.parts.part import Part, kind_of
from unetgen.parts.training import LOSSES, METRICS

ROOT = Path(__file__).parents[2]
BEGIN = "input: {shape: [64, 64]}\ndepth: 3\nbase_filters: 8\nnum_classes: 3\n"
KINDS = [
    *((union, model) for union, models in UNIONS.items() for model in models),
    *(("loss", model) for model in LOSSES.values()),
    *(("metric", model) for model in METRICS.values()),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    yield from served(tmp_path_factory.mktemp("open"), ROOT / "configs/unetgen.schema.json")


def offset_of(text: str, path: tuple[str, ...]) -> int:
    """Where the last key of `path` stands in the YAML document `text`."""
    node = yaml.compose(text)
    offset = 0
    for name in path:
        node = node.value[0] if isinstance(node, yaml.SequenceNode) else node
        assert isinstance(node, yaml.MappingNode)
        key, node = next(pair for pair in node.value if pair[0].value == name)
        offset = key.start_mark.index
    return offset


def document(example: str) -> str:
    """`example` after the required fields that it does not say itself."""
    begin = {name: value for name, value in BASE.items() if name not in yaml.safe_load(example)}
    return f"{yaml.safe_dump(begin)}{example}\n"


@pytest.mark.parametrize("dotted", FIELDS)
def test_hovering_a_field_says_what_the_field_does(server: LanguageServer, dotted: str) -> None:
    path, text = tuple(dotted.split(".")), document(FIELDS[dotted])
    (model, *_) = models_at(path[:-1], yaml.safe_load(text)) if len(path) > 1 else (UNetConfig,)
    answer = server.hover_at(text, offset_of(text, path))
    assert answer.startswith(f"{field_docs(model)[path[-1]]}\n\n"), answer


@pytest.mark.parametrize(("of", "model"), KINDS, ids=str)
def test_hovering_a_kind_says_what_the_kind_is(server: LanguageServer, of: str, model: type[Part]) -> None:
    text, name = document(example_of_kind(of, model)), kind_of(model)
    *_, place = re.finditer(rf"\b{name}\b", text)
    answer = server.hover_at(text, place.start())
    assert f"`{name}`: {summary(model)}\n" in answer or answer.startswith(f"{summary(model)}\n\n"), answer


def test_a_reference_is_hovered_as_its_field(server: LanguageServer) -> None:
    answer = server.hover_at(f"{BEGIN}kernel: ${{depth}}\n", len(BEGIN))
    assert answer.startswith(field_docs(UNetConfig)["kernel"])


SKIPS = ["concat", "add", "attention", "fusion_attention", "global_attention", "crop", "res_path", "none"]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("input:\n  ", ["shape", "reference", "channels", "data_format"]),
        (f"{BEGIN}tasks:\n  - name: a\n    decoder: ", ["own", "pooled", "shared"]),
        (f"{BEGIN}skip: ", SKIPS),
        (f"{BEGIN}skip: {{kind: ", SKIPS),
        (f"{BEGIN}head:\n  hidden:\n    ", ["filters", "kernel", "norm", "activation"]),
        (f"{BEGIN}execution: ", ["Default value", "faithful", "fast", "low_memory"]),
    ],
)
def test_completions_are_fields_and_names(server: LanguageServer, text: str, labels: list[str]) -> None:
    assert sorted(server.completions_at(text, len(text))) == sorted(labels)


def test_an_empty_file_is_offered_the_fields_at_the_top(server: LanguageServer) -> None:
    assert sorted(server.completions_at("", 0)) == sorted([*UNetConfig.model_fields, "defaults"])


def test_what_is_missing_or_wrong_is_told(server: LanguageServer) -> None:
    assert server.problems("depth: 3\nnum_classes: 2\nbase_filters: 8\n") == ['Missing property "input".']
    assert server.problems(f"{BEGIN}nonsense: 1\n") == ["Property nonsense is not allowed."]
    assert server.problems(f"{BEGIN}up: transposed\n") == []
