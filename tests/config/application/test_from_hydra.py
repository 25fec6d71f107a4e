# ruff: noqa: E501  (in the tables an exact message stays on one line)
"""from_hydra: what Hydra composed and what `unetgen.load` reads are the same config, with the same mistakes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf
from omegaconf.basecontainer import BaseContainer

import unetgen
from tests.hydra_apps import ONE_MODEL, composed, write
from unetgen import ConfigError, from_hydra
from unetgen.config.bundled import bundled_configs

SMALL: dict[str, Any] = {"input": {"shape": [32, 32]}, "depth": 3, "base_filters": 8, "num_classes": 2}


def said(cfg: Any) -> str:
    with pytest.raises(ConfigError) as raised:
        from_hydra(cfg)
    return str(raised.value)


def node(**fields: Any) -> Any:
    """`cfg.unetgen.model` of an application with these fields."""
    return OmegaConf.create({"unetgen": {"model": SMALL | fields}}).unetgen.model


# --- the same config ---


@pytest.mark.parametrize("name", bundled_configs())
def test_a_bundled_config_is_what_load_returns(tmp_path: Path, name: str) -> None:
    cfg = composed(write(tmp_path, {"config": ONE_MODEL.format(name)}))
    config, loaded = from_hydra(cfg.unetgen.model), unetgen.load(name)
    assert config == loaded
    assert config.digest == loaded.digest
    assert unetgen.plan(config).fingerprint == unetgen.plan(loaded).fingerprint


OVERRIDES = [
    ["depth=3", "seed=7"],
    ["input.shape=[64,64,8]"],
    ["filters=[[8,16],16]", "base_filters=null", "conv_widths=null"],
    ["base_filters=4", "conv_widths=[1,1]"],
    ["num_classes=4"],
    ["up=transposed"],
    ["up.kind=transposed"],
    ["up={kind: transposed, filters: keep}"],
    ["up.kind=transposed", "up.filters=keep"],
    ["norm.kind=batch"],
    ["norm.kind=batch", "norm.kind=group"],
    ["norm.kind=group", "norm.groups=4"],
    ["skip=add"],
    ["block=residual", "down=strided_conv"],
    ["down.size=[2,2,1]"],
    ["dropout=0.1"],
    ["dropout=[0.1,0.2]"],
    ["dropout.rate=0.1"],
    ["dropout.rate=0.1", "dropout.place=block_end"],
    ["decoder.convs=1"],
    ["decoder={convs: 1, block: residual}"],
    ["decoder.norm=batch"],
    ["depth=3", "head.deep_supervision=1"],
    ["depth=3", "head.deep_supervision.levels=1"],
    ["head.activation=softmax"],
    ["head.activation=null"],
    ["activation={kind: leaky_relu, negative_slope: 0.1}"],
    ["activation.kind=prelu", "activation.shared=element"],
    ["kernel_initializer=he_normal", "kernel_regularizer={kind: l2, l2: 0.1}"],
    ["compile.loss=dice"],
    ["compile.loss=[dice,{kind: categorical_crossentropy, weight: 0.5}]"],
    ["compile.loss.kind=dice"],
    ["compile.loss={kind: dice, smooth: 1.0}"],
    ["compile.metrics=[dice]"],
    ["compile.optimizer=sgd"],
    ["compile.optimizer.kind=sgd"],
    ["compile.optimizer.learning_rate=1e-3"],
    ["compile.optimizer.learning_rate={kind: cosine_decay, initial_learning_rate: 0.1, decay_steps: 9}"],
    ["execution.precision=mixed_bfloat16"],
    ["name=mine"],
]


@pytest.mark.parametrize("overrides", OVERRIDES, ids=" ".join)
def test_an_override_means_what_it_means_to_load(tmp_path: Path, overrides: list[str]) -> None:
    folder = write(tmp_path, {"config": ONE_MODEL.format("unet3d_depth2")})
    cfg = composed(folder, *(f"unetgen.model.{override}" for override in overrides))
    assert from_hydra(cfg) == unetgen.load("unet3d_depth2", overrides)


@pytest.mark.parametrize("up", ["nearest", "linear", "transposed", "pixel_shuffle", "bottleneck"])
@pytest.mark.parametrize("name", ["unet3d_depth2", "unet2d_2015"])
def test_a_group_swaps_the_whole_part(tmp_path: Path, name: str, up: str) -> None:
    swap = f"  - override unetgen/up@unetgen.model.up: {up}\n"
    listed = f"defaults:\n  - unetgen/model: {name}\n{swap}  - _self_\n"
    folder = write(tmp_path, {"config": ONE_MODEL.format(name), "listed": listed})
    loaded = unetgen.load(name, [f"up={up}"])
    assert from_hydra(composed(folder, f"unetgen/up@unetgen.model.up={up}")) == loaded
    assert from_hydra(composed(folder, config="listed")) == loaded
    assert from_hydra(composed(folder, f"unetgen.model.up={up}")) == loaded


def test_a_list_of_kinds_stands_where_a_part_was_deleted(tmp_path: Path) -> None:
    folder = write(tmp_path, {"config": ONE_MODEL.format("quickstart2d")})
    config = from_hydra(
        composed(folder, "unetgen.model.depth=3", "~unetgen.model.skip", "+unetgen.model.skip=[none,concat]")
    )
    assert config == unetgen.load("quickstart2d", ["depth=3", "skip=[none,concat]"])


def test_two_models_in_one_application(tmp_path: Path) -> None:
    text = (
        "defaults: [unetgen/model@teacher: unet2d_2015, unetgen/model@nets.student: quickstart2d, _self_]\n"
    )
    cfg = composed(write(tmp_path, {"config": text}), "nets.student.depth=3", "unetgen/up@teacher.up=linear")
    assert from_hydra(cfg.teacher) == unetgen.load("unet2d_2015", ["up=linear"])
    assert from_hydra(cfg.nets.student) == unetgen.load("quickstart2d", ["depth=3"])
    cfg.nets.student.depth = 1
    assert said(cfg.nets.student) == "nets.student.depth: must be at least 2 (got 1)"


def test_the_application_s_own_values_merge_over_the_config(tmp_path: Path) -> None:
    text = ONE_MODEL.format("unet3d_depth2") + (
        "size: 16\nunetgen:\n  model:\n    input: {shape: ['${size}', '${size}', 8]}\n    up: transposed\n"
        "    norm: {kind: batch, momentum: 0.5}\n    compile: {loss: [dice, categorical_crossentropy]}\n"
    )
    config = from_hydra(composed(write(tmp_path, {"config": text})))
    same = ["input.shape=[16,16,8]", "up=transposed", "norm={kind: batch, momentum: 0.5}"]
    assert config == unetgen.load("unet3d_depth2", [*same, "compile.loss=[dice,categorical_crossentropy]"])


def test_a_file_of_the_application_s_own_extends_a_bundled_one(tmp_path: Path) -> None:
    mine = "defaults: [quickstart2d, override /unetgen/norm@norm: instance, _self_]\ndepth: 2\nname: mine\n"
    cfg = composed(write(tmp_path, {"config": ONE_MODEL.format("mine"), "unetgen/model/mine": mine}))
    expected = unetgen.load("quickstart2d", ["depth=2", "norm=instance", "name=mine"])
    assert from_hydra(cfg) == expected


@pytest.mark.parametrize("form", [lambda cfg: cfg, lambda cfg: cfg.unetgen.model])
def test_plain_mappings_are_nodes_too(form: Any) -> None:
    cfg = OmegaConf.create({"unetgen": {"model": SMALL}})
    config = from_hydra(form(cfg))
    assert from_hydra(OmegaConf.to_container(form(cfg))) == config  # type: ignore[arg-type]
    assert from_hydra(dict(form(cfg))) == config
    assert from_hydra(SMALL | {"input": {"shape": (32, 32)}}) == config


@dataclass
class Input:
    shape: list[int]
    channels: int = 3


class Growth(Enum):
    same = 1


def test_structured_configs_and_enums_are_data() -> None:
    cfg = node(input=Input([32, 32]), padding=Growth.same)
    assert from_hydra(cfg).input.channels == 3
    assert from_hydra(cfg).padding == "same"


def test_the_configuration_is_not_changed() -> None:
    cfg = node(seed="${unetgen.model.depth}")
    OmegaConf.set_readonly(cfg, True)
    before = OmegaConf.to_yaml(cfg)
    assert from_hydra(cfg).seed == 3
    assert OmegaConf.to_yaml(cfg) == before


# --- the same mistakes ---

WRONG = [
    ({"depth": 1}, "depth: must be at least 2 (got 1)"),
    ({"dept": 3}, "dept: unknown key; did you mean `depth`?"),
    ({"_target_": "os.getcwd"}, "_target_: unknown key; `unetgen schema` prints all fields"),
    ({"input": {"shape": [32, 0]}}, "input.shape.1: must be positive (got 0)"),
    ({"input": "${nope}"}, "input: cannot be resolved: Interpolation key 'nope' not found (got '${nope}')"),
    ({"depth": "???"}, "depth: missing; the config says `???`: give it a value"),
    ({"seed": "???"}, "seed: missing; the config says `???`: give it a value"),
    ({"depth": "two"}, "depth: must be a whole number (got 'two')"),
    ({"depth": None}, "depth: must be a whole number (got null); it is needed: the number of levels of resolution, the bottom included: depth - 1 steps down"),
    ({"up": {"kind": "nearst"}}, "up.kind: unknown kind (got 'nearst'); did you mean `nearest`?"),
    ({"up": {"kind": "nearest", "kernel": 2}}, "up.kernel: unknown key; it belongs to transposed, pixel_shuffle, bottleneck and mednext; the fields of nearest: filters, conv; `unetgen.model.up=nearest` swaps the whole kind"),
    ({"decoder": {"norm": {"kind": "layer", "groups": 2}}}, "decoder.norm.groups: unknown key; it belongs to group; the fields of layer: epsilon, affine; `unetgen.model.decoder.norm=layer` swaps the whole kind"),
    ({"skip": {"kind": "concat", "axis": 1}}, "skip.axis: is the first spatial axis, 32 long; the channel axis of 2D channels_last is 3, or -1 (got 1); write `axis: 3`, or `axis: channels` for either data format"),
    ({"seed": "${oc.env:HOME}"}, "seed: depends on an environment variable, which no model's config may (got '${oc.env:HOME}'); write the value itself"),
    ({"seed": "${oc.env:NO_SUCH,3}"}, "seed: depends on an environment variable, which no model's config may (got '${oc.env:NO_SUCH,3}'); write the value itself"),
    ({"name": "${..user}"}, "name: depends on an environment variable, which no model's config may (got '${..user}'); write the value itself"),
    ({"seed": "${oc.decode:${oc.env:HOME}}"}, "seed: depends on an environment variable, which no model's config may (got '${oc.decode:${oc.env:HOME}}'); write the value itself"),
    ({"name": "${no_such_resolver:1}"}, "name: cannot be resolved: Unsupported interpolation type no_such_resolver (got '${no_such_resolver:1}')"),
    ({"seed": "${unetgen.model.seed}"}, None),
    ({"input": "${unetgen.model}"}, "input: cannot be resolved: Interpolation to parent node detected (got '${unetgen.model}')"),
    ({"head": {"x": "${unetgen.model.decoder}"}, "decoder": {"x": "${unetgen.model.head}"}}, "head.x: nested too deeply; does it refer to something around itself?"),
    ({"a": {"x": "${..b}", "y": "${..b}"}, "b": {"x": "${..a}", "y": "${..a}"}}, "a.x: nested too deeply; does it refer to something around itself?"),
    ({3: 1}, "3: a key must be text (got 3); quote it, if it is meant to be the name of a field"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "message"), WRONG, ids=[str(fields) for fields, _ in WRONG])
def test_a_mistake_is_told_with_its_key_in_the_application(fields: Any, message: str | None) -> None:
    cfg = OmegaConf.create({"unetgen": {"user": "${oc.env:HOME}", "model": SMALL | fields}})
    told = said(cfg.unetgen.model)
    assert "\n" not in told
    assert told.startswith("unetgen.model.")
    assert message is None or told == f"unetgen.model.{message}"
    assert said(cfg) == told


def test_references_that_multiply_are_stopped() -> None:
    doubled = {f"a{i}": [f"${{..a{i - 1}}}"] * 100 for i in range(1, 5)}
    told = said(node(a0=[0] * 100, **doubled))
    assert told.endswith(": more values than any config has; does it refer to something around itself?")
    assert told.startswith("unetgen.model.a1.")


def test_only_what_asks_for_the_environment_is_said_to() -> None:
    first, second = said(node(name="${oc.env:HOME}", seed="${nope}")).splitlines()
    assert first.startswith("unetgen.model.name: depends on an environment variable")
    assert second.startswith("unetgen.model.seed: cannot be resolved")


def test_all_mistakes_come_at_once() -> None:
    cfg = node(depht=2, depth="???", seed=-1, num_classes="${nope}", up={"kind": "linear", "size": 2})
    places = [line.partition(": ")[0] for line in said(cfg).splitlines()]
    fields = ["depht", "depth", "num_classes", "seed", "up.size"]
    assert sorted(places) == [f"unetgen.model.{field}" for field in fields]


NO_NODE: list[tuple[Any, str]] = [
    (None, "must be a mapping, the config of a model (got null); give the node of a model, such as cfg.unetgen.model"),
    ("unet3d_depth2", "must be a mapping, the config of a model (got 'unet3d_depth2'); give the node of a model, such as cfg.unetgen.model"),
    ([1], "must be a mapping, the config of a model (got [1]); give the node of a model, such as cfg.unetgen.model"),
    (OmegaConf.create([1]), "must be a mapping, the config of a model (got [1]); give the node of a model, such as cfg.unetgen.model"),
    (3, "must be a mapping, the config of a model (got 3); give the node of a model, such as cfg.unetgen.model"),
    ({"lr": 0.1}, "no field of a model is in this config; give the node of a model, such as cfg.unetgen.model"),
    (OmegaConf.create({"student": SMALL}), "no field of a model is in this config; give the node of a model, such as cfg.unetgen.model"),
    (OmegaConf.create({"unetgen": None}), "unetgen.model: must be a mapping, the config of a model (got null); choose one in the defaults list: `- unetgen/model: unet3d_depth2`"),
    ({"unetgen": {"up": {}}}, "unetgen.model: must be a mapping, the config of a model (got null); choose one in the defaults list: `- unetgen/model: unet3d_depth2`"),
    (OmegaConf.create({"unetgen": {"model": "???"}}), "unetgen.model: must be a mapping, the config of a model (got null); choose one in the defaults list: `- unetgen/model: unet3d_depth2`"),
    (OmegaConf.create({"unetgen": {"model": "${nope}"}}), "unetgen.model: cannot be resolved: Interpolation key 'nope' not found"),
    (OmegaConf.create({"unetgen": {"model": "unet3d_depth2"}}), "unetgen.model: must be a mapping, the config of a model (got 'unet3d_depth2'); choose one in the defaults list: `- unetgen/model: unet3d_depth2`"),
]  # fmt: skip


@pytest.mark.parametrize(("cfg", "message"), NO_NODE, ids=[str(cfg) for cfg, _ in NO_NODE])
def test_what_is_no_node_is_said_to_be_none(cfg: Any, message: str) -> None:
    assert said(cfg) == message


def test_any_other_object_is_refused() -> None:
    assert said(object()).startswith("must be a mapping, the config of a model (got <object object at ")


def test_an_empty_node_lacks_the_required_fields() -> None:
    assert [line.split(":")[0] for line in said({}).splitlines()] == [
        "input",
        "depth",
        "num_classes",
        "base_filters",
    ]


# --- resolvers ---


def test_the_application_s_own_resolvers_run() -> None:
    OmegaConf.register_new_resolver("unetgen_test_double", lambda value: 2 * value)
    try:
        assert from_hydra(node(base_filters="${unetgen_test_double:8}")).base_filters == 16
    finally:
        OmegaConf.clear_resolver("unetgen_test_double")


def test_the_environment_is_refused_in_this_thread_and_for_this_call_only() -> None:
    inside, outside = threading.Event(), threading.Event()

    def wait() -> int:
        inside.set()
        assert outside.wait(10)
        return 5

    registered = BaseContainer._resolvers["oc.env"]
    OmegaConf.register_new_resolver("unetgen_test_wait", wait)
    try:
        seeds: list[int] = []
        cfg = node(seed="${unetgen_test_wait:}")
        thread = threading.Thread(target=lambda: seeds.append(from_hydra(cfg).seed))
        thread.start()
        assert inside.wait(10)
        assert OmegaConf.create({"x": "${oc.env:NO_SUCH,told}"}).x == "told"
        outside.set()
        thread.join()
        assert seeds == [5]
        assert BaseContainer._resolvers["oc.env"] is registered
    finally:
        OmegaConf.clear_resolver("unetgen_test_wait")


@pytest.mark.parametrize("cleared", [False, True])
def test_a_replaced_or_absent_resolver_stays_so(cleared: bool) -> None:
    registered = BaseContainer._resolvers.pop("oc.env")
    try:
        if not cleared:
            OmegaConf.register_new_resolver("oc.env", lambda name: f"mine: {name}")
        assert "oc.env" in said(node(name="${oc.env:X}"))
        assert OmegaConf.has_resolver("oc.env") is not cleared
        assert cleared or OmegaConf.create({"x": "${oc.env:X}"}).x == "mine: X"
    finally:
        BaseContainer._resolvers["oc.env"] = registered
