"""A `pooled` task: which layers it adds on the bottom, in every network that takes tasks; and refusals."""

from __future__ import annotations

import pytest

import unetgen
from unetgen.analysis.receptive_field import receptive_field
from unetgen.config.lowering import lower
from unetgen.errors import ConfigError
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Activation, Conv, Dropout, Flatten, GlobalPool, Norm

TINY = ("depth=3", "base_filters=2", "conv_widths=[1]", "input.shape=[8,12]", "norm=none", "up=nearest")
POOLED = "{name: kind, num_classes: 4, decoder: pooled}"


def plan_of(*overrides: str) -> Plan:
    return unetgen.plan(unetgen.load("quickstart2d", [*TINY, *overrides]))


def test_it_stands_on_the_bottom_and_changes_nothing_else() -> None:
    alone, plan = plan_of(), plan_of(f"tasks=[{POOLED}]")
    assert plan.nodes[: len(alone.nodes)] == alone.nodes
    pool, dense, flat, softmax = plan.nodes[len(alone.nodes) :]
    assert pool.inputs == ("encoder_level2_conv1_activation",)
    assert [node.op for node in (pool, flat, softmax)] == [
        GlobalPool("average"), Flatten(), Activation("softmax")
    ]  # fmt: skip
    assert plan.params_of(dense) == 8 * 4 + 4
    assert {node.scope for node in (pool, dense, flat, softmax)} == {"tasks/kind/head"}
    assert plan.output_shapes == ((8, 12, 2), (4,))


def test_dense_layers_and_dropout_stand_before_the_last() -> None:
    plan = plan_of(
        "activation=elu",
        "head.use_bias=false",
        "tasks=[{name: age, num_classes: 1, decoder: pooled, pooling: max, hidden: [5, 3], dropout: 0.2, "
        "activation: linear, loss: mean_squared_error}]",
    )
    ops = [node.op for node in plan.nodes if node.place.task]
    assert [type(op) for op in ops] == [
        GlobalPool, *(Dropout, Conv, Activation) * 2, Dropout, Conv, Flatten
    ]  # fmt: skip
    assert ops[0] == GlobalPool("max") and ops[3] == Activation("elu")
    counts = [plan.params_of(node) for node in plan.nodes if node.place.task]
    assert [count for count in counts if count] == [8 * 5 + 5, 5 * 3 + 3, 3 + 1]


def test_a_bottom_that_ends_with_a_sum_is_normalized_first() -> None:
    plan = plan_of(f"tasks=[{POOLED}]", "norm=batch", "head.pre_activation=true")
    ops = [type(node.op) for node in plan.nodes if node.place.task]
    assert ops == [Norm, Activation, GlobalPool, Conv, Flatten, Activation]


@pytest.mark.parametrize("topology", ["unet", "dense_skip", "unet_plus_plus", "unet_3_plus"])
@pytest.mark.parametrize("shape", [[16], [8, 12], [4, 8, 8]])
def test_every_topology_has_a_bottom(topology: str, shape: list[int]) -> None:
    plan = plan_of(f"tasks=[{POOLED}]", f"topology={topology}", f"input.shape={shape}")
    (pool,) = (node for node in plan.nodes if isinstance(node.op, GlobalPool))
    source = plan.by_name[pool.inputs[0]]
    assert (source.place.side, source.place.level) == ("encoder", 2)
    assert plan.output_shapes[1] == (4,)


def test_it_stands_on_encoders_beside_deep_supervision_and_sees_the_whole_image() -> None:
    encoder = ("base_filters=null", "conv_widths=null", "encoder=resnet18", "depth=4", "up=nearest")
    plan = plan_of(*encoder, "input.shape=[32,48]", "decoder.filters=[4,4,4]", f"tasks=[{POOLED}]")
    assert sum(plan.params_of(node) for node in plan.nodes if node.place.task) == 128 * 4 + 4
    deep = plan_of("head.deep_supervision=2", "bottleneck=aspp", f"tasks=[{POOLED}]")
    assert deep.output_shapes == ((8, 12, 2), (4, 6, 2), (2, 3, 2), (4,))
    (pool,) = (node for node in deep.nodes if node.name == "tasks_kind_head_pool")
    assert deep.by_name[pool.inputs[0]].place.part == "bottleneck"
    # Behind the bottom's own reach: its field is the image and what the bottom sees beyond its edges.
    bottom = receptive_field(plan_of(f"tasks=[{POOLED}]"), "encoder_level2_conv1")
    assert bottom is not None
    whole = receptive_field(plan_of(f"tasks=[{POOLED}]"), "tasks_kind_head_pool")
    assert whole == tuple(size - 4 + seen for size, seen in zip((8, 12), bottom, strict=True))


def test_free_axes_stay_free_and_the_vector_has_none() -> None:
    free = lower(unetgen.load("quickstart2d", [*TINY, "input.shape=[null,null]", f"tasks=[{POOLED}]"]))
    assert free.plan.by_name["tasks_kind_head_activation"].spec.open_shape("channels_first") == (4,)
    alone = lower(unetgen.load("quickstart2d", [*TINY, "input.shape=[null,null]"]))
    assert free.legal_sizes == alone.legal_sizes
    assert free.plan.at((16, 20)).output_shapes == ((16, 20, 2), (4,))


WRONG = {
    "{name: a, num_classes: 2, pooling: max}": "tasks.0.pooling: does nothing unless `decoder` is pooled",
    "{name: a, num_classes: 2, hidden: [8]}": "tasks.0.hidden: does nothing unless `decoder` is pooled",
    "{name: a, num_classes: 2, dropout: 0.2}": "tasks.0.dropout: does nothing unless `decoder` is pooled",
    "{name: a, num_classes: 2, decoder: pooled, kernel: 3}": "tasks.0.kernel: does nothing on one position",
    "{name: a, num_classes: 2, decoder: pooled, hidden: [0]}": "tasks.0.hidden.0: must be positive (got 0)",
    "{name: a, num_classes: 2, decoder: pooled, dropout: 1}": "tasks.0.dropout: must be less than 1",
    "{name: a, num_classes: 2, decoder: pooled, pooling: sum}": "tasks.0.pooling: must be average or max",
    "{name: a, num_classes: 2, decoder: pooled, activation: glu}": "changes the number of channels",
}


@pytest.mark.parametrize("task", WRONG)
def test_what_is_set_does_something_or_is_refused(task: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(f"tasks=[{task}]")
    assert WRONG[task] in str(caught.value)


def test_a_hidden_layer_s_activation_has_to_fit_it() -> None:
    hidden = "tasks=[{name: a, num_classes: 2, decoder: pooled, hidden: [5]}]"
    with pytest.raises(ConfigError, match=r"halves its channels, and tasks_a_head_dense1 has 5"):
        plan_of("activation=[relu,relu,glu]", hidden)
