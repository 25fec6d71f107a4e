from __future__ import annotations

import re

import pytest

from unetgen.analysis.comparison import Comparison, compare
from unetgen.analysis.summary import Summary
from unetgen.config.loader import load_design
from unetgen.emit.text.comparison import comparison_text


def summary_of(config: str, *overrides: str) -> Summary:
    return Summary(load_design(config, overrides))


def with_and_without(*overrides: str) -> Comparison:
    return compare(summary_of("quickstart2d"), summary_of("quickstart2d", *overrides))


def test_a_config_is_the_same_as_itself() -> None:
    a = summary_of("quickstart2d")
    comparison = compare(a, a)
    assert (comparison.fields, comparison.layers) == ((), ())
    assert comparison.same_architecture and comparison.same_digest
    assert comparison.as_json()["delta"] == {"params": 0, "macs": 0}


@pytest.mark.parametrize(
    ("override", "same"), [("seed=3", True), ("compile.loss=dice", True), ("depth=3", False)]
)
def test_the_architecture_is_the_plan(override: str, same: bool) -> None:
    comparison = with_and_without(override)
    assert comparison.same_architecture is same
    assert comparison.same_digest is False
    assert bool(comparison.layers) is not same


def test_names_and_sources_do_not_count() -> None:
    comparison = with_and_without("name=other", "source=x")
    assert comparison.fields == ()
    assert comparison.same_digest


def test_a_field_that_one_kind_lacks_is_left_out_of_its_side() -> None:
    comparison = compare(summary_of("unet3d_depth2"), summary_of("unet3d_depth2", "up=transposed"))
    rows = {row["path"]: row for row in comparison.as_json()["fields"]}
    assert rows["up.kind"] == {"path": "up.kind", "a": "nearest", "b": "transposed"}
    assert rows["up.kernel"] == {"path": "up.kernel", "b": None}
    text = comparison_text(comparison)
    assert re.search(r"^up\.kernel +- +null$", text, re.MULTILINE)
    assert "unet3d_depth2 (A)" in text


def test_a_layer_is_said_by_its_op_its_shape_and_its_parameters() -> None:
    (row,) = with_and_without("num_classes=3").as_json()["layers"][-2:-1]
    assert row["path"] == "head"
    assert {side: row[side]["output_shape"][-1] for side in "ab"} == {"a": 2, "b": 3}
    assert row["a"].keys() == {"op", "output_shape", "params"}


def test_deltas_are_b_minus_a() -> None:
    a, b = summary_of("unet3d_depth2"), summary_of("unet3d_depth3")
    delta = compare(a, b).as_json()["delta"]
    assert delta == {"params": b.params.total - a.params.total, "macs": b.macs - a.macs}
    text = comparison_text(compare(a, b))
    assert "+3,097,216  +371.6%" in text
    assert "-3,097,216  -78.8%" in comparison_text(compare(b, a))
    assert text.endswith("\n\ndifferent architectures")


def test_a_comparison_works_out_nothing_that_it_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nobody asked for it")

    for name in ("receptive_field", "size_multiple", "memory"):
        monkeypatch.setattr(f"unetgen.analysis.summary.{name}", refuse)
    comparison = with_and_without("depth=3")
    assert comparison_text(comparison).endswith("different architectures")
    assert comparison.as_json()["same_architecture"] is False
    with pytest.raises(AssertionError, match="nobody asked"):
        comparison.a.as_json()
