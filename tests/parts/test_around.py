"""A norm and an activation that a part has of its own: where they stand, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.networks import plan
from unetgen.errors import ConfigError
from unetgen.plan.ops import Activation, Norm

OWN = {"norm": {"kind": "group", "groups": 2, "epsilon": 1e-5}, "activation": "silu"}
PARTS: dict[str, tuple[dict[str, Any], str]] = {
    "transposed": ({"up": {"kind": "transposed", **OWN}}, "decoder_level0_up"),
    "pixel_shuffle": ({"up": {"kind": "pixel_shuffle", **OWN}}, "decoder_level0_up"),
    "conv of an up": ({"up": {"kind": "linear", "conv": {"kernel": 3, **OWN}}}, "decoder_level0_up_conv"),
    "strided_conv": ({"down": {"kind": "strided_conv", **OWN}}, "encoder_level1_down"),
    "space_to_depth": ({"down": {"kind": "space_to_depth", **OWN}}, "encoder_level1_down"),
    "stem": ({"stem": OWN}, "encoder_level0_stem"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_has_its_own_norm_and_activation_and_the_rest_the_config_s(part: str) -> None:
    fields, name = PARTS[part]
    nodes = plan((16, 16), norm="batch", **fields).by_name
    norm, activation = nodes[f"{name}_norm"], nodes[f"{name}_activation"]
    assert norm.op == Norm("group", 1e-5, groups=2)
    assert activation.op == Activation("silu") and activation.inputs == (norm.name,)
    assert nodes["encoder_level0_conv1_norm"].op == Norm("batch", 1e-3, 0.99)
    assert nodes["encoder_level0_conv1_activation"].op == Activation("relu")


@pytest.mark.parametrize("part", PARTS)
def test_neither_where_both_are_false(part: str) -> None:
    fields, name = PARTS[part]
    (field, said), *_ = fields.items()
    off = {"norm": False, "activation": False}
    bare = {key: off if key == "conv" else off.get(key, value) for key, value in said.items()}
    if "conv" in bare:
        bare["conv"] = {"kernel": 3, **off}
    names = plan((16, 16), norm="batch", **{field: bare}).by_name
    assert not {f"{name}_norm", f"{name}_activation"} & set(names)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"up": {"kind": "transposed", "norm": {"kind": "group", "groups": 3}}}, "up.norm.groups: does not"),
        ({"up": [{"kind": "transposed", "activation": "glu", "filters": 3}]}, "up.0.activation: halves its"),
        ({"down": {"kind": "strided_conv", "norm": "batch"}, "order": ["conv", "activation"]},
         "down.norm: needs `norm` in the config's `order` (got 'batch'); add `norm` to it"),
        ({"up": {"kind": "nearest", "conv": {"norm": "batch"}}, "order": ["conv", "activation"]},
         "up.conv.norm: needs `norm` in the config's `order`"),
        ({"up": {"kind": "transposed", "norm": "bach"}}, "up.norm: unknown kind (got 'bach'); did you mean"),
        ({"up": {"kind": "transposed", "norm": None}}, "up.norm: must be true, false, the name of a kind"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_of_the_part(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        plan((16, 16), **fields)
    assert str(refused.value).startswith(f"config: {message}")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["activation", "conv", "norm"], ["up_activation", "up", "up_norm"]),
        (["norm", "activation", "conv"], ["up_norm", "up_activation", "up"]),
    ],
)
def test_a_pre_activated_up_stands_in_the_config_s_order(order: list[str], expected: list[str]) -> None:
    up = {"kind": "transposed", "norm": True, "activation": "relu", "pre_activation": True}
    nodes = plan((16, 16), norm="batch", activation="silu", order=order, up=up).nodes
    assert [node.name for node in nodes if node.place.part == "up"] == [
        f"decoder_level0_{n}" for n in expected
    ]
    after = plan((16, 16), norm="batch", order=order, up={**up, "pre_activation": False}).nodes
    assert next(node.name for node in after if node.place.part == "up") == "decoder_level0_up"


def test_the_last_up_of_a_strided_u_keeps_what_stands_before_it_alone() -> None:
    up = {"kind": "transposed", "kernel": 4, "norm": "batch", "activation": "relu", "pre_activation": True}
    nodes = plan(
        (16, 16),
        up=up,
        order=["activation", "conv", "norm"],
        topology={"kind": "strided_unet", "decoder_blocks": False},
        down={"kind": "strided_conv", "into_block": True},
    ).nodes
    assert [node.name for node in nodes if node.place.side == "head"] == [
        "head_up_activation",
        "head_up",
        "head_activation",
    ]


def test_a_pre_activation_without_anything_before_the_convolution_is_refused() -> None:
    up = {"kind": "transposed", "norm": True, "activation": True, "pre_activation": True}
    with pytest.raises(
        ConfigError, match=r"up\.pre_activation: does nothing without a norm or an activation"
    ):
        plan((16, 16), norm="batch", up=up)
