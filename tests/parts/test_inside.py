"""What enters the decoder's blocks between their convolutions: a skip, and a vector of the whole image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import unetgen
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError
from unetgen.model.running import predicted
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Add, AddVector, GlobalPool, UnitNorm

BASE: dict[str, Any] = {
    "input": {"shape": [8, 12], "channels": 2},
    "depth": 3,
    "base_filters": 2,
    "num_classes": 2,
}
ADDED = {"skip": {"kind": "add", "place": "in_block"}}


def plan_of(**more: Any) -> Plan:
    return unetgen.plan(from_dict({**BASE, **more}))


def decoder_ops(plan: Plan, level: int) -> list[str]:
    nodes = [n for n in plan.nodes if (n.place.side, n.place.level) == ("decoder", level)]
    return [type(node.op).__name__ for node in nodes if not node.place.part]


@pytest.mark.parametrize("block", ["plain", {"kind": "residual", "repeats": 2}])
def test_the_vector_enters_before_every_convolution_but_a_level_s_first(block: Any) -> None:
    alone, plan = plan_of(block=block), plan_of(block=block, decoder={"style": "average"})
    added = [node for node in plan.nodes if isinstance(node.op, AddVector)]
    convs = 2 if block == "plain" else 4
    assert len(added) == 2 * (convs - 1)
    pool, unit = (node for node in plan.nodes if isinstance(node.op, GlobalPool | UnitNorm))
    assert plan.by_name[pool.inputs[0]].place.level == 2
    dense = [plan.by_name[node.inputs[1]] for node in added]
    assert {node.inputs for node in dense} == {(unit.name,)}
    weights = sum(plan.params_of(node) for node in dense)
    assert weights == sum(8 * width + width for width in (4, 2)) * (convs - 1)
    assert plan.params == alone.params + weights
    firsts = [n for n in plan.nodes if n.name.endswith(("level0_conv1", "level1_conv1", "block1_conv1"))]
    assert not {name for node in firsts for name in node.inputs} & {node.name for node in added}


def test_the_skip_joins_behind_the_first_convolution_and_the_shortcut_leaves_it_out() -> None:
    plan = plan_of(block="residual", up="nearest", **ADDED)
    ops = decoder_ops(plan, 1)
    assert ops.index("Add") > ops.index("Conv") and ops.count("Add") == 2
    join = next(n for n in plan.nodes if n.place.has("join") and n.place.level == 1)
    assert [plan.by_name[name].place.side for name in join.inputs] == ["decoder", "encoder"]
    (shortcut,) = (
        n for n in plan.nodes if n.place.level == 1 and n.place.side == "decoder" and n.place.has("shortcut")
    )
    assert plan.by_name[shortcut.inputs[0]].place.part == "up"
    assert not [n for n in plan.nodes if n.place.part == "skip"]


def test_a_block_of_the_way_up_stands_on_the_bottom_which_is_its_skip() -> None:
    plan = plan_of(decoder={"on_bottom": True, "style": "max"}, block="residual", up="nearest", **ADDED)
    (join,) = (n for n in plan.nodes if n.place.part == "bottleneck" and n.place.has("join"))
    first, bottom = (plan.by_name[name] for name in join.inputs)
    assert first.spec.channels == 8 and first.place.ends_with("conv")
    assert isinstance(join.op, Add) and bottom.place.part is None and bottom.place.level == 2
    (pool,) = (n for n in plan.nodes if isinstance(n.op, GlobalPool))
    assert pool.op == GlobalPool("max") and pool.inputs == (bottom.name,)
    up = plan.by_name["decoder_level1_up"]
    assert plan.by_name[up.inputs[0]].place.part == "bottleneck"


@pytest.mark.parametrize(
    ("shape", "data_format"),
    [([8], "channels_last"), ([4, 8], "channels_first"), ([4, 4, 8], "channels_last")],
)
def test_the_numbers_of_the_vector_are_those_by_hand(shape: list[int], data_format: str) -> None:
    """With kernels of zeros in all else, what the last block gives is its dense layer's."""
    data = {
        **BASE,
        "input": {"shape": shape, "channels": 2, "data_format": data_format},
        "depth": 2,
        "activation": "linear",
        "decoder": {"style": {"unit": True}},
        "head": {"activation": "linear"},
    }
    model = unetgen.build(from_dict(data))
    random = np.random.default_rng(0)
    for layer in model.layers:
        arrays = [random.normal(0, 0.5, w.shape) for w in layer.get_weights()]
        layer.set_weights([0 * a if layer.name == "decoder_level0_conv1" else a for a in arrays])
    of = {layer.name: layer for layer in model.layers}
    x = random.normal(size=(3, *model.input_shape[1:])).astype("float32")
    (bottom,) = predicted(type(model)(model.input, of["encoder_level1_conv2"].output, name="b"), x)
    bottom = np.moveaxis(bottom, 1, -1) if data_format == "channels_first" else bottom
    mean = bottom.reshape(3, -1, 4).mean(1)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    kernel, bias = of["decoder_level0_conv2_style_dense"].get_weights()
    vector = mean @ kernel.reshape(4, 2) + bias
    (found,) = predicted(type(model)(model.input, of["decoder_level0_conv2_style"].output, name="s"), x)
    found = np.moveaxis(found, 1, -1) if data_format == "channels_first" else found
    np.testing.assert_allclose(
        found, np.broadcast_to(vector.reshape(3, *[1] * len(shape), 2), found.shape), atol=1e-5
    )


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"decoder": {"style": "average"}, "topology": "unet_plus_plus"}, "decoder.style: unet_plus_plus has no"),
    (
        {"decoder": {"on_bottom": True}, "topology": "unet_3_plus"},
        "decoder.on_bottom: unet_3_plus has no place",
    ),
    ({**ADDED, "topology": "strided_unet"}, "skip.place: strided_unet has no place"),
    ({"decoder": {"style": "average", "block": "dense"}}, "decoder.style: has no place in a dense block"),
    ({**ADDED, "block": "recurrent"}, "skip.place: has no place in a recurrent block"),
    ({"decoder": {"style": "average", "convs": 1}}, "decoder.style: enters between the convolutions of a"),
    ({"decoder": {"style": "sum"}}, "must be average or max"),
]


@pytest.mark.parametrize(("more", "message"), WRONG)
def test_what_has_no_place_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(**more)
    assert message in str(caught.value)


def test_a_shortcut_can_be_projected_in_a_level_s_first_block_and_normalized_before() -> None:
    block = {"kind": "residual", "repeats": 2, "projection": "first", "projection_norm": "before"}
    plan = plan_of(block=block, norm="batch", filters=[4, 4, 4], base_filters=None)
    ops = [
        [type(n.op).__name__ for n in plan.nodes if n.scope == f"encoder/level1/block{index}/shortcut"]
        for index in (1, 2)
    ]
    assert ops == [["Norm", "Conv"], []]
