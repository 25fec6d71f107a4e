"""The grid view: what it shows of nested and full-scale networks, and that its ways keep apart."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from typing import TypeVar

import pytest

from tests.emit.figure.corpus import GRIDS, drawn, plan_of
from tests.emit.figure.geometry import sampled
from tests.emit.figure.refusals import refusal
from unetgen.emit.figure.drawn_grid import drawn_grid
from unetgen.emit.figure.picture import picture
from unetgen.emit.figure.shapes import Circle, Line, Picture, Point, Polygon, Shape, Text
from unetgen.errors import UnetgenError

FAR = [(name, width) for name in GRIDS for width in ("single", "double") if not refusal(name, "grid", width)]


def texts(shown: Picture) -> list[str]:
    return [shape.text for shape in shown.shapes if isinstance(shape, Text)]


Kind = TypeVar("Kind", bound=Shape)


def of_group(shown: Picture, group: str, kind: type[Kind]) -> list[Kind]:
    return [shape for shape in shown.shapes if shape.group == group and isinstance(shape, kind)]


def test_a_nested_network_is_a_triangle_of_labelled_circles() -> None:
    shown = drawn("plus_plus", "block", "single")
    assert shown and shown.notes == ("the block view shows a single U, so this is the grid view",)
    circles = [s for s in shown.shapes if isinstance(s, Circle) and s.role == "cell" and s.group]
    assert len(circles) == 5 + 4 + 3 + 2 + 1 and {circle.radius for circle in circles} == {8.5}
    labels = {f"{i},{j}" for i in range(5) for j in range(5 - i)}
    assert labels <= set(texts(shown))
    backbone = [c for c in circles if not str(c.group).startswith("nested")]
    assert len(backbone) == 5 + 4 and len({c.fill for c in backbone}) == 1
    assert backbone[0].fill not in {c.fill for c in circles if str(c.group).startswith("nested")}


def test_a_node_takes_every_node_before_it_in_its_row() -> None:
    found = drawn_grid(plan_of("plus_plus"))
    for level in range(4):
        for column in range(1, 5 - level):
            sources = {link.source for link in found.links if link.target == (level, column)}
            assert sources == {*((level, k) for k in range(column)), (level + 1, column - 1)}


def test_full_scale_skips_come_from_every_scale() -> None:
    found = drawn_grid(plan_of("3_plus"))
    for level in range(4):
        sources = {link.source for link in found.links if link.target == (level, 4 - level)}
        coarser = {(k, 4 - k) for k in range(level + 1, 5)}
        assert sources == {(k, 0) for k in range(level + 1)} | coarser


@pytest.mark.parametrize("name", ["plus_plus", "plus_plus_supervised"])
def test_arcs_rise_by_6_a_column_over_neighbouring_skips(name: str) -> None:
    shown = drawn(name, "grid", "double")
    assert shown
    arcs = [s for s in shown.shapes if isinstance(s, Line) and s.curve]
    assert arcs and all(arc.dash and arc.width == 0.8 for arc in arcs)
    middles = {s.group: s.centre for s in shown.shapes if isinstance(s, Circle) and s.role == "cell"}
    pitch = middles["nested/level0/column2"][0] - middles["nested/level0/column1"][0]
    for arc in arcs:
        if not arc.group:
            continue
        target = middles[arc.group.removesuffix("/skip")]
        peak = min(y for _, y in sampled(arc))
        span = round((arc.points[-1][0] - arc.points[0][0]) / pitch + 0.2)
        assert target[1] - peak == pytest.approx(6 * span, abs=0.7)
    near = [s for s in shown.shapes if isinstance(s, Line) and s.role == "skip" and s.group]
    assert {line.width for line in near} == {1.4} and not any(line.dash for line in near)


@pytest.mark.parametrize(("name", "width"), FAR)
def test_no_two_far_ways_run_together(name: str, width: str) -> None:
    """Two may cross; none is closer than a line's width to another for more than a few points."""
    shown = drawn(name, "grid", width)
    ways = [s for s in shown.shapes if isinstance(s, Line) and s.role in ("far", "far up") and s.group]
    for one, two in combinations(ways, 2):
        assert together(dense(one), dense(two)) < 12.0, (one, two)


def dense(line: Line) -> list[Point]:
    """Points along a line, half a point apart or less."""
    points: list[Point] = []
    for (x0, y0), (x1, y1) in pairwise(sampled(line)):
        steps = max(1, math.ceil(math.dist((x0, y0), (x1, y1)) / 0.5))
        points += [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(steps)]
    return points


def together(one: list[Point], two: list[Point], near: float = 0.9) -> float:
    """The longest run of `one`, in points, that stays within `near` of `two`."""
    longest = run = 0.0
    for a, b in pairwise(one):
        close = any(abs(a[0] - p[0]) < near and math.dist(a, p) < near for p in two)
        run = run + math.dist(a, b) if close else 0.0
        longest = max(longest, run)
    return longest


def test_what_runs_together_is_found() -> None:
    line = [(x / 2, 0.0) for x in range(60)]
    assert together(line, [(x, 0.5) for x, _ in line]) > 20
    assert together(line, [(15.0, y / 2 - 10) for y in range(40)]) < 3


def test_heads_stand_above_the_first_row_and_the_last_one_beside_it() -> None:
    shown = drawn("plus_plus_supervised", "grid", "double")
    assert shown and {f"output {k}" for k in range(5)} <= set(texts(shown))
    (last,) = of_group(shown, "head", Polygon)[:1]
    above = of_group(shown, "head/column2", Polygon)[-1]
    row = of_group(shown, "encoder/level0", Circle)[0].centre[1]
    assert max(y for _, y in above.points) < row - 8.5
    assert min(y for _, y in last.points) < row < max(y for _, y in last.points)


def test_a_further_task_has_a_decoder_of_its_own_and_its_name_at_its_head() -> None:
    shown = drawn("task", "grid", "double")
    assert shown and "edges" in texts(shown)
    groups = [s.group for s in shown.shapes if isinstance(s, Circle) and s.role == "cell"]
    assert {f"{side}/level{k}" for side in ("decoder", "tasks/edges/decoder") for k in range(3)} <= set(
        groups
    )


def test_long_names_are_cut() -> None:
    shown = drawn("tasks", "grid", "double")
    assert shown and any(text.endswith("…") for text in texts(shown))


def test_other_views_name_the_one_to_use() -> None:
    with pytest.raises(UnetgenError, match="use the stage view"):
        picture(plan_of("kerfoot"), name="x", view="grid")
    with pytest.raises(UnetgenError, match="leave out --cuboid"):
        picture(plan_of("plus_plus"), name="x", cuboid=True)
