"""The group of execution presets: its files, choosing one by name, and changing parts of the chosen one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest

from unetgen.config.bundled import config_dir
from unetgen.config.loader import load
from unetgen.config.sections import PRESETS, Execution
from unetgen.config.yaml.tree import read_yaml
from unetgen.errors import ConfigError

PLAIN = "input: {shape: [32, 32]}\ndepth: 3\nbase_filters: 8\nnum_classes: 2\n"
each_preset = pytest.mark.parametrize("preset", PRESETS)


def test_there_is_a_file_for_each_preset() -> None:
    assert {file.name for file in (config_dir() / "execution").iterdir()} == {
        f"{name}.yaml" for name in PRESETS
    }


@each_preset
def test_a_file_says_every_field_as_the_preset_has_it(preset: str) -> None:
    document = read_yaml(config_dir() / "execution" / f"{preset}.yaml")
    assert document.problems == ()
    assert document.data == Execution.model_validate(PRESETS[preset]).model_dump(mode="json")
    assert list(document.data) == list(Execution.model_fields)


@each_preset
def test_a_file_has_a_heading_and_a_comment_for_each_field(preset: str) -> None:
    lines = (config_dir() / "execution" / f"{preset}.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert all(len(line) <= 110 for line in lines)
    fields = [(before, line) for before, line in pairwise(lines) if line and not line.startswith("#")]
    assert len(fields) == len(Execution.model_fields)
    assert all("  # " in line or before.startswith("# ") for before, line in fields)


def test_faithful_is_the_default() -> None:
    assert load("unet3d_depth2", ["execution=faithful"]) == load("unet3d_depth2")


@pytest.mark.parametrize("overrides", [["execution=fast"], ["execution=fast", "execution.precision=float32"]])
def test_a_preset_by_override_by_name_in_the_file_and_by_group_are_one_config(
    tmp_path: Path, overrides: list[str]
) -> None:
    (tmp_path / "base.yaml").write_text(PLAIN + "execution: {precision: float64, remat: blocks}\n")
    composing = tmp_path / "composed" / "base.yaml"
    composing.parent.mkdir()
    (composing.parent / "plain.yaml").write_text(PLAIN)
    wanted = load(tmp_path / "base.yaml", overrides)
    precision: Literal["float32", "auto"] = "float32" if len(overrides) > 1 else "auto"
    assert wanted.execution == Execution(
        layout="auto", precision=precision, remat="cheap", optimize="training"
    )
    for group in ("faithful", "low_memory"):
        composing.write_text(f"defaults: [plain, execution: {group}, _self_]\n")
        assert load(composing, overrides) == wanted
    composing.write_text("defaults: [plain, _self_]\nexecution: low_memory\n")
    assert load(composing, overrides) == wanted
    composing.write_text("defaults: [plain, execution: fast, _self_]\n")
    assert load(composing, overrides[1:]) == wanted
    (tmp_path / "base.yaml").write_text(PLAIN + "execution: fast\n")
    assert load(tmp_path / "base.yaml", overrides[1:]) == wanted


def test_a_section_over_a_chosen_preset_changes_its_own_fields_only(tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").write_text(
        "input: {shape: [32, 32]}\ndepth: 3\nbase_filters: 8\nnum_classes: 2\n"
    )
    file = tmp_path / "main.yaml"
    file.write_text("defaults: [plain, execution: fast, _self_]\nexecution: {precision: float64}\n")
    assert load(file).execution == Execution(
        layout="auto", precision="float64", remat="cheap", optimize="training"
    )


def test_a_wrong_name_is_told_with_the_right_ones() -> None:
    with pytest.raises(
        ConfigError, match=r"^override 'execution=fsat': .*one of: faithful, fast, low_memory$"
    ):
        load("unet3d_depth2", ["execution=fsat"])
