"""Candidates of configs whose encoder begins with a file's weights: the file is part of a point."""

from __future__ import annotations

from pathlib import Path

import pytest

import unetgen
from unetgen.config.loader import Reader
from unetgen.config.resolved import to_yaml
from unetgen.errors import ConfigError
from unetgen.sweep.folder.identity import WEIGHTS
from unetgen.sweep.points.candidates import Candidate, ConfigCandidates

CONFIG = """\
input: {shape: [32, 32], channels: 3}
encoder: {kind: resnet18, weights: a/w.pth}
depth: 3
decoder: {filters: [4, 8]}
num_classes: 2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A config, and two files of one name that it may begin with."""
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "w.pth").write_bytes(name.encode())
    (tmp_path / "net.yaml").write_text(CONFIG)
    return tmp_path / "net.yaml"


def candidate(file: Path, *overrides: str) -> Candidate:
    return ConfigCandidates(Reader(file)).at(overrides)


def test_a_point_s_config_is_the_same_in_a_folder_of_its_own(file: Path, tmp_path: Path) -> None:
    made = candidate(file)
    (tmp_path / "points").mkdir()
    (tmp_path / "points/config.yaml").write_text(to_yaml(made.summary.design.config))
    there = unetgen.load(tmp_path / "points/config.yaml")
    assert there.digest == made.summary.digest
    assert there.encoder is not None and there.encoder.weights is not None
    assert there.encoder.weights.place.read_bytes() == b"a"


def test_the_weights_are_part_of_what_is_known_without_a_plan(file: Path) -> None:
    for overrides in ((), ("encoder.weights=b/w.pth",), ("encoder.weights=null",)):
        candidates = ConfigCandidates(Reader(file))
        assert candidates.identity(overrides) == candidate(file, *overrides).identity


def test_another_file_and_another_content_are_another_point(file: Path) -> None:
    first, other = candidate(file), candidate(file, "encoder.weights=b/w.pth")
    assert first.identity.digest != other.identity.digest
    (file.parent / "a/w.pth").write_bytes(b"changed")
    changed = candidate(file)
    assert changed.summary.digest == first.summary.digest
    assert changed.identity.digest != first.identity.digest
    assert changed.identity.contents.keys() == {WEIGHTS}


def test_a_file_that_is_not_there_is_told_before_anything_runs(file: Path) -> None:
    (file.parent / "a/w.pth").unlink()
    with pytest.raises(ConfigError, match=r"encoder\.weights: there is no such file: .*a/w\.pth"):
        candidate(file)
