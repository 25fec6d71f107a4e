"""Further tasks: which layers they add, where they are refused, and that they stand in every description."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import yaml

import unetgen
from tests.ops import op_of
from unetgen.analysis.summary import Summary
from unetgen.config.lowering import lower
from unetgen.config.problems import PATTERNS
from unetgen.config.resolved import to_yaml
from unetgen.errors import ConfigError
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv

TINY = ("depth=3", "base_filters=2", "conv_widths=[1]", "input.shape=[8,12]", "norm=none", "up=nearest")
OWN = "{name: edges, num_classes: 1, decoder: own, kernel: 3}"
SHARED = "{name: kind, num_classes: 4, activation: linear}"


def plan_of(*overrides: str) -> Plan:
    return unetgen.plan(unetgen.load("quickstart2d", [*TINY, *overrides]))


def test_a_shared_decoder_gets_one_more_head() -> None:
    alone, plan = plan_of(), plan_of(f"tasks=[{SHARED}]")
    assert plan.nodes[: len(alone.nodes)] == alone.nodes
    (head,) = plan.nodes[len(alone.nodes) :]
    assert (head.name, head.scope, head.inputs) == (
        "tasks_kind_head",
        "tasks/kind/head",
        alone.by_name["head"].inputs,
    )
    assert plan.params_of(head) == 2 * 4 + 4
    assert plan.outputs == ("head_activation", "tasks_kind_head")


@pytest.mark.parametrize("topology", ["unet", "dense_skip", "unet_plus_plus", "unet_3_plus"])
def test_an_own_decoder_repeats_the_main_one(topology: str) -> None:
    plan = plan_of(f"tasks=[{OWN}]", f"topology={topology}")
    main = [node for node in plan.nodes if node.scope.startswith(("decoder", "nested"))]
    scopes = ("tasks/edges/decoder", "tasks/edges/nested")
    own = [node for node in plan.nodes if node.scope.startswith(scopes)]
    assert [node.scope for node in own] == [f"tasks/edges/{node.scope}" for node in main]
    assert [node.op for node in own] == [node.op for node in main]
    assert {node.weights_of for node in own} == {None}
    assert op_of(plan.by_name["tasks_edges_head"], Conv).kernel == (3, 3)
    assert plan.output_shapes == ((8, 12, 2), (8, 12, 1))


def test_tasks_have_the_heads_settings_but_no_deep_supervision() -> None:
    plan = plan_of(f"tasks=[{SHARED}]", "head={hidden: 6, deep_supervision: 2}")
    assert "tasks_kind_head_conv1" in plan.by_name
    assert plan.output_shapes == ((8, 12, 2), (4, 6, 2), (2, 3, 2), (8, 12, 4))


def test_what_a_task_leaves_open_is_said_in_the_resolved_config() -> None:
    config = unetgen.load("quickstart2d", [*TINY, f"tasks=[{OWN},{SHARED}]"])
    edges, kind = yaml.safe_load(to_yaml(config))["tasks"]
    assert (edges["activation"], edges["loss"]["kind"]) == ({"kind": "sigmoid"}, "binary_crossentropy")
    assert kind["loss"]["kind"] == "categorical_crossentropy"
    found = Summary(lower(config)).as_json()
    assert [tuple(shape) for shape in found["output_shapes"]] == [(8, 12, 2), (8, 12, 1), (8, 12, 4)]
    json.dumps(found)


WRONG = {
    "[{name: main, num_classes: 2}]": r"tasks.0.name: is the name of the main output too",
    "[{name: a, num_classes: 2}, {name: a, num_classes: 2}]": r"tasks.1.name: is the name of tasks.0 too",
    "[{name: A b, num_classes: 2}]": r"tasks.0.name: ",
    "[{name: a}]": r"tasks.0.num_classes: missing",
    "[{name: a, num_classes: 2, kernel: [3, 3, 3]}]": r"tasks.0.kernel: has 3 numbers for 2 spatial axes",
    "[{name: a, num_classes: 1, loss: sparse_categorical_crossentropy}]": r"tasks.0.loss: needs at least 2",
    "[{name: a, num_classes: 2, activation: glu}]": r"tasks.0.activation: changes the number of channels",
    "[{name: a, num_classes: 1, activation: softmax}]": r"tasks.0.activation: softmax over one class",
    "[{name: a, num_classes: 2, metrics: [dice, dice]}]": r"tasks.0.metrics.1: logged twice",
}


@pytest.mark.parametrize("tasks", WRONG)
def test_what_is_wrong_in_a_task_is_told_with_its_place(tasks: str) -> None:
    with pytest.raises(ConfigError, match=WRONG[tasks]):
        plan_of(f"tasks={tasks}")


def test_other_problems_of_kernels_and_topologies() -> None:
    with pytest.raises(ConfigError, match=r"tasks.0.kernel: an even kernel has no symmetric padding"):
        plan_of("tasks=[{name: a, num_classes: 2, kernel: 2}]", "padding=torch")
    with pytest.raises(ConfigError, match=r"tasks: strided_unet has no place for .*; use `topology: unet`"):
        plan_of(f"tasks=[{SHARED}]", "topology=strided_unet")


@pytest.mark.parametrize("name", ["Liver", "liver-2", "2d", "a b", "_x", "é", ""])
def test_a_name_is_refused_with_what_names_are(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(f"tasks=[{{name: '{name}', num_classes: 2}}]")
    assert "tasks.0.name: must begin with a small letter, and have only small letters, digits and `_`" in str(
        caught.value
    )


def test_every_pattern_of_a_field_is_said_in_words() -> None:
    package = Path(unetgen.__file__).parent
    calls = [
        node
        for room in ("config", "parts")
        for file in (package / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "pattern" and isinstance(node.value, ast.Constant)
    ]
    assert {node.value.value for node in calls if isinstance(node.value, ast.Constant)} == set(PATTERNS)
