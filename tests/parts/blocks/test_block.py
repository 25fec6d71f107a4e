"""What every kind has: `repeats`, the gate, dropout at the end, and lists per level that are checked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parts.blocks.lowering import PRE, plan_of, words
from unetgen.config.loader import from_dict
from unetgen.errors import ConfigError
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.plain import PlainBlock
from unetgen.parts.blocks.residual import ResidualBlock
from unetgen.parts.part import kind_of
from unetgen.plan.ops import Add, Conv, Multiply, Scale

BASE: dict[str, Any] = {"input": {"shape": [16, 16]}, "depth": 3, "base_filters": 4, "num_classes": 2}
each_kind = pytest.mark.parametrize("kind", [kind for kind in BLOCKS if issubclass(kind, Block)], ids=kind_of)


OWN_WIDTH = {"multires": 2 + 4 + 6}
"""What blocks give that do not give the level's width of 8: shares of 1.67 times it, rounded down."""


def widths(kind: Any) -> tuple[int, ...]:
    return (8,) * (kind.fixed_widths or 2)


@pytest.mark.parametrize("order", [("conv", "norm", "activation", "dropout"), PRE])
@pytest.mark.parametrize("strides", [None, (2,), (1, 2), (2, 1, 2)], ids=str)
@each_kind
def test_each_kind_has_the_level_s_width_and_takes_strides_per_axis(
    kind: Any, strides: tuple[int, ...] | None, order: tuple[str, ...]
) -> None:
    spatial = (8,) * len(strides or (1, 1))
    plan = plan_of(kind(), widths(kind), spatial, 3, strides=strides, order=order)
    assert plan.nodes[-1].spec.channels == OWN_WIDTH.get(kind.model_fields["kind"].default, 8)
    assert plan.nodes[-1].spec.spatial == tuple(8 // s for s in strides or (1, 1))


@each_kind
def test_repeats_stand_one_after_the_other_and_only_the_first_is_strided(kind: Any) -> None:
    once = plan_of(kind(), widths(kind), (8, 8), 8)
    plan = plan_of(kind(repeats=3), widths(kind), (8, 8), 8, strides=(2, 2))
    parts = [{n.name for n in plan.nodes[1:] if n.scope.startswith(f"block{i}")} for i in (1, 2, 3)]
    assert sum(map(len, parts)) == len(plan.nodes) - 1
    assert len(parts[1]) == len(parts[2]) == len(once.nodes) - 1
    later = [node for node in plan.nodes if node.name in parts[1] | parts[2]]
    assert not any(isinstance(node.op, Conv) and max(node.op.strides) > 1 for node in later)
    assert {node.spec.spatial for node in (plan.nodes[-1], later[0])} == {(4, 4)}


def test_one_repeat_has_no_scope_of_its_own_and_a_list_is_per_level() -> None:
    block = PlainBlock(repeats=(1, 2))
    assert plan_of(block, (8,)).nodes[1].scope == "conv1"
    assert plan_of(block, (8,), level=1).nodes[1].scope == "block1/conv1"
    assert len(words(plan_of(block, (8,), level=1))) == 2 * len(words(plan_of(block, (8,))))


@each_kind
def test_a_gate_stands_before_the_addition_or_else_at_the_end(kind: Any) -> None:
    block = kind.model_validate({"kind": kind_of(kind), "squeeze_excitation": "channel"})
    plan = plan_of(block, widths(kind), (8, 8), 3)
    gated = {node.name for node in plan.nodes if isinstance(node.op, Multiply)}
    assert gated
    last = next((node for node in reversed(plan.nodes) if isinstance(node.op, Add)), plan.nodes[-1])
    if isinstance(last.op, Add):
        scaled = {node.name for node in plan.nodes if isinstance(node.op, Scale) and {*node.inputs} <= gated}
        assert set(last.inputs) & (gated | scaled)
    else:
        assert last.name in gated


def test_dropout_at_the_end_stands_after_each_repetition() -> None:
    plan = plan_of(ResidualBlock(repeats=2), (8, 8), dropout_rate=0.5, dropout_at_end=True)
    assert [w for w in words(plan) if w in ("add", "dropout")] == ["add", "dropout"] * 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"block": {"kind": "plain", "repeats": [1, 2]}}, "block.repeats: has 2 entries for 3 levels"),
        (
            {"decoder": {"block": {"kind": "plain", "repeats": [1, 2, 3]}}},
            "decoder.block.repeats: has 3 entries for 2 decoder levels",
        ),
        ({"block": {"kind": "dense", "layers": [1, 2]}}, "block.layers: has 2 entries for 3 levels"),
        ({"block": {"kind": "rsu", "height": [2, 2]}}, "block.height: has 2 entries for 3 levels"),
        ({"block": {"kind": "rsu", "dilated": [True]}}, "block.dilated: has 1 entry for 3 levels"),
        ({"block": {"kind": "plain", "dilation": [[1, 2]]}}, "block.dilation: has 1 entry for 3 levels"),
        ({"block": {"kind": "dilated", "dilations": [[1, 2]]}}, "block.dilations: has 1 entry for 3 levels"),
        (
            {"block": {"kind": "residual", "activation_before_add": [True]}},
            "block.activation_before_add: has 1 entry for 3 levels",
        ),
        ({"block": {"kind": "rsu", "height": [2, 1, 2]}}, "block.height.1: must be at least 2"),
        ({"block": {"kind": "rsu", "dilated": [True, 0, True]}}, "block.dilated.1: must be true or false"),
        ({"block": {"kind": "plain", "repeats": None}}, "block.repeats: must be a whole number"),
        (
            {"block": {"kind": "convnext", "kernel": [7]}},
            "block.kernel: has 1 number for 2 spatial axes",
        ),
        (
            {"block": "rsu", "filters": [[2, 4], [2, 4], 4], "base_filters": None},
            None,
        ),
        (
            {"block": "rsu", "filters": [[2, 4], [4], [2, 4]], "base_filters": None},
            "filters.1: has 1 filter count for a rsu block, which has 2 widths",
        ),
        (
            {"block": "bottleneck", "conv_widths": [1, 2]},
            "conv_widths: has 2 widths for a bottleneck block, which has 1 width",
        ),
        (
            {"block": "bottleneck", "decoder": {"convs": 2}},
            "decoder.convs: a bottleneck block has 1 width, whatever this says",
        ),
        (
            {"block": "plain", "decoder": {"block": "rsu", "filters": [[4, 4, 4], 4]}},
            "decoder.filters.0: has 3 filter counts for a rsu block, which has 2 widths",
        ),
        ({"block": "bottleneck", "decoder": {"convs": 1}}, None),
    ],
)
def test_lists_and_widths_are_checked(given: dict[str, Any], message: str | None) -> None:
    if message is None:
        from_dict(BASE | given)
        return
    with pytest.raises(ConfigError) as error:
        from_dict(BASE | given)
    assert [str(p).startswith(f"config: {message}") for p in error.value.problems] == [True], error.value


def test_a_list_of_the_encoder_serves_the_mirrored_decoder_by_level() -> None:
    from unetgen import plan

    made = plan(from_dict(BASE | {"block": {"kind": "plain", "repeats": [1, 2, 3]}}))
    scopes = {node.scope for node in made.nodes}
    assert "decoder/level1/block2/conv1" in scopes
    assert "decoder/level0/conv1" in scopes


@pytest.mark.parametrize("kind", ["recurrent", "dilated", "naf", "rsu"])
def test_what_needs_padding_says_so(kind: str) -> None:
    with pytest.raises(ConfigError, match=rf"padding: a {kind} block needs padded convolutions: .* \(got 'v"):
        from_dict(BASE | {"input": {"shape": [128, 128]}, "block": kind, "padding": "valid"})


@pytest.mark.parametrize("kind", ["dense", "convnext", "cmunext"])
def test_strides_in_an_unpadded_block_that_enters_are_refused(kind: str) -> None:
    down = {"kind": "strided_conv", "into_block": True}
    with pytest.raises(ConfigError, match=r"down\.into_block: this block takes strides by a convolution as"):
        from_dict(BASE | {"input": {"shape": [129, 129]}, "block": kind, "padding": "valid", "down": down})


def test_an_activation_that_halves_channels_cannot_be_added() -> None:
    with pytest.raises(ConfigError, match=r"activation: changes the channels, so that a block cannot add"):
        from_dict(BASE | {"block": "recurrent", "activation": "glu"})


def test_an_even_kernel_of_a_block_is_refused_where_it_stands() -> None:
    with pytest.raises(ConfigError, match=r"config: block\.kernel: an even kernel has no symmetric padding"):
        from_dict(BASE | {"block": {"kind": "convnext", "kernel": 4}, "padding": "torch"})
