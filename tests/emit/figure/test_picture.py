"""What `picture` refuses, what it falls back to and says, and two figures in one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emit.figure.corpus import SAMPLED, drawn, drawn_at, plan_of
from tests.emit.figure.geometry import bounds, collisions
from unetgen.emit.figure.compared import compared
from unetgen.emit.figure.picture import picture
from unetgen.emit.figure.shapes import Text
from unetgen.emit.figure.svg import svg
from unetgen.errors import UnetgenError


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("depth7", {"width": 80}, "no view of this network fits a width of 80 pt; use width"),
        ("unet3d_depth2", {"view": "bloc"}, "no such view: 'bloc'; there are block, stage, grid"),
        ("unet3d_depth2", {"scale": "cubic"}, "no such scale: 'cubic'; there are log, sqrt, linear"),
        ("unet3d_depth2", {"theme": "x"}, "no such theme"),
        ("unet3d_depth2", {"width": "x"}, "not a width"),
        ("unet2d_2015", {"cuboid": True}, "this one is 2D; leave out --cuboid"),
        (
            "unet3d_depth2",
            {"cuboid": True, "view": "stage"},
            "the stage view has no cuboids; use the block view",
        ),
    ],
)
def test_refusals_say_what_to_do(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UnetgenError, match=message):
        picture(plan_of(name), name=name, **options)


def test_the_block_view_falls_back_to_the_stage_view_and_says_so() -> None:
    shown = drawn("unet2d_2015", "block", "single")
    assert shown
    (note,) = shown.notes
    assert "the block view does not fit a width of 245 pt" in note and "use width double" in note
    stage = drawn("unet2d_2015", "stage", "single")
    assert stage and stage.shapes == shown.shapes and not stage.notes


@pytest.mark.parametrize("scale", ["sqrt", "linear"])
def test_other_scales_keep_labels_clear(scale: str) -> None:
    for name in ("unet3d_depth4", "unet2d_2015", "wide"):
        for view in ("block", "stage"):
            shown = drawn(name, view, "double", scale=scale)
            assert shown and not collisions(shown)


def test_ids_begin_with_the_fingerprint() -> None:
    shown = drawn("unet3d_depth2", "block", "single")
    assert shown and shown.prefix == f"u{plan_of('unet3d_depth2').fingerprint[:8]}"


def test_valid_padding_labels_both_ends_of_a_row() -> None:
    shown = drawn("unet2d_2015", "block", "double")
    assert shown
    texts = [shape.text for shape in shown.shapes if isinstance(shape, Text)]
    assert {"572×572", "388×388", "32×32", "copy and crop"} <= set(texts)


@pytest.mark.parametrize("view", ["block", "stage"])
def test_two_figures_mark_what_differs(view: Any) -> None:
    a, b = plan_of("quickstart2d"), plan_of("additive")
    both = compared(a, b, name_a="one", name_b="two", view=view)
    assert not collisions(both)
    marked = {shape.group for shape in both.shapes if shape.role == "marker"}
    assert "a/decoder/level0/skip" in marked and "b/decoder/level0/skip" in marked
    assert not {group for group in marked if group and "encoder" in group}
    assert len(both.groups) == len({*both.groups})
    assert all(bounds(shape)[3] <= both.height for shape in both.shapes)
    alike = compared(a, a, name_a="one", name_b="two", view=view)
    assert not [shape for shape in alike.shapes if shape.role == "marker"]


def test_comparing_shows_both_in_one_view() -> None:
    both = compared(plan_of("depth7"), plan_of("quickstart2d"), name_a="deep", name_b="shallow")
    assert both.notes
    assert {group.split("/")[-1] for group in both.groups if group.startswith("b/encoder")} >= {
        "level0",
        "level1",
    }


@pytest.mark.parametrize(("name", "widths"), SAMPLED)
def test_whatever_is_drawn_belongs_to_a_group_of_the_picture(name: str, widths: tuple[str, ...]) -> None:
    for asked, shown in drawn_at(name, widths).items():
        assert {shape.group for shape in shown.shapes} <= {None, *shown.groups}, asked
        assert svg(shown)


def test_a_long_name_ends_with_the_page() -> None:
    plan = plan_of("quickstart2d")
    both = compared(plan, plan, name_a="a" * 300, name_b="b", width="single", view="stage")
    assert all(bounds(shape)[2] <= both.width for shape in both.shapes)


LEAST = {"tiny": 0, "quickstart2d": 147, "nnunet": 221, "valid_1d": 147, "anisotropic": 184}
"""The narrowest of the widths below that a network's block view fits."""


@pytest.mark.parametrize("width", range(110, 800, 37))
def test_any_width_that_fits_keeps_texts_clear_and_on_the_page(width: int) -> None:
    for name, least in LEAST.items():
        if width < least:
            with pytest.raises(UnetgenError, match=f"fits a width of {width} pt; use width single"):
                drawn(name, "block", str(width))
            continue
        shown = drawn(name, "block", str(width))
        assert shown.width == width and not collisions(shown)
        assert all(bounds(shape)[0] >= 0 and bounds(shape)[2] <= width for shape in shown.shapes)
