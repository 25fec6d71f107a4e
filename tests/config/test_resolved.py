"""The resolved config says every field outright and builds the same model again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import unetgen
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import from_dict
from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
from unetgen.config.resolved import to_yaml
from unetgen.config.schema.documentation import field_docs
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.downs import DOWNS
from unetgen.parts.keras_names import OPTIMIZERS
from unetgen.parts.norms import NORMS
from unetgen.parts.part import kind_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.training import LOSSES, METRICS, Training
from unetgen.parts.ups import UPS
from unetgen.parts.ups.transposed import TransposedUp

SMALL = {"input": {"shape": [16, 16]}, "depth": 3, "base_filters": 4, "num_classes": 3}

EXTRA: list[dict[str, Any]] = [
    *({"block": ["plain", kind_of(kind), "plain"]} for kind in BLOCKS),
    *({"down": kind_of(kind)} for kind in DOWNS),
    *({"up": kind_of(kind)} for kind in UPS),
    *({"skip": kind_of(kind)} for kind in SKIPS),
    *({"topology": kind_of(kind)} for kind in TOPOLOGIES),
    *({"norm": {"kind": kind_of(kind)}} for kind in NORMS if kind_of(kind) != "group"),
    {"norm": {"kind": "group", "groups": 2}},
    *({"compile": {"loss": name}, "head": {"activation": "sigmoid"}} for name in LOSSES),
    *({"compile": {"loss": "sparse_categorical_crossentropy" if "sparse" in name else None,
                   "metrics": [name]}} for name in METRICS),
    *({"compile": {"optimizer": {"kind": name}}} for name in OPTIMIZERS.objects),
    {"compile": {"optimizer": {"kind": "adamw", "learning_rate": {
        "kind": "cosine_decay", "initial_learning_rate": 1e-5, "decay_steps": 1000}}}},
    {"compile": {"loss": [{"kind": "dice", "weight": 1e-7},
                          {"kind": "tversky", "class_weights": [1, 2, 3]}]}},
    {"compile": {"metrics": [{"kind": "dice", "per_class": True}], "jit_compile": False}},
    {"head": {"activation": "sigmoid", "deep_supervision": 1}},
    {"head": {"activation": "linear", "kernel": [1, 3], "use_bias": False}},
    {"head": {"hidden": {"filters": [4, "classes"], "kernel": [3, 1]}, "pre_activation": True}},
    {"head": {"deep_supervision": {"levels": 2, "fuse": "concat", "sides": False, "weights": [0.5]}}},
    {"tasks": [{"name": "edges", "num_classes": 1, "decoder": "own", "loss": ["dice", "binary_crossentropy"]},
               {"name": "kind", "num_classes": 4, "loss_weight": 0.5, "metrics": ["dice"]}]},
    {"num_classes": 1},
    {"activation": {"kind": "leaky_relu", "negative_slope": 0.01}, "decoder": {"activation": "prelu"}},
    {"conv_widths": [1, 1.5, 2], "decoder": {"convs": 1, "dropout": [0.1, 0.2]}},
    {"filters": [[2, 3], [4, 5], [6, 7]], "base_filters": None, "kernel": [[3, 1], [3, 3], [1, 3]]},
    {"kernel_initializer": {"kind": "random_normal", "stddev": 1e-3}, "kernel_regularizer": "l2"},
    {"dropout": {"kind": "spatial", "rate": [0.0, 1e-9, 0.5], "place": "block_end"}},
    {"resize": "pad_and_crop", "input": {"shape": [15, 17], "data_format": "channels_first"}},
    {"padding": "torch", "order": ["norm", "activation", "conv"], "norm": "batch"},
    {"execution": {"layout": "channels_last", "precision": "mixed_bfloat16"}, "seed": 2**31 - 1},
    {"filter_growth": 1.5, "max_filters": 8, "use_bias": False},
    {"name": "1e5", "source": "10e3 ${base_filters} \\${x} 'a' \"b\": #c\n- d\ttab é 中 %"},
    {"name": "on", "source": "null"},
]  # fmt: skip


def assert_builds_again(config: UNetConfig, folder: Path) -> None:
    text = to_yaml(config)
    file = folder / "config.resolved.yaml"
    file.write_text(text, encoding="utf-8")
    again = unetgen.load(file)
    assert again == config
    assert again.digest == config.digest
    assert unetgen.plan(again).fingerprint == unetgen.plan(config).fingerprint
    assert to_yaml(again) == text


@pytest.mark.parametrize("name", bundled_configs())
def test_a_bundled_config_builds_again(name: str, tmp_path: Path) -> None:
    assert_builds_again(unetgen.load(name), tmp_path)


@pytest.mark.parametrize("extra", EXTRA, ids=str)
def test_a_config_of_every_kind_builds_again(extra: Any, tmp_path: Path) -> None:
    assert_builds_again(from_dict({**SMALL, **extra}), tmp_path)


def test_references_and_overrides_are_settled(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "input: {shape: [16, 16]}\ndepth: 2\nbase_filters: 4\nmax_filters: ${base_filters}\nnum_classes: 2\n"
    )
    config = unetgen.load(tmp_path / "a.yaml", ["base_filters=6", "up=transposed"])
    assert "$" not in to_yaml(config)
    assert (config.name, config.max_filters, config.up) == ("a", 6, TransposedUp())
    assert_builds_again(config, tmp_path)


# Without what the reader refuses in any text: control characters and byte-order marks.
LEGAL = st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"], exclude_characters="\ufeff")


@given(st.text(LEGAL, max_size=40))
def test_any_text_comes_back(source: Any) -> None:
    if source.count("\\") and "${" in source:
        return  # a backslash before an opened and never closed ${ cannot be written in this language
    config = from_dict({**SMALL, "source": source})
    from unetgen.config.yaml.tree import parse_yaml

    document = parse_yaml(to_yaml(config), "resolved.yaml")
    assert not document.problems
    assert document.data["source"].replace("\\${", "${") == source


def test_it_begins_with_what_wrote_it() -> None:
    first = to_yaml(unetgen.load("quickstart2d")).splitlines()[0]
    written = f"# Written by unetgen {unetgen.__version__}: "
    assert first == f"{written}every field of the config, said outright. It builds the same model."


def test_a_config_made_in_python_is_resolved_too(tmp_path: Path) -> None:
    raw = UNetConfig.model_validate({**SMALL, "input": {"shape": (16, 16)}})
    assert raw.head.activation is None
    config = lower(raw).config
    data = yaml.safe_load(to_yaml(config))
    assert data["head"]["activation"] == {"kind": "softmax"}
    assert data["compile"]["loss"]["kind"] == "categorical_crossentropy"
    assert_builds_again(config, tmp_path)


def test_every_field_is_said_outright() -> None:
    data = yaml.safe_load(to_yaml(unetgen.load("quickstart2d")))
    assert list(data) == list(UNetConfig.model_fields)

    def holds(model: type[BaseModel], found: dict[str, Any]) -> None:
        assert found.keys() >= model.model_fields.keys()

    for name in ("input", "block", "down", "up", "skip", "topology", "head", "resize", "execution", "norm"):
        holds(type(getattr(unetgen.load("quickstart2d"), name)), data[name])
    assert data["compile"].keys() == Training.model_fields.keys()


def models(annotation: Any, seen: set[Any]) -> Iterator[type[BaseModel]]:
    """Every config model that can stand somewhere in a field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in seen:
            seen.add(annotation)
            yield annotation
            for field in annotation.model_fields.values():
                yield from models(field.annotation, seen)
        return
    inner = getattr(annotation, "__value__", None)  # of a type alias
    for part in (inner,) if inner is not None else get_args(annotation):
        yield from models(part, seen)


def nullable(annotation: Any) -> bool:
    inner = getattr(annotation, "__value__", None)
    return annotation is NoneType or any(
        map(nullable, (inner,) if inner is not None else get_args(annotation))
    )


def test_whatever_may_be_null_says_what_null_means() -> None:
    unsaid = []
    for model in models(UNetConfig, set()):
        docs = field_docs(model)
        whole = re.search(r"\bnull\b", model.__doc__ or "")  # said of all fields at once
        for name, field in model.model_fields.items():
            annotated = nullable(field.annotation) or any(map(nullable, field.metadata))
            if annotated and not whole and not re.search(r"\b[Nn]ull\b", docs.get(name, "")):
                unsaid.append(f"{model.__name__}.{name}: {docs.get(name)}")
    assert not unsaid, "\n".join(unsaid)
