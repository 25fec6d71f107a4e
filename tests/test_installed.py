"""What is said where a package is missing that only some commands need, and which backend Keras gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from unetgen import installed
from unetgen.errors import UnetgenError

CONFIG = "input: {shape: [16, 16]}\ndepth: 2\nbase_filters: 2\nnum_classes: 2\n"
RUN = (
    "model: {input: {shape: [16, 16]}, depth: 2, base_filters: 2, num_classes: 2}\n"
    "data: {images: images, masks: masks, labels: {0: background, 255: cell}}\n"
    "fit: {epochs: 1, batch_size: 2}\n"
)
ABSENT = ("tensorflow", "jax", "torch", "keras", "h5py", "scipy", "nibabel")
MAIN = """
import contextlib, io, json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))  # as Python takes what is not installed
from unetgen.cli import main
for line in json.loads(sys.argv[2]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(line.split())
        except BaseException as error:
            code = repr(error)
    print(json.dumps([code, err.getvalue()]))
"""
NO_BACKEND = (
    "this needs Keras with a backend, and neither is installed: pip install 'unetgen[tensorflow]', "
    "or unetgen[jax] or unetgen[torch]\n"
)


def answers(folder: Path, *lines: str, absent: tuple[str, ...] = ABSENT) -> dict[str, tuple[object, str]]:
    """The exit code and the errors of each command, run in one process that lacks the packages `absent`."""
    (folder / "a.yaml").write_text(CONFIG)
    (folder / "run.yaml").write_text(RUN)
    done = subprocess.run(
        [sys.executable, "-c", MAIN, json.dumps(absent), json.dumps(lines)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return {line: (code, err) for line, (code, err) in zip(lines, said, strict=True)}


def data_set(folder: Path) -> None:
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for number in range(4):
        mask = (random.random((16, 16)) > 0.5).astype("uint8") * 255
        for name, values in (("images", mask // 2), ("masks", mask), ("predicted", mask)):
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(values).save(folder / name / f"{number}.png")


def test_planning_figures_sweeps_and_data_need_no_backend(tmp_path: Path) -> None:
    data_set(tmp_path)
    found = answers(
        tmp_path,
        *("list", "validate a.yaml", "show a.yaml", "show a.yaml --json", "diff a.yaml quickstart2d"),
        *("schema", "schema --run", "show unet3d_depth2 --optimize training", "show a.yaml up=linear"),
        "diagram a.yaml --out a.svg --out a.pdf --out a.png --out a.tex --out a.html",
        *(f"export a.yaml --format {name}" for name in ("mermaid", "dot", "latex", "card")),
        *(f"export a.yaml --format {name}-source" for name in ("keras", "torch")),
        *("sweep a.yaml depth=2,3 --out out", "collect out --out table.csv --out report.html"),
        *("data run.yaml", "suggest run.yaml --memory 1GiB --out suggested.yaml"),
        "sweep run.yaml model.base_filters=2,4 --task train --dry-run --out other",
        "evaluate --predictions predicted --masks masks --no-distances",
    )
    assert {line: answer for line, answer in found.items() if answer[0] != 0} == {}


def test_what_needs_a_backend_says_how_to_get_one_and_writes_nothing(tmp_path: Path) -> None:
    data_set(tmp_path)
    (tmp_path / "lock.json").write_text("{}")
    found = answers(
        tmp_path,
        *("build a.yaml --out out", "train run.yaml --out out", "measure a.yaml --quick"),
        *("sweep a.yaml depth=2,3 --task build --out out", "sweep a.yaml depth=2 --task measure --out out"),
        "sweep run.yaml model.base_filters=2,4 --task train --out out",
    )
    assert found == dict.fromkeys(found, (2, NO_BACKEND))
    assert not (tmp_path / "out").exists()


def test_a_saved_model_says_how_to_get_a_backend(tmp_path: Path) -> None:
    import unetgen

    config = unetgen.load("quickstart2d", ["input.shape=[16,16]", "depth=2", "base_filters=2"])
    unetgen.save(unetgen.build(config), config, tmp_path / "m.keras")
    data_set(tmp_path)
    found = answers(
        tmp_path,
        *("predict m.keras images --out out", "optimize m.keras --out fast.keras"),
        *("transfer m.keras a.yaml --out other.keras", "evaluate m.keras --images images --masks masks"),
        *("export m.keras --out m.onnx", "export m.keras --format keras-source --out a.py --weights m.keras"),
    )
    assert found == dict.fromkeys(found, (2, NO_BACKEND))
    (err,) = (err for _, err in answers(tmp_path, "export m.keras --out saved").values())
    assert err == (
        "saved_model needs TensorFlow, which is not installed: pip install 'unetgen[tensorflow]'\n"
    )


def test_a_package_of_an_extra_is_named_with_its_extra(tmp_path: Path) -> None:
    data_set(tmp_path)
    for name in ("volumes", "truth"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.nii.gz").write_bytes(b"x")
    distances = "evaluate --predictions predicted --masks masks"
    volumes = "evaluate --predictions volumes --masks truth --quiet"
    assert answers(tmp_path, distances, volumes, absent=("scipy", "nibabel")) == {
        distances: (2, "this needs scipy, which is not installed: pip install 'unetgen[images]'\n"),
        volumes: (
            2,
            "volumes/a.nii.gz: files of this format need nibabel; "
            "install it with `pip install 'unetgen[images]'`\n",
        ),
    }


def test_what_is_missing_otherwise_stays_python_s_own_error() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"), installed.extras_named():
        __import__("no_such_module")
    with pytest.raises(ModuleNotFoundError, match=r"keras\.no_such"), installed.extras_named():
        __import__("keras.no_such")


class Machine:
    """A pretended machine: what is installed on it, and what its user has said of Keras."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        self._monkeypatch, self._home = monkeypatch, home
        monkeypatch.delitem(sys.modules, "keras", raising=False)
        monkeypatch.setenv("KERAS_HOME", str(home))
        monkeypatch.setenv("KERAS_BACKEND", "")

    def has(self, *packages: str, variable: str = "", file: str | None = None) -> None:
        self._monkeypatch.setattr(installed, "is_installed", packages.__contains__)
        self._monkeypatch.setenv("KERAS_BACKEND", variable)
        if file is not None:
            (self._home / "keras.json").write_text(file)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    return Machine(monkeypatch, tmp_path)


@pytest.mark.parametrize("only", ["jax", "torch"])
def test_the_backend_that_is_installed_is_taken_where_nobody_named_one(machine: Machine, only: str) -> None:
    machine.has("keras", only, file='{"backend": "tensorflow"}')  # as Keras writes it unasked
    installed.require_backend()
    assert os.environ["KERAS_BACKEND"] == only == installed.backend()


def test_keras_that_is_imported_already_keeps_its_backend(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has("keras", "jax", file='{"backend": "tensorflow"}')
    monkeypatch.setitem(sys.modules, "keras", sys)
    installed.choose_backend()
    assert os.environ["KERAS_BACKEND"] == ""
    machine.has()
    installed.require_backend()  # whatever lies on the disk since


@pytest.mark.parametrize(
    "packages, variable, file, wanted",
    [
        (("tensorflow", "jax", "torch"), "", None, "tensorflow"),
        (("tensorflow", "jax"), "", '{"backend": "jax"}', "jax"),
        (("tensorflow", "jax"), "", "{", "tensorflow"),
        (("tensorflow", "torch"), "torch", None, "torch"),
        (("jax", "torch"), "torch", '{"backend": "tensorflow"}', "torch"),
    ],
)
def test_what_the_user_says_of_the_backend_stays(
    machine: Machine, packages: tuple[str, ...], variable: str, file: str | None, wanted: str
) -> None:
    machine.has("keras", *packages, variable=variable, file=file)
    installed.require_backend()
    assert os.environ["KERAS_BACKEND"] == variable
    assert installed.backend() == wanted


@pytest.mark.parametrize(
    "packages, variable, said",
    [
        ((), "", NO_BACKEND.strip()),
        (("keras",), "", NO_BACKEND.strip()),
        (("torch",), "", "this needs Keras, which is not installed: pip install 'unetgen[torch]'"),
        (
            ("keras", "tensorflow"),
            "jax",
            "KERAS_BACKEND: jax is not installed: pip install 'unetgen[jax]'; tensorflow is here",
        ),
        (("keras",), "jax", "KERAS_BACKEND: jax is not installed: pip install 'unetgen[jax]'"),
        (
            ("keras", "tensorflow"),
            "jaxx",
            "KERAS_BACKEND: must be one of tensorflow, jax, torch (got 'jaxx')",
        ),
    ],
)
def test_what_is_missing_is_said_with_what_installs_it(
    machine: Machine, packages: tuple[str, ...], variable: str, said: str
) -> None:
    machine.has(*packages, variable=variable)
    with pytest.raises(UnetgenError) as raised:
        installed.require_backend()
    assert str(raised.value) == said


def test_what_tensorflow_alone_does_says_so_on_another_backend(machine: Machine) -> None:
    machine.has("keras", "tensorflow", "jax", variable="jax")
    installed.require_tensorflow("--tensorboard")  # it writes events, whatever Keras computes with
    with pytest.raises(UnetgenError) as raised:
        installed.require_tensorflow("litert", in_keras=True)
    assert str(raised.value) == (
        "litert needs TensorFlow, and Keras computes with jax; set KERAS_BACKEND=tensorflow"
    )


def test_a_folder_of_a_package_s_name_is_not_that_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some_backend").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not installed.is_installed("some_backend")
    (tmp_path / "some_backend" / "__init__.py").write_text("")
    assert installed.is_installed("some_backend")
