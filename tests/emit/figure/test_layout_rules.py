"""The geometry that the specification asks for: directions, overlaps, lengths, heads."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise

import pytest

from tests.emit.figure.corpus import ROW_PICTURES, US, drawn, plan_of
from tests.emit.figure.geometry import bounds
from unetgen.emit.figure.picture import picture
from unetgen.emit.figure.shapes import Circle, Line, Picture, Point, Polygon, Text
from unetgen.emit.figure.themes import WEIGHTS

Arrow = tuple[str, Point, Point, str | None]
"""Role, tail, tip and group."""
WIDE = [(name, view) for name, view, width in ROW_PICTURES if width == "double"]


def arrows(picture: Picture) -> list[Arrow]:
    """Every arrow: a shaft, and the head that follows it in the list."""
    found = []
    for shaft, head in pairwise(picture.shapes):
        if isinstance(shaft, Line) and isinstance(head, Polygon) and head.role == "arrow-head":
            found.append((shaft.role, shaft.points[0], head.points[0], shaft.group))
    return found


def boxes(picture: Picture, role: str = "map") -> dict[str | None, tuple[float, float, float, float]]:
    return {s.group: bounds(s) for s in picture.shapes if isinstance(s, Polygon) and s.role == role}


@pytest.mark.parametrize(("name", "view", "width"), ROW_PICTURES)
def test_ways_are_vertical_and_everything_else_is_horizontal(name: str, view: str, width: str) -> None:
    shown = drawn(name, view, width)
    for role, (x0, y0), (x1, y1), _ in arrows(shown):
        if role in ("down", "up"):
            assert x0 == pytest.approx(x1)
            assert (y1 > y0) is (role == "down")
        elif role not in ("gating", "fuse"):
            assert y0 == pytest.approx(y1)
            assert x1 > x0


@pytest.mark.parametrize(("name", "view", "width"), ROW_PICTURES)
def test_arrows_have_a_visible_shaft(name: str, view: str, width: str) -> None:
    shown = drawn(name, view, width)
    for role, (x0, y0), (x1, y1), group in arrows(shown):
        length = abs(x1 - x0) + abs(y1 - y0)
        assert length >= (9.9 if role == "skip" else 6.0 - 1e-6), (role, group)


@pytest.mark.parametrize("name", [n for n in US if n not in ("wide", "wide_flat", "one_conv", "one_strided")])
def test_arrows_of_convolutions_are_6_to_16_long(name: str) -> None:
    shown = drawn(name, "block", "double")
    assert shown
    bottom = f"level{max(node.place.level or 0 for node in plan_of(name).nodes)}"
    for role, (x0, _), (x1, _), group in arrows(shown):
        if role == "conv" and group and bottom not in group:
            assert 6 - 1e-6 <= x1 - x0 <= 16 + 1e-6


def test_convolution_arrows_fill_the_width() -> None:
    shown = drawn("unet2d_2015", "block", "double")
    assert shown and not shown.notes
    left = min(bounds(shape)[0] for shape in shown.shapes)
    right = max(bounds(shape)[2] for shape in shown.shapes)
    assert left < 3 and right > shown.width - 3


@pytest.mark.parametrize("name", US)
def test_stage_boxes_overlap_by_6_and_the_arrow_stands_in_the_middle(name: str) -> None:
    shown = drawn(name, "stage", "double")
    assert shown
    found = {"/".join(g.split("/")[:2]): (b[0] + 0.3, b[2] - 0.3) for g, b in boxes(shown).items() if g}
    first = boxes(shown, "input-box")["input"]
    found.setdefault("encoder/level0", (first[0] + 0.3, first[2] - 0.3))  # a level without a block
    depth = sum(group.startswith("encoder") for group in found)
    ways = [x for role, (x, _), _, group in arrows(shown) if role in ("down", "up") and group]
    order = [f"encoder/level{k}" for k in range(depth)]
    order += [f"decoder/level{k}" for k in reversed(range(depth - 1)) if f"decoder/level{k}" in found]
    if "head/up" in found:  # behind a strided stem the input has a row of its own
        found["input"] = (first[0] + 0.3, first[2] - 0.3)
        order = ["input", *order, "head/up"]
    assert len(ways) == len(order) - 1
    for (one, two), x in zip(pairwise(order), ways, strict=True):
        assert found[one][1] - found[two][0] == pytest.approx(6)
        assert x == pytest.approx(found[one][1] - 3)


def test_block_rows_stand_under_the_last_box_above() -> None:
    shown = drawn("unet2d_2015", "block", "double")
    assert shown
    found = boxes(shown)
    for level in range(4):
        above, below = found[f"encoder/level{level}/conv2"], found[f"encoder/level{level + 1}/down"]
        assert above[0] + above[2] == pytest.approx(below[0] + below[2])
    risen = boxes(shown, "up-box")
    for level in range(3):
        above, below = risen[f"decoder/level{level}/skip"], found[f"decoder/level{level + 1}/conv2"]
        assert above[0] + above[2] == pytest.approx(below[0] + below[2])


def test_box_sizes_follow_channels_and_sizes() -> None:
    shown = drawn("unet2d_2015", "block", "double")
    assert shown
    found = boxes(shown)
    for level, channels in enumerate((64, 128, 256, 512, 1024)):
        left, top, right, bottom = found[f"encoder/level{level}/conv2"]
        assert right - left - 0.6 == pytest.approx(6 + 16 * level / 4), channels
        size = (572, 284, 140, 68, 32)[level]
        assert bottom - top - 0.6 == pytest.approx(64 * (size / 572) ** 0.5)


def test_two_halves_of_a_concatenation_abut() -> None:
    shown = drawn("unet3d_depth2", "block", "single")
    assert shown
    copied, risen = (boxes(shown, role)["decoder/level0/skip"] for role in ("copied-box", "up-box"))
    assert copied[2] - 0.6 == pytest.approx(risen[0])
    labels = {getattr(shape, "text", "") for shape in shown.shapes}
    assert "64+128" in labels


@pytest.mark.parametrize(("name", "view"), WIDE)
def test_operations_differ_without_their_colour(name: str, view: str) -> None:
    """In direction, weight or dash, so under greyscale and every colour vision too."""
    shown = drawn(name, view, "double")
    codes: dict[str, set[tuple[object, ...]]] = {}
    for shape in shown.shapes:
        if isinstance(shape, Line) and shape.role in WEIGHTS:
            (x0, y0), (x1, y1) = shape.points
            way = (x1 > x0 + 1e-9, y1 > y0 + 1e-9, y1 < y0 - 1e-9)
            codes.setdefault(shape.role, set()).add((way, shape.width, shape.dash))
    assert all(len(found) == 1 for found in codes.values())
    assert len(set.union(*codes.values())) == len(codes)


@pytest.mark.parametrize(("name", "view"), WIDE)
def test_heads_are_polygons_of_the_stated_size(name: str, view: str) -> None:
    shown = drawn(name, view, "double")
    for shaft, head in pairwise(shown.shapes):
        if isinstance(head, Polygon) and head.role == "arrow-head":
            assert isinstance(shaft, Line)
            left, top, right, bottom = bounds(head)
            long, wide = (6.0, 5.0) if shaft.role == "skip" else (4.2, 3.5)
            if shaft.role in ("gating", "fuse"):
                long, wide = 3.0, 2.4
            assert sorted((right - left, bottom - top)) == pytest.approx(sorted((long, wide)))


def test_a_residual_block_ends_in_an_addition_on_its_right() -> None:
    shown = drawn("residual", "block", "double")
    assert shown
    sums = [s for s in shown.shapes if isinstance(s, Circle) and s.group and s.group.endswith("/add")]
    assert len(sums) == 7 and all(circle.radius == 2.5 for circle in sums)


def test_the_figure_of_2015_has_every_size_and_number_of_its_paper() -> None:
    shown = drawn("unet2d_2015", "block", "double")
    said = {getattr(s, "text", "").removesuffix("²") for s in shown.shapes if s.role == "size"}
    encoder = {570, 568, 282, 280, 138, 136, 66, 64, 30, 28}
    decoder = {56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388}
    assert said >= {str(size) for size in encoder | decoder}
    pooled = [s for s in shown.shapes if isinstance(s, Text) and (s.group or "").endswith("/down")]
    assert [s.text for s in pooled] == ["64", "128", "256", "512"]


@pytest.mark.parametrize("name", ["residual", "nnunet", "strided", "resunet"])
def test_what_leaves_a_residual_block_leaves_from_behind_its_addition(name: str) -> None:
    shown = drawn(name, "block", "double")
    sums = [s for s in shown.shapes if isinstance(s, Circle) and s.role == "add" and s.group]
    leaving = [(x, y) for role, (x, y), _, _ in arrows(shown) if role in ("down", "up", "head")]
    ways = [at for at in leaving if any(abs(at[1] - c.centre[1]) < 1e-6 for c in sums)]
    assert len(sums) == 2 * plan_depth(name) - 1 and len(ways) >= len(sums)
    for x, y in ways:
        assert any(0 < x - c.centre[0] - c.radius < 5 and abs(y - c.centre[1]) < 1e-6 for c in sums)


def plan_depth(name: str) -> int:
    return 1 + max(node.place.level or 0 for node in plan_of(name).nodes)


@pytest.mark.parametrize(
    ("name", "width", "label"),
    [
        ("nnunet", "double", "1×1×1 /2"),
        ("resunet", "double", "1×1 /2"),
        ("nnunet_hippocampus_3d_resenc", "1000pt", "pool 2, 1×1×1"),
    ],
)
def test_a_shortcut_around_a_strided_convolution_branches_from_before_it(
    name: str, width: str, label: str
) -> None:
    shown = drawn(name, "block", width)
    paths = [s for s in shown.shapes if isinstance(s, Line) and s.role == "shortcut"]
    downs = [(tail, tip) for role, tail, tip, group in arrows(shown) if role == "down" and group]
    starts = [path.points[0] for path in paths]
    for (x, y0), (_, y1) in downs:
        assert any(abs(x - at) < 1e-6 and y0 < y < y1 for at, y in starts)
    said = [getattr(s, "text", "") for s in shown.shapes if s.role == "projection"]
    assert said.count(label) == len(downs)


CODE = """
import hashlib, sys
from tests.emit.figure.corpus import drawn
for name in ("nnunet", "unet2d_2015", "padded"):
    for view in ("block", "stage"):
        print(hashlib.sha256(repr(drawn(name, view, "double")).encode()).hexdigest())
"""


def test_the_same_plan_gives_the_same_picture_in_another_process() -> None:
    def run(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", CODE]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert run("1") == run("2") != ""


def test_an_equal_plan_gives_an_equal_picture() -> None:
    plan = plan_of("nnunet")
    assert picture(plan, name="a") == picture(plan, name="a")
