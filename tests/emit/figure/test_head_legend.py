"""Heads in figures are outputs, and those that differ are told apart in the legend."""

from __future__ import annotations

import pytest

from tests.emit.figure.corpus import drawn, plan_of
from tests.emit.figure.test_rows import texts
from unetgen.emit.figure.drawn_grid import drawn_grid
from unetgen.emit.figure.grid_explain import entries


@pytest.mark.parametrize("name", ["valid_1d", "fused", "u2net", "plus_plus_supervised", "3_plus"])
@pytest.mark.parametrize("view", ["block", "stage"])
def test_every_one_of_several_outputs_is_named_by_its_number(name: str, view: str) -> None:
    said = texts(drawn(name, view, "double"))
    assert all(f"output {number}" in said for number in range(len(plan_of(name).outputs)))
    assert "loss" not in said


def test_heads_that_differ_in_activation_have_a_line_each() -> None:
    lines = [entry.text for entry in entries(drawn_grid(plan_of("tasks")))]
    assert "output 0: conv 1×1, softmax, 2 channels" in lines
    assert any(line.endswith("distance: conv 1×1, sigmoid, 1 channel") for line in lines)


def test_heads_that_are_alike_share_a_line() -> None:
    lines = [entry.text for entry in entries(drawn_grid(plan_of("plus_plus_supervised")))]
    assert lines.count("conv 1×1, softmax") == 1
