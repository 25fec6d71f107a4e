"""The section of the page of performance on five networks, without measuring them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from benchmarks import limits
from tests.measuring.test_measurement import FAST, MISSING, PLAIN, STEP, measurement
from unetgen.commands.arguments import is_override
from unetgen.config.loader import load_design
from unetgen.measuring.measure import MeasureRequest
from unetgen.measuring.measurement import Measurement
from unetgen.measuring.sides.torch_training import require_counterparts


@pytest.mark.parametrize("name", limits.CASES)
def test_each_network_can_be_trained_in_pytorch_too_and_its_command_says_it(name: str) -> None:
    case = limits.CASES[name]
    design = load_design(case.config, (*case.overrides, *case.tiny))
    require_counterparts(design)
    line = limits._command(case.config, case.overrides).splitlines()[1]
    program, command, config, *overrides = shlex.split(line)
    assert (program, command, config) == ("unetgen", "measure", case.config)
    assert tuple(overrides) == case.overrides
    assert all(is_override(each) for each in overrides)


def test_the_section_has_every_network_and_the_rows_every_runtime(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[MeasureRequest] = []

    def measured(request: MeasureRequest, progress: object) -> Measurement:
        asked.append(request)
        return measurement(PLAIN, FAST, MISSING, STEP)

    monkeypatch.setattr(limits, "measure", measured)
    file = tmp_path / "section.md"
    rows = limits.rows(7, is_tiny=True, names=("article", "resnet34"), section=file)
    text = file.read_text()
    assert text.startswith(f"## {limits.TITLE}\n\n```sh\npython -m benchmarks --only limits --repeats 7")
    for name in ("article", "resnet34"):
        assert (
            f"### {limits.CASES[name].title}\n\n```sh\nunetgen measure {limits.CASES[name].config} " in text
        )
    assert text.count("| OpenVINO |") == 2
    assert [request.repeats for request in asked] == [7, 7]
    assert [row.skipped for row in rows if row.skipped] == ["torch is not installed"] * 2
    assert next(row for row in rows if "OpenVINO" in row.name).median == pytest.approx(2.0)
    assert all(row.holds for row in rows)
