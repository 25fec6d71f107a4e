"""What the project says of itself in several files is the same everywhere."""

from __future__ import annotations

import re
import tarfile
import tomllib
import warnings
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import unetgen

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CLASSIFIER = "Programming Language :: Python :: "
PYTHONS = [
    text.removeprefix(CLASSIFIER) for text in PROJECT["classifiers"] if text.startswith(CLASSIFIER + "3.")
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_is_that_of_the_package() -> None:
    assert version("unetgen") == unetgen.__version__
    assert yaml.safe_load(read("CITATION.cff"))["version"] == unetgen.__version__


def test_every_supported_python_is_tested() -> None:
    workflow = yaml.safe_load(read(".github/workflows/ci.yml"))
    assert workflow["jobs"]["ci"]["strategy"]["matrix"]["python"] == PYTHONS
    first, last = PYTHONS[0], PYTHONS[-1]
    assert PROJECT["requires-python"] == f">={first},<3.{int(last.removeprefix('3.')) + 1}"
    assert f"assert (3, {first[2:]}) <= v[:2] <= (3, {last[2:]})" in read("Makefile")
    assert f"Python {first} to {last}" in read("README.md")
    assert f"Python {first} to {last}" in read("CONTRIBUTING.md")


def test_the_licence_is_the_one_declared_and_travels_along(tmp_path: Path) -> None:
    assert PROJECT["license"] == yaml.safe_load(read("CITATION.cff"))["license"] == "Apache-2.0"
    assert re.match(r"\s+Apache License\s+Version 2\.0, January 2004\n", read("LICENSE"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
        (source,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    folder = f"unetgen-{unetgen.__version__}"
    with ZipFile(wheel) as archive:
        assert archive.read(f"{folder}.dist-info/licenses/LICENSE").decode() == read("LICENSE")
        metadata = archive.read(f"{folder}.dist-info/METADATA").decode()
        data = "unetgen/emit/prose/sources.bib"
        assert archive.read(data).decode() == read(data)
    assert f"\nVersion: {unetgen.__version__}\n" in metadata
    with tarfile.open(source) as archive:
        assert f"{folder}/LICENSE" in archive.getnames()


@pytest.mark.parametrize("hook", ["format", "lint", "types"])
def test_a_commit_is_checked_with_the_tools_that_make_check_runs(hook: str) -> None:
    (hooks,) = (repo["hooks"] for repo in yaml.safe_load(read(".pre-commit-config.yaml"))["repos"])
    (entry,) = (each["entry"] for each in hooks if each["id"] == hook)
    command = entry.removeprefix(".venv/bin/").removesuffix(" --force-exclude")
    assert entry.startswith(".venv/bin/")
    assert f"\t$(BIN)/{command}" in read("Makefile")
