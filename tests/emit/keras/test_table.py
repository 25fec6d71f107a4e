"""The one table from ops to Keras layers."""

from __future__ import annotations

import pytest

import unetgen
from unetgen.emit.keras.table import LAYERS, Emission, layer_call, seed_of
from unetgen.plan.call import Call
from unetgen.plan.ops import ALL_OPS, Conv


def test_every_op_has_a_row() -> None:
    assert set(LAYERS) == set(ALL_OPS)


def test_a_seed_depends_on_the_config_s_seed_and_the_name_only() -> None:
    assert seed_of(0, "a") == seed_of(0, "a")
    assert len({seed_of(0, "a"), seed_of(1, "a"), seed_of(0, "b")}) == 3
    assert all(0 <= seed_of(0, name) < 2**31 for name in "abc")


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16", "float64"])
def test_outputs_are_float32_at_least(precision: str) -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d"))
    emission = Emission("channels_last", dtype=precision)
    dtypes = {node.name: layer_call(plan, node, emission).arguments["dtype"] for node in plan.nodes[1:]}
    assert dtypes[plan.outputs[0]] == ("float64" if precision == "float64" else "float32")
    assert dtypes["encoder_level0_conv1"] == precision


@pytest.mark.parametrize("narrow", ["bfloat16", "float16"])
def test_what_predicts_alone_keeps_kernels_as_they_are_multiplied(narrow: str) -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d", ["up=nearest", "norm=instance"]))
    emission = Emission("channels_last", dtype=f"mixed_{narrow}", is_for_predictions=True)
    dtypes = {
        type(node.op): layer_call(plan, node, emission).arguments["dtype"]
        for node in plan.nodes[1:]
        if node.name not in plan.outputs
    }
    assert dtypes[Conv] == narrow
    assert {of for op, of in dtypes.items() if op is not Conv} == {f"mixed_{narrow}"}
    wide = Emission("channels_last", dtype="float64", is_for_predictions=True)
    assert {layer_call(plan, node, wide).arguments["dtype"] for node in plan.nodes[1:]} == {"float64"}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_every_layer_is_named_and_knows_its_layout(data_format: str) -> None:
    config = unetgen.load("quickstart2d", ["dropout=0.1", f"input.data_format={data_format}"])
    plan = unetgen.plan(config)
    emission = Emission(data_format)
    for node in plan.nodes:
        call = layer_call(plan, node, emission)
        assert call.arguments["name"] == node.name
        assert call.arguments.get("data_format", data_format) == data_format
        assert call.arguments.get("axis", emission.channel_axis) == emission.channel_axis


def test_nothing_is_left_without_a_seed() -> None:
    plan = unetgen.plan(unetgen.load("quickstart2d", ["dropout=0.1", "kernel_initializer=he_normal"]))

    def seeds(call: Call) -> list[object]:
        found = [value for key, value in call.arguments.items() if key == "seed"]
        return found + [s for v in call.arguments.values() if isinstance(v, Call) for s in seeds(v)]

    found = [seed for node in plan.nodes for seed in seeds(layer_call(plan, node, Emission("channels_last")))]
    assert found
    assert all(isinstance(seed, int) for seed in found)
