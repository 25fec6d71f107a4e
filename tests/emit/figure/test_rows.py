"""Richer blocks, gates, fused heads and strided U's in the views that stand levels below each other."""

from __future__ import annotations

import pytest

from tests.emit.figure.corpus import ROWS, drawn, plan_of
from tests.emit.figure.geometry import bounds
from unetgen.emit.figure.shapes import Circle, Line, Picture, Polygon, Text
from unetgen.emit.figure.u_reading import drawn_u


def texts(shown: Picture) -> str:
    return " ".join(shape.text for shape in shown.shapes if isinstance(shape, Text))


@pytest.mark.parametrize("name", ["nested_u", "nested_u_strided", "dense_block", "dilated", "pyramid"])
def test_a_block_with_branches_is_one_box_that_names_its_kind(name: str) -> None:
    assert drawn_u(plan_of(name)).rich
    shown = drawn(name, "block", "double")
    assert "blocks with branches, so this is the stage view" in shown.notes[0]


@pytest.mark.parametrize(
    "name", ["recurrent", "convnext", "excited", "repeated", "self_attention", "position_attention"]
)
def test_a_chain_stays_a_chain(name: str) -> None:
    assert not drawn_u(plan_of(name)).rich


def test_a_gate_joins_the_convolution_before_it() -> None:
    row = drawn_u(plan_of("excited")).encoder[1]
    assert [step.group.split("/")[-1] for step in row.steps] == ["conv1", "conv2"]
    assert any(node.place.has("squeeze_excitation") for node in row.steps[1].nodes)
    shown = drawn("excited", "block", "double")
    assert shown and "squeeze and excitation" in texts(shown)


def test_repeated_blocks_have_a_shortcut_each() -> None:
    row = drawn_u(plan_of("repeated")).encoder[1]
    assert [(join.source, join.target) for join in row.joins] == [(-1, 1), (1, 3)]


def test_a_recurrent_convolution_is_one_box_with_a_loop() -> None:
    row = drawn_u(plan_of("recurrent")).encoder[0]
    assert [step.loops for step in row.steps] == [1, 3, 3]
    shown = drawn("recurrent", "block", "double")
    loops = {s.group for s in shown.shapes if s.role == "loop"} if shown else set()
    assert "encoder/level0/unit1/step1" in loops or "encoder/level0/unit1" in loops
    assert shown and "3 times with the same weights" in texts(shown)


@pytest.mark.parametrize("view", ["block", "stage"])
def test_the_skip_ends_at_the_gate_and_the_signal_branches_below_the_box(view: str) -> None:
    shown = drawn("attention", view, "double")
    assert shown
    for level in range(3):
        (gate,) = [
            s for s in shown.shapes if isinstance(s, Circle) and s.group == f"decoder/level{level}/skip/gate"
        ]
        assert gate.radius == 4.5
        skip = next(
            s for s in shown.shapes if s.group == f"decoder/level{level}/skip" and isinstance(s, Line)
        )
        assert skip.points[0][0] < gate.centre[0] - 4.5 - 8
        (signal,) = [s for s in shown.shapes if s.role == "gating" and s.group == gate.group]
        assert isinstance(signal, Line) and signal.dash and signal.width == 0.8
        names = (f"decoder/level{level}", f"decoder/level{level}/skip")
        boxes = [bounds(s) for s in shown.shapes if isinstance(s, Polygon) and s.stroke and s.group in names]
        box = min(boxes)
        assert gate.centre[0] == pytest.approx(box[0] + 0.3 - 9.5)
        assert signal.points[0][1] == pytest.approx(box[3] - 0.3 + 6)
        assert signal.points[-1][0] == pytest.approx(gate.centre[0])


@pytest.mark.parametrize("name", ["fused", "fused_sum"])
@pytest.mark.parametrize("view", ["block", "stage"])
def test_fused_heads_lead_to_one_box(name: str, view: str) -> None:
    shown = drawn(name, view, "double")
    assert shown
    fuse = [s for s in shown.shapes if s.group == "head/fuse"]
    box = next(s for s in fuse if isinstance(s, Polygon) and s.stroke)
    assert bounds(box)[0] > max(bounds(s)[2] for s in shown.shapes if s.group == "head")
    assert sum(isinstance(s, Line) for s in fuse) == 3


@pytest.mark.parametrize("name", ["kerfoot", "kerfoot_residual"])
def test_a_strided_u_has_its_input_in_a_row_of_its_own(name: str) -> None:
    found = drawn_u(plan_of(name))
    assert found.strided and not found.encoder[0].steps
    assert found.encoder[1].entry.spatial == tuple(size // 2 for size in found.encoder[0].entry.spatial)
    assert found.encoder[-1].entry.spatial == found.encoder[-2].entry.spatial
    for view in ROWS:
        shown = drawn(name, view, "single")
        assert shown and (view == "stage" or "so this is the stage view" in shown.notes[0])
