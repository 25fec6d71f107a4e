"""The JSON Schema of run files: it says what the reader says, as far as a schema can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from unetgen.config.resolved import yaml_of
from unetgen.errors import ConfigError
from unetgen.runs.loader import run_from_text
from unetgen.runs.schema import run_schema

VALIDATOR = jsonschema.Draft202012Validator(run_schema())
NETWORK: dict[str, Any] = {"input": {"shape": [None, None]}, "depth": 2, "base_filters": 4, "num_classes": 2}

LEGAL: list[dict[str, Any]] = [
    {},
    {"model": "quickstart2d", "seed": 7},
    {"model": {**NETWORK, "up": "transposed", "compile": {"loss": "dice"}}},
    {"data": {"images": "pictures", "masks": None}},
    {"data": {"images": ["a", "b/*.png"], "masks": ["c"]}},
    {"data": {"labels": {0: "background", 255: "cell"}, "channels": [0], "spacing": [1, 0.5]}},
    {"data": {"orientation": "RAS", "normalize": {"kind": "window", "low": 0, "high": 80}}},
    {"data": {"normalize": "percentiles", "split": {"kind": "folds", "fold": 2}}},
    {"data": {"split": {"kind": "listed", "train": ["a"]}, "patch": {"size": [16, 16], "foreground": 0}}},
    {"data": {"patch": {"size": 16}, "augment": "nnunet", "slices": 2}},
    {"data": {"augment": {"kind": "custom", "flip": [0, 1], "rotate": 20, "noise": [0, 0.1]}}},
    {"data": {"augment": {"kind": "custom", "blur": {"deviations": [0.5, 1]}}}},
    {"fit": {"epochs": 5, "batch_size": 3, "steps": None, "schedule": "cosine", "patience": 2}},
    {"fit": {"schedule": {"kind": "polynomial", "power": 1}, "monitor": "loss", "deterministic": True}},
    {"fit": {"frozen": "encoder", "thaw": 3, "start": "model.keras"}},
    {"fit": {"frozen": ["encoder_*", "head"], "overlap": 0.25}},
    {"data": {"labels": {0: "rest", 255: "cell"}}, "fit": {"class_weights": {"rest": 0.5, "cell": 2}}},
    {"fit": {"class_weights": {"kind": "effective_number", "beta": 0.9}}},
]
ILLEGAL: list[dict[str, Any]] = [
    {"model": 3},
    {"model": ""},
    {"model": {"depth": 2}},
    {"model": {**NETWORK, "dept": 3}},
    {"model": {**NETWORK, "up": "transponsed"}},
    {"modle": "quickstart2d"},
    {"seed": -1},
    {"data": {"images": []}},
    {"data": {"images": None}},
    {"data": {"labels": {}}},
    {"data": {"labels": {"cell": "rest"}}},
    {"data": {"labels": {1: 1}}},
    {"data": {"ignore": 0.5}},
    {"data": {"channels": [0, 0]}},
    {"data": {"channels": [-1]}},
    {"data": {"slices": 3}},
    {"data": {"orientation": "XYZ"}},
    {"data": {"spacing": [0, 1]}},
    {"data": {"spacing": [1, 1, 1, 1]}},
    {"data": {"normalize": "window"}},
    {"data": {"normalize": {"kind": "zscore", "per": "case"}}},
    {"data": {"split": "listed"}},
    {"data": {"split": {"kind": "random", "validation": 1}}},
    {"data": {"patch": {"size": 0}}},
    {"data": {"augment": {"kind": "light", "flip": [0]}}},
    {"data": {"augment": {"kind": "custom", "rotate": 200}}},
    {"fit": {"epochs": 0}},
    {"fit": {"epoch": 3}},
    {"fit": {"schedule": "linear"}},
    {"fit": {"schedule": {"kind": "constant", "power": 1}}},
    {"fit": {"monitor": "val_loss"}},
    {"fit": {"thaw": 1}},
    {"fit": {"overlap": 1}},
    {"fit": {"frozen": "bottom"}},
    {"fit": {"frozen": []}},
    {"fit": {"class_weights": {}}},
    {"fit": {"class_weights": "inverted"}},
    {"fit": {"class_weights": {"background": -1, "1": 2}}},
]


def read(document: dict[str, Any]) -> None:
    run_from_text(yaml_of(document, ""), "run.yaml", Path())


def in_json(document: Any) -> Any:
    """As an editor sees it: every key is text."""
    if isinstance(document, dict):
        return {str(key): in_json(item) for key, item in document.items()}
    return document


@pytest.mark.parametrize("change", LEGAL, ids=str)
def test_what_the_reader_accepts_the_schema_accepts(change: dict[str, Any]) -> None:
    document = {"model": NETWORK, **change}
    read(document)
    VALIDATOR.validate(in_json(document))


@pytest.mark.parametrize("change", ILLEGAL, ids=str)
def test_what_the_reader_refuses_the_schema_refuses(change: dict[str, Any]) -> None:
    document = {"model": NETWORK, **change}
    with pytest.raises(ConfigError):
        read(document)
    assert not VALIDATOR.is_valid(in_json(document))


def test_a_network_is_asked_for_and_its_fields_unless_the_file_composes() -> None:
    for document in ({"seed": 1}, {"model": {"depth": 3}}):
        assert not VALIDATOR.is_valid(document)
        assert VALIDATOR.is_valid({**document, "defaults": ["quickstart2d@model", {"fit": "long"}, "_self_"]})


@pytest.mark.parametrize(
    "change",
    [
        {"fit": {"batch_size": "${seed}"}},
        {"fit": {"schedule": "${data.schedule}"}},
        {"data": {"patch": {"size": "${model.input.shape}"}, "spacing": ["${seed}", 1]}},
        {"data": "${fit}"},
    ],
    ids=str,
)
def test_a_reference_may_stand_for_a_value(change: dict[str, Any]) -> None:
    VALIDATOR.validate({"model": NETWORK, **change})
