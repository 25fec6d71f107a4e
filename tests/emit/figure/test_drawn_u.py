from __future__ import annotations

from dataclasses import replace

import pytest

from tests.emit.figure.corpus import GRIDS, NAMES, plan_of
from unetgen.emit.figure.drawn_grid import drawn_grid
from unetgen.emit.figure.explain import caption, description, padded, title
from unetgen.emit.figure.legend_words import conv_words, head_words, skip_words, way_words
from unetgen.emit.figure.measures import Channels, factors, size_text
from unetgen.emit.figure.u_reading import drawn_u
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Plan
from unetgen.plan.place import Piece, Place

ODD = Place(pieces=(Piece("odd"), Piece("thing")))


@pytest.mark.parametrize("name", NAMES)
def test_every_node_belongs_to_one_operation(name: str) -> None:
    plan = plan_of(name)
    found = drawn_grid(plan) if name in GRIDS else drawn_u(plan)
    members = [node.name for operation in found.operations for node in operation.nodes]
    assert sorted(members) == sorted(node.name for node in plan.nodes)


def test_a_place_that_nobody_knows_joins_what_stands_before_it() -> None:
    plan = plan_of("quickstart2d")
    strange = Plan(
        tuple(
            replace(node, place=ODD) if node.scope == "encoder/level3/conv2" else node for node in plan.nodes
        ),
        plan.outputs,
    )
    found = drawn_u(strange)
    assert sum(len(operation.nodes) for operation in found.operations) == len(plan.nodes)
    assert [step.group for step in found.encoder[3].steps] == [
        "encoder/level3/conv1",
        "encoder/level3/odd/thing",
    ]


def test_what_is_no_u_is_refused() -> None:
    plan = plan_of("quickstart2d")
    trunk = Place(pieces=(Piece("trunk"),))
    flat = Plan(tuple(replace(node, place=trunk) for node in plan.nodes), plan.outputs)
    with pytest.raises(UnetgenError, match="only a U can be drawn"):
        drawn_u(flat)


def test_a_residual_block_has_a_join_from_its_start_to_its_end() -> None:
    found = drawn_u(plan_of("residual"))
    for row in found.rows:
        (join,) = row.joins
        assert (join.source, join.target) == (-1, 1)
        assert join.shortcut and join.shortcut.convolves


def test_a_stride_in_the_block_is_its_way_down() -> None:
    found = drawn_u(plan_of("nnunet"))
    assert [row.way.group for row in found.encoder if row.way] == [
        f"encoder/level{k}/conv1" for k in range(1, 5)
    ]
    assert [len(row.steps) for row in found.encoder] == [2, 1, 1, 1, 1]
    assert list(found.heads) == [0, 1, 2, 3]


def test_both_halves_of_a_concatenation_are_counted() -> None:
    merge = drawn_u(plan_of("unet3d_depth2")).decoder[0].merge
    assert merge and (merge.copied, merge.risen, merge.adds, merge.crops) == (64, 128, False, False)


@pytest.mark.parametrize(
    ("name", "conv", "down", "up", "skip", "head"),
    [
        (
            "unet3d_depth2",
            "conv 3×3×3, ReLU",
            "max pool 2×2×2",
            "nearest upsampling 2×2×2",
            "copy and concatenate",
            "conv 1×1×1, sigmoid",
        ),
        (
            "unet2d_2015",
            "conv 3×3, ReLU, dropout 0.5 (encoder levels 3, 4)",
            "max pool 2×2",
            "up-conv 2×2, ReLU",
            "copy and crop",
            "conv 1×1, softmax",
        ),
        (
            "additive",
            "conv 3×3, batch norm, ReLU",
            "max pool 2×2",
            "nearest upsampling 2×2, conv 3×3, batch norm, ReLU",
            "copy and add (conv 1×1)",
            "conv 1×1, softmax",
        ),
        (
            "anisotropic",
            "conv 1×3×3 or 3×3×3, instance norm, LeakyReLU",
            "max pool",
            "up-conv",
            "copy and concatenate",
            "conv 1×1×1, softmax",
        ),
        (
            "shuffled",
            "batch norm, ReLU, conv 3×3",
            "average pool 2×2",
            "conv 1×1, pixel shuffle 2×2",
            "copy and concatenate",
            "conv 1×1, softmax",
        ),
    ],
)
def test_legends_say_what_the_config_says(
    name: str, conv: str, down: str, up: str, skip: str, head: str
) -> None:
    found = drawn_u(plan_of(name))
    merges = [row.merge for row in found.decoder.values() if row.merge]
    assert conv_words(found) == conv
    assert way_words(found.encoder) == down
    assert way_words(found.decoder.values()) == up
    assert skip_words(merges) == skip
    assert head_words(found.heads) == head


def test_factors_stand_on_arrows_where_axes_or_levels_differ() -> None:
    assert factors(drawn_u(plan_of("anisotropic")))
    assert not factors(drawn_u(plan_of("unet3d_depth2")))


def test_channels_share_their_range_by_scale() -> None:
    found = drawn_u(plan_of("unet2d_2015"))
    log, linear = Channels.of(found, "log"), Channels.of(found, "linear")
    assert [log.share(c) for c in (1, 64, 256, 1024)] == pytest.approx([0, 0, 0.5, 1])
    assert linear.share(256) == pytest.approx((256 - 64) / (1024 - 64))
    flat = Channels.of(drawn_u(plan_of("flat")), "log")
    assert 6 + 16 * flat.share(16) == 12


def test_sizes_are_powers_where_axes_agree() -> None:
    assert size_text((256, 256), short=True) == "256²"
    assert size_text((64, 64, 64), short=True) == "64³"
    assert size_text((160, 160, 16), short=True) == "160×160×16"
    assert size_text((4096,), short=True) == "4096"


def test_texts_for_readers() -> None:
    found = drawn_u(plan_of("unet3d_depth2"))
    assert title(found, "net") == "net: 3D U-Net with 2 levels"
    text = description(found, "net")
    assert "level 1 at 80×80×8 with 64, 128 channels" in text
    assert "833,507" in caption(found, "a_b", stage=False) and r"a\_b" in caption(found, "a_b", stage=False)
    assert padded(drawn_u(plan_of("padded"))) == "input 123×128, padded to 128×128, output cropped back"
    assert padded(found) == ""
