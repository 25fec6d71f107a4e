"""An input that is added to the output: one line over the top row, told in the legend and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.emit.figure.corpus import drawn, plan_of
from tests.emit.figure.drawn_edges import drawn_edges, plan_edges
from tests.emit.figure.geometry import bounds
from unetgen.emit.figure.added_input import require_top
from unetgen.emit.figure.shapes import Circle, Line, Picture, Text
from unetgen.emit.figure.u_reading import drawn_u
from unetgen.errors import UnetgenError

CASES = [
    ("input_added", "block", "head"),
    ("input_added", "stage", "head"),
    ("input_added_fused", "block", "head/fuse"),
    ("input_added_fused", "stage", "head/fuse"),
    ("input_added_strided", "stage", "head"),
    ("input_added_grid", "grid", "head"),
    ("input_added_grid_fused", "grid", "head/fuse"),
    ("input_added_tasks", "grid", "head"),
]
"""A network, a view of it, and the group of what adds the input."""


def line_of(shown: Picture, group: str) -> Line:
    (line,) = (s for s in shown.shapes if isinstance(s, Line) and s.role == "shortcut" and s.group == group)
    return line


@pytest.mark.parametrize(("name", "view", "group"), CASES)
def test_one_thin_line_leads_over_everything_to_a_small_addition(name: str, view: str, group: str) -> None:
    shown = drawn(name, view, "double")
    line = line_of(shown, group)
    (circle,) = (s for s in shown.shapes if isinstance(s, Circle) and s.role == "add" and s.group == group)
    assert line.width == 0.6 and circle.radius == 2.5
    touched = (line.points[-1][0] - circle.centre[0], line.points[-1][1] - circle.centre[1])
    assert sum(abs(part) for part in touched) == pytest.approx(2.5)
    height = min(y for _, y in line.points)
    assert all(bounds(s)[1] > height for s in shown.shapes if s is not line)


@pytest.mark.parametrize(("name", "view", "group"), CASES)
def test_without_the_line_the_law_is_broken(name: str, view: str, group: str) -> None:
    shown = drawn(name, view, "double")
    without = replace(shown, shapes=tuple(s for s in shown.shapes if s is not line_of(shown, group)))
    assert plan_edges(plan_of(name), shown) - drawn_edges(without) == {("input", group)}


@pytest.mark.parametrize(
    ("name", "view", "words", "sentence"),
    [
        ("input_added", "block", "input added", "The input is added to the output."),
        ("input_added", "stage", "input added", "The input is added to the output."),
        ("input_added_grid", "grid", "output 0: input added", "The input is added to the output."),
        (
            "input_added_valid",
            "block",
            "output 0: input cropped and added",
            "The input, cropped, is added to the output.",
        ),
    ],
)
def test_legend_alt_text_and_caption_tell_it(name: str, view: str, words: str, sentence: str) -> None:
    shown = drawn(name, view, "double")
    assert words in [s.text for s in shown.shapes if isinstance(s, Text) and s.role == "legend"]
    assert shown.description.endswith(sentence) and shown.caption.endswith(sentence)


def test_heads_that_are_concatenated_are_not_called_added() -> None:
    shown = drawn("input_added_fused", "stage", "double")
    legend = " ".join(s.text for s in shown.shapes if isinstance(s, Text) and s.role == "legend")
    assert "all heads concatenated" in legend


def test_an_addition_below_the_top_row_is_refused() -> None:
    network = drawn_u(plan_of("input_added"))
    require_top(network, network.heads.items())
    with pytest.raises(UnetgenError, match="added to the head at level 1: no view draws that"):
        require_top(network, [(1, network.heads[0])])
