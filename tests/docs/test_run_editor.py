"""What an editor shows of a run file: asked of the YAML language server that editors run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.docs.language_server import LanguageServer, served
from tests.docs.test_editor import offset_of
from unetgen.config.bundled import bundled_configs
from unetgen.config.model import UNetConfig
from unetgen.config.schema.documentation import field_docs
from unetgen.data.config import DataConfig
from unetgen.data.patches import PatchConfig
from unetgen.parts.part import Part
from unetgen.runs.config import RunConfig
from unetgen.runs.fit import FitConfig

ROOT = Path(__file__).parents[2]
TEXT = """\
model: {depth: 3, input: {shape: [64, 64]}, base_filters: 8, num_classes: 2}
data: {labels: {0: rest, 255: cell}, augment: light, patch: {size: [32, 32]}}
fit: {schedule: {kind: cosine, warmup: 2}, frozen: encoder, patience: 3}
seed: 1
"""
SECTIONS: Mapping[str, type[Part]] = {"data": DataConfig, "fit": FitConfig}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    yield from served(tmp_path_factory.mktemp("open"), ROOT / "configs/unetgen-run.schema.json")


@pytest.mark.parametrize(
    ("path", "model"),
    [
        *((name, RunConfig) for name in RunConfig.model_fields),
        *((f"model.{name}", UNetConfig) for name in ("depth", "input")),
        *((f"data.{name}", DataConfig) for name in ("labels", "augment", "patch")),
        *((f"fit.{name}", FitConfig) for name in ("schedule", "frozen", "patience")),
        ("data.patch.size", PatchConfig),
    ],
)
def test_hovering_a_field_says_what_the_field_does(
    server: LanguageServer, path: str, model: type[Part]
) -> None:
    *_, name = parts = tuple(path.split("."))
    answer = server.hover_at(TEXT, offset_of(TEXT, parts))
    assert answer.startswith(f"{field_docs(model)[name]}\n\n"), answer


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", [*RunConfig.model_fields, "defaults"]),
        ("model:\n  ", list(UNetConfig.model_fields)),
        *((f"model: a\n{name}:\n  ", list(model.model_fields)) for name, model in SECTIONS.items()),
        ("model: ", list(bundled_configs())),
        ("model: {up: ", ["nearest", "linear", "transposed", "pixel_shuffle", "bottleneck", "mednext"]),
        ("model: a\nfit: {schedule: {kind: ", ["constant", "polynomial", "cosine"]),
        ("model: a\ndata: {augment: ", ["none", "light", "nnunet", "custom"]),
    ],
)
def test_completions_are_fields_and_names(server: LanguageServer, text: str, labels: list[str]) -> None:
    assert sorted(server.completions_at(text, len(text))) == sorted(labels)


def test_what_is_missing_or_wrong_is_told(server: LanguageServer) -> None:
    assert server.problems(TEXT) == []
    assert server.problems("fit: {epochs: 3}\n") == ['Missing property "model".']
    assert server.problems("model: a\nfit: {epoch: 3}\n") == ["Property epoch is not allowed."]
    without = TEXT.replace("depth: 3, ", "")
    assert server.problems(without) == ['Missing property "depth".']
    assert server.problems(f"defaults: [a@model, _self_]\n{without}") == []
