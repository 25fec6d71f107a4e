"""The page on runs: its run file loads, and its tables have every field with its default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unetgen.data.config import DataConfig
from unetgen.parts.part import Part
from unetgen.runs.fit import FitConfig
from unetgen.runs.loader import load_run, run_from_text

PAGE = (Path(__file__).parents[2] / "docs/runs.md").read_text(encoding="utf-8")


def test_the_run_file_of_the_page_loads() -> None:
    text, _ = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    run = run_from_text(text, "run.yaml", Path())
    assert (run.patch_size, run.config.fit.epochs) == ((128, 128), 50)


@pytest.mark.parametrize(("title", "model"), [("data", DataConfig), ("fit", FitConfig)])
def test_every_field_stands_in_its_table(title: str, model: type[Part]) -> None:
    section = PAGE.partition(f"### `{title}`\n")[2].partition("\n#")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE))
    assert list(rows) == list(model.model_fields)
    defaults = model().model_dump(mode="json")
    for name, said in rows.items():
        default = defaults[name]
        kind = default.get("kind") if isinstance(default, dict) else default
        if isinstance(kind, list):
            kind = kind[0]
        if kind is not None or not isinstance(default, dict):
            words = {"None": "null", "True": "true", "False": "false"}
            expected = words.get(str(kind), str(kind))
            assert said.strip("` ") == expected, name


def test_the_composed_run_of_the_page_loads_with_the_groups_it_names(tmp_path: Path) -> None:
    _, text = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    network = "input: {shape: [null, null]}\ndepth: {}\nbase_filters: 4\nnum_classes: 2\n"
    groups = {"model": ("small", "large"), "fit": ("short", "long")}
    for group, names in groups.items():
        (tmp_path / group).mkdir()
        for size, name in enumerate(names, start=2):
            content = network.replace("{}", str(size)) if group == "model" else f"epochs: {size}\n"
            (tmp_path / group / f"{name}.yaml").write_text(content)
    file = tmp_path / "experiment.yaml"
    file.write_text(text)
    run = load_run(file)
    assert (run.design.config.depth, run.config.fit.epochs) == (2, 3)
    other = load_run(file, ["fit=short", "model=large"])
    assert (other.design.config.depth, other.config.fit.epochs) == (3, 2)
    file.write_text("defaults: [quickstart2d@model, up@model.up: transposed]\n")
    assert load_run(file, ["up@model.up=linear"]).design.config.to_dict()["up"]["kind"] == "linear"
