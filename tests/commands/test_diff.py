from __future__ import annotations

import json
from pathlib import Path

from tests.hostile.conftest import GOOD, Unetgen


def test_json_is_one_object(unetgen: Unetgen) -> None:
    outcome = unetgen("diff", "unet3d_depth2", "unet3d_depth3", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert found["fields"] == [{"path": "depth", "a": 2, "b": 3}]
    assert found["delta"]["params"] == 3930723 - 833507


def test_overrides_of_both_and_of_each(unetgen: Unetgen) -> None:
    arguments = ["seed=1", "--a", "depth=3", "--b", "depth=4", "up=linear", "--json", "norm=batch"]
    found = json.loads(unetgen("diff", "unet3d_depth2", "unet3d_depth2", *arguments).out)
    assert [row["path"] for row in found["fields"]] == ["depth", "up.kind", "up.align_corners"]


def test_text(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD + "seed: 3\n")
    assert unetgen("diff", "a.yaml", "a.yaml").out.endswith(
        "\n\nthe same: architecture, training, execution and seed\n"
    )
    text = unetgen("diff", "a.yaml", "b.yaml").out
    assert text.startswith("field  a  b\n─────  ─  ─\nseed   0  3\n\n")
    assert text.endswith("\n\nthe same architecture, with other settings\n")


def test_both_sides_are_judged(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    outcome = unetgen("diff", "a.yaml", "a.yaml", "--b", "depth=1")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "override 'depth=1': depth: must be at least 2 (got 1)\n"
