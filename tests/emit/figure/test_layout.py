"""What every picture of every network keeps to, whatever its view, width and theme."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.emit.figure.corpus import (
    FIRST_WIDTHS,
    GRIDS,
    NAMES,
    PICTURES,
    REFUSED,
    SAMPLED,
    SYNTHETIC,
    WIDTHS,
    drawn,
    drawn_at,
    plan_of,
)
from tests.emit.figure.geometry import bounds, collisions
from tests.emit.figure.refusals import WIDER_AS_CUBOIDS, refusal
from tests.tiers import sampled
from unetgen.emit.figure.picture import width_in_points
from unetgen.emit.figure.shapes import Line, Shape, Text
from unetgen.emit.figure.themes import THEMES
from unetgen.errors import UnetgenError

CUBOIDS = [
    (name, width)
    for name in NAMES
    if plan_of(name).input.spec.dims == 3 and name not in GRIDS
    for width in WIDTHS
    if not refusal(name, "block", width, cuboid=True)
]
LOOKS = [(name, view) for name, view, width in PICTURES if width == "double" and name in SYNTHETIC]


def said(name: str, view: str, width: str, **options: bool) -> str:
    """The message that refuses a picture."""
    with pytest.raises(UnetgenError) as refused:
        drawn(name, view, width, **options)
    return str(refused.value)


def test_what_cannot_be_drawn_is_refused_with_what_to_do() -> None:
    assert {asked: said(*asked) for asked in REFUSED} == {asked: refusal(*asked) for asked in REFUSED}
    assert {case: said(case[0], "block", case[1], cuboid=True) for case in WIDER_AS_CUBOIDS} == {
        (name, width): refusal(name, "block", width, cuboid=True) for name, width in WIDER_AS_CUBOIDS
    }


@pytest.mark.parametrize(("name", "widths"), SAMPLED)
def test_no_text_meets_a_text_an_arrow_or_a_box(name: str, widths: tuple[str, ...]) -> None:
    for asked, picture in drawn_at(name, widths).items():
        assert not collisions(picture), asked


@pytest.mark.parametrize(
    ("name", "width"), sampled(CUBOIDS, [case for case in CUBOIDS if case[1] in FIRST_WIDTHS])
)
def test_no_text_meets_a_cuboid(name: str, width: str) -> None:
    picture = drawn(name, "block", width, cuboid=True)
    assert not collisions(picture)


def test_a_text_moved_onto_a_box_is_found() -> None:
    picture = drawn("unet3d_depth2", "block", "single")
    shapes = tuple(
        replace(shape, at=(shape.at[0], shape.at[1] + 3.0))
        if isinstance(shape, Text) and shape.text == "128"
        else shape
        for shape in picture.shapes
    )
    assert collisions(replace(picture, shapes=shapes))


@pytest.mark.parametrize(("name", "widths"), SAMPLED)
def test_the_page_is_as_wide_as_asked_and_holds_everything(name: str, widths: tuple[str, ...]) -> None:
    for asked, picture in drawn_at(name, widths).items():
        assert picture.width == width_in_points(asked.split(", ")[1])
        for shape in picture.shapes:
            left, top, right, bottom = bounds(shape)
            assert left >= 0 and top >= 0, (asked, shape)
            assert right <= picture.width and bottom <= picture.height, (asked, shape)


@pytest.mark.parametrize(("name", "widths"), SAMPLED)
def test_text_is_black_and_5_to_7_points(name: str, widths: tuple[str, ...]) -> None:
    for asked, picture in drawn_at(name, widths).items():
        texts = [shape for shape in picture.shapes if isinstance(shape, Text)]
        assert all(5 <= text.size <= 7 and text.fill == "#000000" for text in texts), asked


@pytest.mark.parametrize(("name", "widths"), SAMPLED)
def test_every_node_belongs_to_one_drawn_group(name: str, widths: tuple[str, ...]) -> None:
    for asked, picture in drawn_at(name, widths).items():
        members = [node for nodes in picture.groups.values() for node in nodes]
        assert sorted(members) == sorted(node.name for node in plan_of(name).nodes), asked
        named = {shape.group for shape in picture.shapes if not isinstance(shape, Text)}
        assert set(picture.groups) == named - {None}, asked


@pytest.mark.parametrize(("name", "view"), LOOKS)
@pytest.mark.parametrize("theme", THEMES)
def test_themes_change_colours_alone(name: str, view: str, theme: str) -> None:
    plain, themed = drawn(name, view, "double"), drawn(name, view, "double", theme)
    assert [_shape(shape) for shape in plain.shapes] == [_shape(shape) for shape in themed.shapes]


def _shape(shape: Shape) -> Shape:
    if isinstance(shape, Text):
        return replace(shape, fill="")
    if isinstance(shape, Line):
        return replace(shape, stroke="")
    return replace(shape, fill=None, stroke=shape.stroke and "")
