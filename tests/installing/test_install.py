"""The wheel in fresh virtual environments, used from another folder: without a backend, then with TensorFlow.

What is installed comes from the package index, at the versions of the lock. Nothing of the checkout is seen.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.installing.test_metadata import PROJECT, ROOT
from tests.tiers import thorough

CLASSIFIER = "Programming Language :: Python :: 3."
VERSIONS = [
    text.removeprefix("Programming Language :: Python :: ")
    for text in PROJECT["classifiers"]
    if text.startswith(CLASSIFIER)
]
LOCK = ROOT / "requirements-dev.lock"
CONFIG = """\
input: {shape: [32, 32]}
depth: 2
base_filters: 4
num_classes: 2
compile: {optimizer: {kind: adam, learning_rate: 1.0e-2}}
"""
RUN = """\
model: small.yaml
data: {images: images, masks: masks, labels: {0: background, 255: cell}, augment: nnunet}
fit: {epochs: 2, batch_size: 2}
"""
WITHOUT_BACKEND = (
    "--version",
    "list",
    "list --kinds",
    "show unet3d_depth2",
    "show small.yaml depth=3 up=transposed --json",
    "validate small.yaml",
    "diff small.yaml quickstart2d",
    "diagram small.yaml --out a.svg --out a.pdf --out a.png --out a.tex --out a.html",
    "export small.yaml --format torch-source --out source.py",
    "sweep small.yaml depth=2,3 base_filters=4,8 --out swept",
    "collect swept --out table.csv --out report.html",
    "data run.yaml",
    "suggest run.yaml --memory 1GiB --out suggested.yaml",
    "init first.yaml --for microscopy --size 64,64 --classes 2 --yes",
    "validate first.yaml",
)
NEED_BACKEND = ("build small.yaml --out built", "train run.yaml --out trained")
ADVICE = re.compile(r"needs Keras with a backend, and neither is installed: (pip install '[^']+')")


@cache
def interpreter(version: str) -> str | None:
    """An interpreter of this version: this one, one on the path, or one that pyenv has built."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    built = sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    for program in (sys.executable, shutil.which(f"python{version}"), *built):
        if program is not None:
            done = subprocess.run([program, "-c", code], capture_output=True, text=True, check=False)
            if done.returncode == 0 and done.stdout.strip() == version:
                return program
    return None


@dataclass(frozen=True)
class Installed:
    """A virtual environment, and the folder in which its commands are run."""

    place: Path
    folder: Path

    @classmethod
    def fresh(cls, version: str, wheel: Path, at: Path) -> Installed:
        """One of this version of Python with the wheel and what it depends on; skips where there is none."""
        if (python := interpreter(version)) is None:
            pytest.skip(f"Python {version} is not on this machine")
        subprocess.run([python, "-m", "venv", "--without-pip", str(at / "venv")], check=True)
        made = cls(at / "venv", at / "elsewhere")
        made.folder.mkdir()
        made.pip(str(wheel))
        return made

    def pip(self, *packages: str) -> None:
        """Install packages, none of them compiled: each module is when it is imported, if it ever is."""
        options = ("--quiet", "--no-compile", "--disable-pip-version-check", "--constraint", str(LOCK))
        interpreter = str(self.place / "bin" / "python")
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", interpreter, "install", *options, *packages],
            env=self.environment,
            check=True,
        )

    @property
    def environment(self) -> dict[str, str]:
        """That of the tests, without what shows the checkout to Python, and without a home of Keras."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return kept | {"KERAS_HOME": str(self.place / "keras"), "KERAS_BACKEND": "", "PYTHONNOUSERSITE": "1"}

    def run(self, line: str) -> tuple[int, str, str]:
        """The exit code of ``unetgen ...`` with all that it prints."""
        done = subprocess.run(
            [str(self.place / "bin" / "unetgen"), *shlex.split(line)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def packages(self) -> set[str]:
        """The names of all that is installed."""
        (site,) = (self.place / "lib").glob("python3.*/site-packages")
        return {path.name.partition("-")[0].lower() for path in site.glob("*.dist-info")}


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as `python -m build` does."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


def write_inputs(folder: Path) -> None:
    (folder / "small.yaml").write_text(CONFIG)
    (folder / "run.yaml").write_text(RUN)
    random = np.random.default_rng(0)
    for number in range(6):
        mask = (random.random((32, 32)) > 0.5).astype("uint8") * 255
        for name, values in (("images", mask // 2), ("masks", mask)):
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(values).save(folder / name / f"{number}.png")


def assert_runs(installed: Installed, *lines: str) -> None:
    answers = {line: installed.run(line) for line in lines}
    assert {line: answer for line, answer in answers.items() if answer[0] != 0} == {}


@thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_works_alone_and_trains_once_its_advice_was_followed(
    version: str, wheel: Path, tmp_path: Path
) -> None:
    installed = Installed.fresh(version, wheel, tmp_path)
    write_inputs(installed.folder)
    advised = work_without_backend(installed)
    installed.pip(*advised)
    build_and_train(installed)


def work_without_backend(installed: Installed) -> list[str]:
    """Run all that needs no backend; the packages that a command which needs one says to install."""
    assert installed.packages() & {"tensorflow", "keras", "jax", "torch", "scipy"} == set()
    assert_runs(installed, *WITHOUT_BACKEND)
    made = {path.name for path in installed.folder.iterdir()}
    assert {"a.svg", "a.pdf", "a.png", "a.tex", "a.html", "source.py", "table.csv", "report.html"} <= made
    advised = set()
    for line in NEED_BACKEND:
        code, out, err = installed.run(line)
        advice = ADVICE.search(err)
        assert (code, out) == (2, "")
        assert advice and "Traceback" not in err
        advised.add(advice[1])
    assert not {"built", "trained"} & {path.name for path in installed.folder.iterdir()}
    program, command, *packages = shlex.split(advised.pop())
    assert (program, command, advised) == ("pip", "install", set())
    return packages


def build_and_train(installed: Installed) -> None:
    """Build, check, train and predict with the backend that is now there."""
    assert_runs(
        installed,
        *NEED_BACKEND,
        "check built/unetgen.lock.json",
        "predict trained/model.keras images --out p",
    )
    assert {path.name for path in (installed.folder / "p").iterdir()} >= {f"{n}.png" for n in range(6)}
    history = (installed.folder / "trained" / "history.csv").read_text().splitlines()
    first, last = (float(row.split(",")[1]) for row in history[1:])
    assert last < first
