"""What a package index and pip are told: the README as a page of its own, links, dependencies, extras."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
import warnings
from contextlib import chdir
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from trove_classifiers import classifiers

from unetgen import installed

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HOME = "https://github.com/unetgen/unetgen"
FILES = f"{HOME}/blob/main/"
PICTURES = "https://raw.githubusercontent.com/unetgen/unetgen/main/"
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINKS = re.compile(r'\]\(([^)\s]+)|(?:href|src|srcset)="([^"]+)|^\[[^\]]+\]:\s*(\S+)', re.MULTILINE)
ABSOLUTE = re.compile(r"[a-z]+:")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the source distribution."""
    folder = str(tmp_path_factory.mktemp("dist"))
    with warnings.catch_warnings(), chdir(ROOT):  # the README is looked for in the current folder
        warnings.simplefilter("ignore")
        (wheel,) = WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
        (source,) = SdistBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
    return Path(wheel), Path(source)


@pytest.fixture(scope="module")
def metadata(built: tuple[Path, Path]) -> Message:
    with ZipFile(built[0]) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


@pytest.fixture(scope="module")
def page(metadata: Message) -> str:
    """The README as a package page has it."""
    text = metadata.get_payload()
    assert isinstance(text, str)
    return text


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def prose(text: str) -> str:
    return FENCED.sub("", text)


def links(text: str) -> list[str]:
    """All targets of links and pictures outside of blocks of code."""
    return [next(filter(None, groups)) for groups in LINKS.findall(prose(text))]


def test_both_distributions_pass_twine(built: tuple[Path, Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twine", "--no-color", "check", "--strict", *map(str, built)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_every_link_of_the_package_page_is_absolute_and_leads_to_a_file(page: str) -> None:
    found = links(page)
    assert [link for link in found if not ABSOLUTE.match(link)] == []
    ours = [link for link in found if link.startswith((HOME, PICTURES))]
    for link in ours:
        path = link.removeprefix(FILES).removeprefix(PICTURES).partition("#")[0]
        assert (ROOT / path).exists(), link
    assert len(ours) == len([link for link in links(readme()) if not ABSOLUTE.match(link)]) > 10


def test_pictures_are_served_as_files_and_pages_as_pages(page: str) -> None:
    pictures = re.findall(r'!\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"', prose(page))
    shown = {next(filter(None, groups)) for groups in pictures}
    assert shown and all(link.startswith(PICTURES) for link in shown)
    assert [link for link in links(page) if link not in shown and link.startswith(PICTURES)] == []


def test_nothing_but_links_differs_from_the_readme(page: str) -> None:
    assert FENCED.findall(page) == FENCED.findall(readme())
    assert page.replace(FILES, "").replace(PICTURES, "").strip() == readme().strip()


def test_the_source_distribution_holds_what_its_own_build_needs(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "configs/quickstart2d.yaml"} <= names


def test_the_project_says_where_it_lives() -> None:
    assert set(PROJECT["urls"]) == {"Homepage", "Documentation", "Source", "Changelog", "Issues"}
    assert {url for url in PROJECT["urls"].values() if not url.startswith(HOME)} == set()
    assert (ROOT / PROJECT["urls"]["Changelog"].removeprefix(FILES)).is_file()
    assert (ROOT / PROJECT["urls"]["Documentation"].removeprefix(FILES)).is_file()
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["repository-code"] == PROJECT["urls"]["Source"]


def test_every_classifier_is_one_that_indexes_know() -> None:
    assert sorted(set(PROJECT["classifiers"]) - classifiers) == []


def names(requirements: list[str]) -> set[str]:
    return {Requirement(each).name for each in requirements}


def listed(heading: str) -> set[str]:
    """What the first columns of the tables below a heading of the page on installing name."""
    text = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    part = text[text.index(f"\n## {heading}\n") + 4 :].partition("\n## ")[0]
    return {
        name for row in re.findall(r"^\| (`[^|]*) \|", part, re.MULTILINE) for name in row[1:-1].split("`, `")
    }


def test_the_table_lists_every_dependency_and_those_of_backends() -> None:
    extras = PROJECT["optional-dependencies"]
    backends = names([each for extra in ("images", *installed.BACKENDS) for each in extras[extra]])
    assert listed("What it brings") == names(PROJECT["dependencies"]) | (backends - {"unetgen"})


def test_every_extra_is_on_the_page() -> None:
    text = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    commands = {name for found in re.findall(r"unetgen\[([a-z,]+)\]", text) for name in found.split(",")}
    assert commands <= set(PROJECT["optional-dependencies"])
    assert listed("What you need it for") | commands == set(PROJECT["optional-dependencies"])


def test_the_extra_that_is_advised_brings_the_package() -> None:
    extras = PROJECT["optional-dependencies"]
    brought = {extra: names(extras[extra]) for extra in set(installed.EXTRAS.values())}
    for package, extra in installed.EXTRAS.items():
        through = "keras" if package == "h5py" else package
        assert through in brought[extra], package


def test_no_backend_is_a_dependency_of_every_install() -> None:
    assert names(PROJECT["dependencies"]) & {*installed.EXTRAS, *installed.BACKENDS} == set()
    for backend in installed.BACKENDS:
        assert names(PROJECT["optional-dependencies"][backend]) == {"unetgen", "keras", backend}


def test_make_setup_installs_what_the_tests_are_about() -> None:
    (line,) = (line for line in (ROOT / "Makefile").read_text().splitlines() if "--editable" in line)
    chosen = re.search(r"\.\[([a-z,]+)\]", line)
    assert chosen
    left_out = {"images", "jax", "torch"}  # the first comes with tensorflow; the others are large
    assert set(chosen[1].split(",")) == set(PROJECT["optional-dependencies"]) - left_out
