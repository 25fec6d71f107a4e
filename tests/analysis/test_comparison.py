from __future__ import annotations

import pytest

from unetgen.analysis.comparison import compare
from unetgen.config.loader import load_design
from unetgen.emit.text.comparison import comparison_text


def test_a_config_is_the_same_as_itself() -> None:
    a = load_design("quickstart2d")
    found = compare(a, a)
    assert (found["fields"], found["layers"]) == ([], [])
    assert found["same_architecture"] and found["same_digest"]
    assert found["delta"] == {"params": 0, "macs": 0}


@pytest.mark.parametrize(
    ("override", "same"), [("seed=3", True), ("compile.loss=dice", True), ("depth=3", False)]
)
def test_the_architecture_is_the_plan(override: str, same: bool) -> None:
    found = compare(load_design("quickstart2d"), load_design("quickstart2d", [override]))
    assert found["same_architecture"] is same
    assert found["same_digest"] is False
    assert bool(found["layers"]) is not same


def test_names_and_sources_do_not_count() -> None:
    found = compare(load_design("quickstart2d"), load_design("quickstart2d", ["name=other", "source=x"]))
    assert found["fields"] == []
    assert found["same_digest"]


def test_a_field_that_one_kind_lacks_is_left_out_of_its_side() -> None:
    found = compare(load_design("unet3d_depth2"), load_design("unet3d_depth2", ["up=transposed"]))
    rows = {row["path"]: row for row in found["fields"]}
    assert rows["up.kind"] == {"path": "up.kind", "a": "nearest", "b": "transposed"}
    assert rows["up.kernel"] == {"path": "up.kernel", "b": None}
    text = comparison_text(found)
    assert "up.kernel      -                  null" in text
    assert "unet3d_depth2 (A)" in text


def test_deltas_are_b_minus_a() -> None:
    a, b = load_design("unet3d_depth2"), load_design("unet3d_depth3")
    delta = compare(a, b)["delta"]
    assert delta == {"params": b.plan.params - a.plan.params, "macs": b.plan.macs - a.plan.macs}
    text = comparison_text(compare(a, b))
    assert "+3,097,216  +371.6%" in text
    assert "-3,097,216  -78.8%" in comparison_text(compare(b, a))
    assert text.endswith("\n\ndifferent architectures")
