from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from copy import deepcopy
from typing import Any

import pytest

from unetgen.config.schema.json_schema import documented_schema
from unetgen.errors import Wrong
from unetgen.parts.training import LOSSES, METRICS, OutputContext, Training
from unetgen.parts.training.crossentropy import BinaryCrossentropyLoss, CategoricalCrossentropyLoss

SOFTMAX = OutputContext(num_classes=3, axis=-1, activation="softmax")
FIRST = OutputContext(num_classes=3, axis=1, activation="softmax")
LINEAR = OutputContext(num_classes=3, axis=-1, activation="linear")
ONE = OutputContext(num_classes=1, axis=1, activation="sigmoid")

SCHEMA: dict[str, Any] = {"$ref": "#/$defs/compile", "$defs": documented_schema()["$defs"]}

SECTIONS: list[dict[str, Any]] = [
    {},
    *({"loss": name} for name in LOSSES),
    *({"metrics": [name]} for name in METRICS),
    {"loss": ["dice", {"kind": "categorical_crossentropy", "weight": 2, "class_weights": [1, 2.5, 0]}]},
    {"loss": {"kind": "sparse_categorical_crossentropy", "ignore_class": 255, "from_logits": True}},
    {"metrics": [{"kind": "dice", "per_class": True}, "mean_iou"], "jit_compile": False},
    {"optimizer": {"kind": "sgd", "learning_rate": {"kind": "piecewise_constant_decay", "boundaries": [5, 9],
                                                    "values": [1, 0.1, 0.01]}}},
]  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS, ids=json.dumps)
def test_dump_validates_back_to_an_equal_section(section: dict[str, Any]) -> None:
    training = Training.model_validate(section)
    dumped = json.loads(json.dumps(training.model_dump(mode="json")))
    assert Training.model_validate(dumped) == training
    assert Training.model_validate(dumped).model_dump(mode="json") == dumped
    assert hash(Training.model_validate(dumped)) == hash(training)
    assert pickle.loads(pickle.dumps(training)) == deepcopy(training) == training


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ({"loss": "dice"}, {"loss": {"kind": "dice", "squared": False}}),
        ({"loss": ["dice"]}, {"loss": "dice"}),
        ({}, {"optimizer": "adam", "loss": None, "metrics": [], "jit_compile": "auto"}),
        ({"optimizer": "adam"}, {"optimizer": {"kind": "adam", "learning_rate": 0.001, "amsgrad": False}}),
        ({"metrics": ["dice"]}, {"metrics": [{"kind": "dice"}]}),
    ],
)
def test_every_way_to_write_a_section_gives_one_value(short: dict[str, Any], long: dict[str, Any]) -> None:
    assert Training.model_validate(short) == Training.model_validate(long)


def test_lists_of_losses_dump_as_lists_and_one_loss_as_a_mapping() -> None:
    assert isinstance(Training.model_validate({"loss": "dice"}).model_dump(mode="json")["loss"], dict)
    assert isinstance(
        Training.model_validate({"loss": ["dice", "huber"]}).model_dump(mode="json")["loss"], list
    )


def test_different_sections_differ() -> None:
    assert Training.model_validate({"optimizer": "sgd"}) != Training()
    assert Training.model_validate({"optimizer": {"kind": "adam", "beta_1": 0.8}}) != Training()
    assert Training.model_validate({"loss": "dice"}) != Training()


BAD = [
    ({"loss": "dise"}, ["loss | unknown loss (got 'dise'); did you mean `dice`?"]),
    ({"loss": "Dice"}, ["loss | unknown loss (got 'Dice'); did you mean `dice`?"]),
    ({"loss": {"kind": "dise"}}, ["loss | kind: unknown loss (got 'dise'); did you mean `dice`?"]),
    ({"loss": {"name": "dice"}}, ["loss | a loss needs `kind`; write `kind` for `name`"]),
    ({"loss": {}}, ["loss | a loss needs `kind`; add `kind`"]),
    ({"loss": {"kind": ["dice"]}}, ["loss | kind: must be the name of a loss (got ['dice'])"]),
    ({"loss": 3}, ["loss | must be the name of a loss, or a mapping with `kind` (got 3)"]),
    ({"loss": []}, ["loss | must name at least one loss (got []); null: what suits the head"]),
    ({"loss": ["dice", "mse"]}, ["loss.1 | unknown loss (got 'mse')"]),
    ({"loss": {"kind": "dice", "smooth": -1}}, ["loss.smooth | greater_than"]),
    ({"loss": {"kind": "dice", "smooth": float("nan")}}, ["loss.smooth | finite_number"]),
    ({"loss": {"kind": "dice", "smooth": float("inf")}}, ["loss.smooth | finite_number"]),
    ({"loss": {"kind": "dice", "smooth": True}}, ["loss.smooth | float_type"]),
    ({"loss": {"kind": "dice", "smooth": "1"}}, ["loss.smooth | float_type"]),
    ({"loss": {"kind": "dice", "squared": 1}}, ["loss.squared | bool_type"]),
    ({"loss": {"kind": "dice", "smoth": 1.0}}, ["loss.smoth | extra_forbidden"]),
    ({"loss": ["dice", {"kind": "huber", "delta": 0}]}, ["loss.1.delta | greater_than"]),
    ({"loss": {"kind": "dice", "class_weights": [1, -1]}}, ["loss.class_weights.1 | greater_than_equal"]),
    ({"loss": {"kind": "dice", "weight": 0}}, ["loss.weight | greater_than"]),
    ({"loss": {"kind": "binary_crossentropy", "positive_weight": [1, 0]}},
     ["loss.positive_weight | 1: must be a number from 1e-6 to 1e6 (got 0)"]),
    ({"ignore_class": 2.5}, ["ignore_class | int_type"]),
    ({"loss": {"kind": "binary_crossentropy", "label_smoothing": 1}}, ["loss.label_smoothing | less_than"]),
    ({"metrics": ["dicee"]}, ["metrics.0 | unknown metric (got 'dicee'); did you mean `dice`?"]),
    ({"metrics": "dice"}, ["metrics | tuple_type"]),
    ({"metrics": [{"kind": "dice", "class_index": -1}]}, ["metrics.0.class_index | greater_than_equal"]),
    ({"jit_compile": 1}, ["jit_compile | must be auto, true or false (got 1)"]),
    ({"jit_compile": "yes"}, ["jit_compile | must be auto, true or false (got 'yes')"]),
    ({"los": "dice"}, ["los | extra_forbidden"]),
]  # fmt: skip


@pytest.mark.parametrize(("section", "lines"), BAD, ids=lambda value: str(value)[:60])
def test_errors_say_where_what_and_what_to_do(section: dict[str, Any], lines: list[str], errors: Any) -> None:
    found = errors(section)
    assert [line.replace("; one of: " + ", ".join(LOSSES), "") for line in found] == lines


MISFITS = [
    ({"loss": "dice"}, LINEAR,
     ["loss.kind: needs probabilities; head.activation: softmax or sigmoid, not linear"]),
    ({"loss": ["huber", "tversky"]}, LINEAR,
     ["loss.1.kind: needs probabilities; head.activation: softmax or sigmoid, not linear"]),
    ({"loss": "binary_crossentropy"}, OutputContext(3, -1, "relu"),
     ["loss.kind: needs a probability or raw score of each class on its own; head.activation: sigmoid or "
      "linear, not relu"]),
    ({"loss": "binary_crossentropy"}, SOFTMAX,
     ["loss.kind: needs a probability or raw score of each class on its own; head.activation: sigmoid or "
      "linear, not softmax; or a categorical loss"]),
    ({"loss": "categorical_crossentropy"}, OutputContext(2, -1, "hard_sigmoid"),
     ["loss.kind: needs probabilities that are never 0, or raw scores; head.activation: softmax or linear, "
      "not hard_sigmoid"]),
    ({"loss": {"kind": "categorical_crossentropy", "from_logits": True}}, SOFTMAX,
     ["loss.from_logits: says that the output is raw scores; head.activation is softmax (got true); leave it "
      "out"]),
    ({"loss": {"kind": "binary_crossentropy", "from_logits": False}}, LINEAR,
     ["loss.from_logits: says that the output is probabilities; head.activation is linear (got false); leave "
      "it out"]),
    ({"loss": "categorical_crossentropy", "metrics": ["categorical_accuracy"]}, ONE,
     ["loss.kind: needs at least 2 classes (got 1); binary_crossentropy, or num_classes: 2",
      "metrics.0.kind: needs at least 2 classes (got 1); binary_accuracy, or num_classes: 2"]),
    ({"loss": "categorical_focal_crossentropy"}, OutputContext(1, -1, "linear", task="tasks.1"),
     ["loss.kind: needs at least 2 classes (got 1); binary_crossentropy, or tasks.1.num_classes: 2"]),
    ({"loss": {"kind": "dice", "class_weights": [1, 2]}}, SOFTMAX,
     ["loss.class_weights: needs one weight per class, 3 in all (got [1.0, 2.0])"]),
    ({"loss": {"kind": "tversky", "class_weights": [0, 0, 0]}}, SOFTMAX,
     ["loss.class_weights: must not be all zero (got [0.0, 0.0, 0.0])"]),
    ({"loss": {"kind": "dice", "class_weights": [1, 0, 0], "include_background": False}}, SOFTMAX,
     ["loss.class_weights: must not be all zero for the classes that count (got [1.0, 0.0, 0.0])"]),
    ({"loss": {"kind": "dice", "include_background": False}}, ONE,
     ["loss.include_background: leaves nothing to compare: the only class would be the background "
      "(got false)"]),
    ({"loss": "sparse_categorical_crossentropy"}, ONE,
     ["loss.kind: needs at least 2 classes (got 1); binary_crossentropy, or num_classes: 2"]),
    ({"metrics": [{"kind": "mean_iou", "sparse": True}], "loss": {"kind": "dice", "sparse": True}}, ONE,
     ["loss.sparse: class numbers as targets need at least 2 classes; num_classes: 2 with softmax, or "
      "targets with one channel of 0 and 1",
      "metrics.0.sparse: class numbers as targets need at least 2 classes; num_classes: 2 with softmax, or "
      "targets with one channel of 0 and 1"]),
    ({"metrics": [{"kind": "dice", "class_index": 3}]}, SOFTMAX,
     ["metrics.0.class_index: no such class (got 3); classes count from 0 to 2"]),
    ({"metrics": [{"kind": "dice", "class_index": 1, "per_class": True}]}, SOFTMAX,
     ["metrics.0.per_class: contradicts class_index (got true); say per_class for all, or "
      "class_index for one"]),
    ({"metrics": [{"kind": "dice", "threshold": 0.3}]}, SOFTMAX,
     ["metrics.0.threshold: applies to one class only (got 0.3); the largest output wins among several "
      "classes; leave it out"]),
    ({"metrics": ["dice", {"kind": "dice", "per_class": True}]}, SOFTMAX,
     ["metrics.1: logged twice (got 'dice')"]),
    ({"loss": [{"kind": "sparse_categorical_crossentropy", "ignore_class": 255}], "ignore_class": 0}, SOFTMAX,
     ["loss.ignore_class: contradicts ignore_class, which is 0 (got 255); say it once, as `ignore_class: 0` "
      "beside `loss`"]),
    ({"loss": [{"kind": "sparse_categorical_crossentropy", "ignore_class": value} for value in (255, 9)]},
     SOFTMAX,
     ["loss.1.ignore_class: contradicts loss.0.ignore_class, which is 255 (got 9); say it once, as "
      "`ignore_class: 255` beside `loss`"]),
    ({"loss": "binary_crossentropy", "ignore_class": 1}, ONE,
     ["ignore_class: is a value of the single class, which is 0 or 1 (got 1); mark what is to be ignored by "
      "another number, such as 255"]),
    ({"loss": {"kind": "binary_crossentropy", "class_weights": [0.1, 0.9]}}, ONE,
     ["loss.class_weights: needs one weight per class, and there is one class (got [0.1, 0.9]); "
      "positive_weight: 9 weighs 1 against 0"]),
    ({"loss": {"kind": "binary_focal_crossentropy", "positive_weight": [1, 2]}},
     OutputContext(3, -1, "sigmoid"),
     ["loss.positive_weight: needs a number, or one per class, 3 in all (got [1.0, 2.0])"]),
    ({"loss": {"kind": "mean_squared_error", "class_weights": [1, 2]}}, SOFTMAX,
     ["loss.class_weights: needs one weight per class, 3 in all (got [1.0, 2.0])"]),
    ({"loss": {"kind": "generalized_dice", "class_weights": [0, 0, 0]}}, SOFTMAX,
     ["loss.class_weights: must not be all zero (got [0.0, 0.0, 0.0])"]),
    ({}, OutputContext(1, 1, "softmax"),
     ["softmax over one class is always the same number; head.activation: sigmoid, or num_classes: 2"]),
    ({"loss": "sparse_categorical_crossentropy", "metrics": ["categorical_accuracy"]}, SOFTMAX,
     ["metrics.0: takes one-hot targets, sparse_categorical_crossentropy takes class numbers as targets; set "
      "`sparse` or choose the form whose name begins with sparse_, in all of them or in none"]),
]  # fmt: skip


@pytest.mark.parametrize(("section", "context", "lines"), MISFITS, ids=lambda value: str(value)[:60])
def test_what_does_not_fit_the_output_is_found(
    section: dict[str, Any], context: OutputContext, lines: list[str]
) -> None:
    training = Training.model_validate(section)
    assert [str(problem) for problem in training.problems(context)] == lines
    with pytest.raises(Wrong):
        training.compile_arguments(context)


@pytest.mark.parametrize(
    ("context", "loss", "from_logits"),
    [
        (SOFTMAX, CategoricalCrossentropyLoss(), False),
        (LINEAR, CategoricalCrossentropyLoss(), True),
        (ONE, BinaryCrossentropyLoss(), False),
        (OutputContext(3, -1, "sigmoid"), BinaryCrossentropyLoss(), False),
        (OutputContext(1, -1, "linear"), BinaryCrossentropyLoss(), True),
    ],
)
def test_the_loss_that_suits_the_head(context: OutputContext, loss: object, from_logits: bool) -> None:
    assert Training().default_loss(context) == loss
    assert Training().resolved(context).loss == loss
    assert Training().compile_arguments(context)["loss"].arguments["from_logits"] is from_logits


def test_what_one_loss_ignores_the_resolved_section_ignores() -> None:
    losses = [
        {"kind": "sparse_categorical_crossentropy", "ignore_class": 9},
        {"kind": "dice", "sparse": True},
    ]
    resolved = Training.model_validate({"loss": losses}).resolved(SOFTMAX)
    once = {"loss": ["sparse_categorical_crossentropy", losses[1]], "ignore_class": 9}
    assert resolved == Training.model_validate(once)
    assert resolved.resolved(SOFTMAX) is resolved
    assert Training.model_validate({"loss": losses[0]}).resolved(SOFTMAX).ignore_class == 9


def test_an_empty_section_resolves_to_a_section_with_nothing_open() -> None:
    resolved = Training().resolved(SOFTMAX)
    assert Training.model_validate(resolved.model_dump(mode="json")) == resolved
    assert resolved.resolved(LINEAR) == resolved


def _descriptions(schema: Any, place: str = "") -> list[str]:
    """The places of properties that nothing describes."""
    if isinstance(schema, list):
        return [
            line for index, entry in enumerate(schema) for line in _descriptions(entry, f"{place}[{index}]")
        ]
    if not isinstance(schema, dict):
        return []
    shared = set(schema.get("properties", {})) if "anyOf" in schema else set()
    missing = [
        f"{place}.{name}"
        for name, entry in schema.get("properties", {}).items()
        if not {"description", "$ref"} & set(entry)
    ]
    nested = [line for name, entry in schema.items() for line in _descriptions(entry, f"{place}.{name}")]
    # Forms beside shared properties need not repeat what these say.
    return missing + [line for line in nested if line.rsplit(".", 1)[-1] not in shared]


def test_the_json_schema_describes_every_field_and_offers_bare_names() -> None:
    assert _descriptions(SCHEMA) == []
    text = json.dumps(SCHEMA)
    for names in (LOSSES, METRICS):
        assert json.dumps(list(names)) in text


def test_the_json_schema_agrees_with_validation() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for section in SECTIONS:
        validator.validate(section)
        validator.validate(Training.model_validate(section).model_dump(mode="json"))
    for wrong, _ in BAD:
        if not {"nan", "inf"} & set(re.findall(r"\w+", str(wrong))):  # JSON has neither
            assert not validator.is_valid(wrong), wrong


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, unetgen.parts.training as t; t.Training.model_validate({'loss': 'dice'});"
        "print(sorted({'keras', 'tensorflow', 'numpy', 'yaml', 'hydra'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
