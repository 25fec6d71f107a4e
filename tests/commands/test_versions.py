from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.hostile.conftest import Unetgen, unetgen
from unetgen import __version__, installed
from unetgen.commands import versions

__all__ = ["unetgen"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras's folder of settings, empty, and nothing said in the environment."""
    folder = tmp_path / "settings"
    folder.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(folder))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return folder


def test_versions_of_what_a_report_needs(settings: Path, unetgen: Unetgen) -> None:
    lines = unetgen("--version").out.splitlines()
    assert lines[:3] == [
        f"unetgen {__version__}",
        f"Python {platform.python_version()}",
        f"Keras {version('keras')}",
    ]
    assert f"TensorFlow {version('tensorflow')}, in use" in lines


@pytest.mark.parametrize(
    ("environment", "file", "used"),
    [
        (None, None, "tensorflow"),
        (None, {"backend": "torch"}, "torch"),
        ("jax", {"backend": "torch"}, "jax"),
        ("", {"backend": "torch"}, "torch"),
        (None, ["not", "settings"], "tensorflow"),
    ],
)
def test_the_backend_is_the_one_that_keras_takes(
    environment: str | None,
    file: object,
    used: str,
    settings: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As keras/src/backend/config.py has it, with all installed: environment, file, TensorFlow."""
    if environment is not None:
        monkeypatch.setenv("KERAS_BACKEND", environment)
    if file is not None:
        (settings / "keras.json").write_text(json.dumps(file))
    monkeypatch.setattr(installed, "is_installed", lambda package: True)
    assert installed.backend() == used


def test_a_backend_in_use_that_is_not_installed_is_named(
    settings: Path, monkeypatch: pytest.MonkeyPatch, unetgen: Unetgen
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr(versions, "_version", lambda *names: {"tensorflow": "2.0"}.get(names[0]))
    lines = unetgen("--version").out.splitlines()[2:]
    assert lines == ["Keras not installed", "TensorFlow 2.0", "JAX not installed, asked for"]


def test_a_backend_that_nobody_asked_for_is_only_missing(
    settings: Path, monkeypatch: pytest.MonkeyPatch, unetgen: Unetgen
) -> None:
    monkeypatch.setattr(installed, "is_installed", lambda package: False)
    monkeypatch.setattr(versions, "_version", lambda *names: None)
    lines = unetgen("--version").out.splitlines()[2:]
    assert lines == ["Keras not installed", "TensorFlow not installed"]


def test_no_backend_is_imported() -> None:
    code = """
import sys
from unetgen.cli import main
try:
    main(["--version"])
finally:
    print({"keras", "tensorflow", "torch", "jax", "numpy"} & {*sys.modules}, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "set()\n")
