"""Kinds of other packages: that of the docs, installed by pip, used from YAML; and what can be wrong.

Each has an interpreter of its own, as a user has who installs a package.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "docs/kinds_package"
CONFIG = """\
input: {shape: [32, 32], channels: 2}
depth: 2
base_filters: 4
num_classes: 2
block: {kind: acme-unets/wide, width: 7}
"""
IMPORT = "from unetgen.parts.blocks.plain import PlainBlock\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages into which pip has installed the one of the docs."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--no-compile"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(PACKAGE)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "a.yaml"
    file.write_text(CONFIG)
    return file


def unetgen(*arguments: object, path: Path | None = None) -> tuple[int, str, str]:
    """Exit code, output and errors of the command line, with the packages of the folder `path` installed."""
    paths = [str(ROOT), *([str(path)] if path else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-m", "unetgen", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr


def announcing(folder: Path, version: str, target: str, code: str = "", name: str = "wide") -> Path:
    """A folder of packages with an acme-unets of this version that announces `target` and has `code`."""
    info = folder / f"acme_unets-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: Acme_Unets\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[unetgen.kinds]\n{name} = {target}\n")
    (folder / "acme_unets.py").write_text(code)
    return folder


def test_a_config_names_it_and_everything_that_follows_from_the_plan_takes_it(
    site: Path, config: Path
) -> None:
    code, out, err = unetgen("show", config, "--json", path=site)
    assert (code, err) == (0, "")
    near, far = 3 * 3, 7 * 7
    level0 = (near + far) * 2 * 4 + 2 * 4
    level1 = (near + far) * 4 * 8 + 2 * 8
    decoder = (near + far) * 12 * 4 + 2 * 4
    assert json.loads(out)["params"]["total"] == level0 + level1 + decoder + (4 * 2 + 2)
    for arguments in (
        ("diagram", config, "--out", config.parent / "a.svg"),
        ("export", config, "--format", "card", "--out", config.parent / "card.md"),
        ("show", config, "block.width=9", "--levels"),
        ("show", config, "block={kind: acme-unets/wide, squeeze_excitation: channel}", "--levels"),
    ):
        code, _, err = unetgen(*arguments, path=site)
        assert (code, err) == (0, ""), arguments
    code, _, err = unetgen("show", config, "block.with=9", path=site)
    assert code == 2 and "did you mean `width`?" in err


def test_a_lock_names_the_package_and_tells_another_version_and_a_missing_one(
    site: Path, config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert unetgen("build", config, "--out", out, path=site)[0] == 0
    lock = out / "unetgen.lock.json"
    assert json.loads(lock.read_text())["volatile"]["versions"]["acme-unets"] == "1.0.0"
    assert unetgen("check", lock, "--plan-only", path=site)[::2] == (0, "")
    code = (site / "acme_unets/__init__.py").read_text()
    newer = announcing(tmp_path / "newer", "2.0", "acme_unets:WideBlock", code)
    exit_code, said, _ = unetgen("check", lock, "--plan-only", path=newer)
    assert exit_code == 0 and "acme-unets: 1.0.0 then, 2.0 now" in said
    other = announcing(
        tmp_path / "other", "3.0", "acme_unets:WideBlock", code.replace("near, far)", "far, near)")
    )
    exit_code, _, said = unetgen("check", lock, "--plan-only", path=other)
    assert exit_code == 1 and "fingerprint: the lock has" in said
    exit_code, notes, said = unetgen("check", lock, "--plan-only")
    assert exit_code == 1 and "acme-unets: 1.0.0 then, nothing now" in notes
    assert "block.kind: is a kind of the package acme-unets, which is not installed" in said


def test_they_are_listed_beside_ours(site: Path) -> None:
    code, out, err = unetgen("list", "--kinds", "--json", path=site)
    rows = json.loads(out)["kinds"]
    assert (code, err) == (0, "")
    (ours,) = (row for row in rows if row["kind"] == "acme-unets/wide")
    assert ours["part"] == "block" and ours["package"] == "acme-unets 1.0.0"
    assert ours["summary"] == "A 3x3 convolution and a wider one side by side, added."
    assert {"part": "skip", "kind": "add"}.items() <= {
        **next(row for row in rows if row["kind"] == "add")
    }.items()


def test_names_that_nothing_announces_are_refused_with_what_was_meant(site: Path) -> None:
    given = {
        "block": (
            "acme-unets/wid",
            "is not among the kinds of the package acme-unets 1.0.0",
            "`acme-unets/wide`?",
        ),
        "decoder.block": ("acme_unets/wide", "unknown block", "did you mean `acme-unets/wide`?"),
        "up": ("acme-unets/wide", "is no up: acme_unets:WideBlock is not a subclass of Up", ""),
        "down": ("os/system", "is a kind of the package os, which is not installed", "--kinds` lists"),
        "skip": ("'../../evil'", "unknown skip", "another package's is called package/kind"),
        "compile.loss": ("acme-unets/wide", "unknown loss", "one of: categorical_crossentropy"),
    }
    texts = [f"{field}={name}" for field, (name, *_) in given.items()]
    code, out, err = unetgen("validate", "quickstart2d", *texts, path=site)
    assert (code, out) == (2, "") and len(err.splitlines()) == len(given)
    for field, (_, *words) in given.items():
        assert any(f" {field}: " in line and all(word in line for word in words) for line in err.splitlines())


def test_what_is_wrong_with_the_code_of_a_package_is_told(tmp_path: Path) -> None:
    packages = announcing(tmp_path / "site", "1.0", "acme_unets:gone", "three = 3\n" + IMPORT, "gone")
    (packages / "acme_broken.py").write_text("raise SystemError('broken')")
    with (packages / "acme_unets-1.0.dist-info/entry_points.txt").open("a") as file:
        file.write("three = acme_unets:three\nplain = acme_unets:PlainBlock\nbroken = acme_broken:x\n")
    given = {
        "block=acme-unets/plain": "is called 'plain' by acme_unets:PlainBlock itself",
        "up=acme-unets/three": "is no up: acme_unets:three is not a subclass of Up",
        "skip=acme-unets/gone": "cannot be imported from acme_unets:gone: AttributeError",
        "down=acme-unets/broken": "cannot be imported from acme_broken:x: SystemError: broken",
    }
    code, out, err = unetgen("validate", "quickstart2d", *given, path=packages)
    assert (code, out) == (2, "") and len(err.splitlines()) == len(given)
    for override, words in given.items():
        assert any(f"override '{override}'" in line and words in line for line in err.splitlines())


def test_a_config_that_names_no_package_imports_none(tmp_path: Path) -> None:
    code = "raise SystemError('imported')"
    packages = announcing(tmp_path / "site", "1.0", "acme_unets:x", code)
    assert unetgen("validate", "quickstart2d", path=packages)[::2] == (0, "")
    exit_code, out, err = unetgen("list", "--kinds", path=packages)
    assert exit_code == 2 and "SystemError: imported" in err and "depthwise_separable" in out
