"""What the plugin serves: nothing is lost, and nothing left behind by a change of kind."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from omegaconf import OmegaConf

from tests.hydra_apps import write
from tests.strategies import config_data
from unetgen import ConfigError, from_hydra, load
from unetgen.config.application.served import ALSO_LISTS, Served, model_node
from unetgen.config.bundled import VARIABLE, bundled_configs
from unetgen.config.loader import from_dict
from unetgen.config.model import UNetConfig
from unetgen.config.source import paths_in, value_at

REQUIRED = "input: {shape: [8, 8]}\ndepth: 2\nbase_filters: 4\nnum_classes: 2\n"


@pytest.mark.parametrize("name", bundled_configs())
def test_every_field_of_a_config_is_there(name: str) -> None:
    assert model_node(bundled_configs()[name]).keys() == UNetConfig.model_fields.keys()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=config_data(dims=2, data_format="channels_first"))
def test_any_config_comes_back(tmp_path: Path, data: dict[str, Any]) -> None:
    try:
        config = from_dict({"name": "any", **data})
    except ConfigError:
        assume(False)
    file = tmp_path / "any.yaml"
    file.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert from_hydra(OmegaConf.create(model_node(file))) == config


@pytest.mark.parametrize(
    "written",
    [
        "",
        "compile: {loss: [dice]}\n",
        "compile: {loss: [{kind: dice, smooth: 1.0, weight: 3.0}]}\n",
        "compile: {loss: {kind: tversky, alpha: 0.7, beta: 0.3}, metrics: [dice]}\n",
        "compile: {optimizer: {kind: sgd, learning_rate: {kind: cosine_decay, initial_learning_rate: 0.1, "
        "decay_steps: 9}}}\n",
        "decoder: {norm: {kind: group, groups: 2}}\n",
        "head: {activation: {kind: softmax}}\n",
        "dropout: {kind: spatial, rate: 0.1}\n",
    ],
)
def test_nothing_is_lost(tmp_path: Path, written: str) -> None:
    file = write(tmp_path, {"a": REQUIRED + written}) / "a.yaml"
    assert from_hydra(OmegaConf.create(model_node(file))) == load(file)


def test_of_a_kind_only_what_the_config_says_is_there(tmp_path: Path) -> None:
    text = REQUIRED + "up: {kind: linear, conv: 3}\ncompile: {optimizer: {kind: sgd, momentum: 0.5}}\n"
    node = model_node(write(tmp_path, {"a": text}) / "a.yaml")
    conv = {"kernel": 3, "norm": True, "activation": True, "use_bias": None, "place": "after", "first": None}
    assert node["up"] == {"kind": "linear", "conv": conv}
    assert node["compile"]["optimizer"] == {"kind": "sgd", "momentum": 0.5}
    assert node["norm"] == {"kind": "none"}
    assert node["head"]["activation"] is None


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("", {"loss": None, "dropout": 0.0}),
        ("dropout: 0.5\n", {"dropout": {"kind": "plain", "rate": 0.5, "place": "every_conv"}}),
        ("dropout: [0.0, 0.5]\n", {"dropout": {"kind": "plain", "rate": [0.0, 0.5], "place": "every_conv"}}),
        (
            "dropout: {rate: 0.5, place: block_end}\n",
            {"dropout": {"kind": "plain", "rate": 0.5, "place": "block_end"}},
        ),
        ("compile: {loss: dice}\n", {"loss": "dice"}),
        ("compile: {loss: {kind: dice}}\n", {"loss": "dice"}),
        ("compile: {loss: {kind: dice, smooth: 1.0}}\n", {"loss": {"kind": "dice", "smooth": 1.0}}),
        ("compile: {loss: [dice, huber]}\n", {"loss": [{"kind": "dice"}, {"kind": "huber"}]}),
    ],
)
def test_where_a_list_may_stand_no_mapping_is_in_its_way(
    tmp_path: Path, written: str, served: dict[str, Any]
) -> None:
    node = model_node(write(tmp_path, {"a": REQUIRED + written}) / "a.yaml")
    both = {"loss": node["compile"]["loss"], "dropout": node["dropout"]}
    assert both | served == both


@pytest.mark.parametrize("name", bundled_configs())
def test_no_other_mapping_may_be_a_list(name: str) -> None:
    node = model_node(bundled_configs()[name])
    mappings = [path for path in paths_in(node) if path and isinstance(value_at(node, path), dict)]
    for path in mappings:
        if path[-1] in ALSO_LISTS or isinstance(path[-1], int):
            continue
        changed = copy.deepcopy(node)
        value_at(changed, path[:-1])[path[-1]] = [value_at(node, path)] * 65  # more than there are levels
        with pytest.raises(ConfigError) as raised:
            from_hydra(changed)
        # Where a bare list is a kernel, the mapping in it is what is wrong.
        assert {problem.path[: len(path)] for problem in raised.value.problems} == {path}


def test_text_that_looks_like_a_reference_stays_text(tmp_path: Path) -> None:
    written = r"source: 'at \${5}, or \\\${depth} \ or ${depth}'"
    file = write(tmp_path, {"a": f"{REQUIRED}{written}\n"}) / "a.yaml"
    config = from_hydra(OmegaConf.create(model_node(file)))
    assert config == from_dict(yaml.safe_load(REQUIRED) | {"name": "a", "source": config.source})
    assert config.source is not None
    assert config.source.startswith("at ${5}, or ")
    assert config.source.endswith("or 2")


FOLDER = {
    "mine": REQUIRED,
    "zoo/deep": REQUIRED,
    "composed": "defaults: [mine, up: linear, _self_]\nseed: 3\n",
    "broken": REQUIRED + "seed: on\nup: nearst\n",
    "up/linear": "kind: linear\n",
    "up/broken": "kind: linear\nkind: nearest\n",
    "extra/thing": "x: 1\n",
}


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv(VARIABLE, str(write(tmp_path, FOLDER)))
    return Served()


def test_the_folder_of_the_environment_variable_is_served(served: Served) -> None:
    assert served.groups == {"model", "up", "extra"}
    assert served.options("model") == ["broken", "composed", "deep", "mine"]
    assert served.options("up") == ["broken", "linear"]
    assert served.options("nope") == []


def test_a_config_chooses_its_parts_by_its_defaults_list(served: Served) -> None:
    assert served.config("model/composed")["defaults"] == ["_self_", {"/unetgen/up@up": "model/composed"}]
    assert served.config("model/deep")["defaults"][1] == {"/unetgen/up@up": "model/deep"}
    assert served.config("up/model/composed") == {"kind": "linear"}
    assert served.config("up/model/deep") == {"kind": "nearest"}
    assert "up" not in served.config("model/composed")


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("model/mine", True), ("model/deep", True), ("model/broken", True), ("up/linear", True),
        ("up/model/mine", True), ("up/model/deep", True), ("extra/thing", True),
        ("model", False), ("model/nope", False), ("up/nope", False), ("up/model/nope", False), ("up", False),
        ("nope/model/mine", False), ("mine", False), ("", False), ("model/../mine", False),
        ("up/../mine", False),
    ],
)  # fmt: skip
def test_what_is_there(served: Served, path: str, there: bool) -> None:
    assert served.has(path) is there


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("model/broken", "broken.yaml:5:7: seed: YAML 1.1 reads this as "),
        (
            "up/broken",
            "up/broken.yaml:2:1: kind: given twice, first at up/broken.yaml:1:1; keep one of the two",
        ),
        ("extra/model/mine", "extra/model/mine: mine has no part `extra`"),
    ],
)
def test_what_cannot_be_served_is_said_with_its_place(served: Served, path: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        served.config(path)
    assert message in str(raised.value)
