"""What `unetgen --version` prints: the versions that a report of a fault needs; no backend is imported."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from pathlib import Path

from unetgen import __version__

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Keras's name of each backend, under which it is installed too, and its own."""
_OTHER_NAMES = {"tensorflow": ("tensorflow", "tensorflow-cpu", "tf-nightly")}


def versions() -> str:
    """The versions of unetgen, Python, Keras and each backend that is installed, one a line.

    The backend that Keras would take is marked; it is named also where it is not installed.
    """
    used = backend()
    rows = [("Python", platform.python_version()), ("Keras", _version("keras") or "not installed")]
    for name, called in BACKENDS.items():
        version = _version(*_OTHER_NAMES.get(name, (name,)))
        if version or name == used:
            rows.append((called, f"{version or 'not installed'}{', in use' if name == used else ''}"))
    if used not in BACKENDS:
        rows.append((used, "in use"))
    return "\n".join([f"unetgen {__version__}", *(f"{name} {version}" for name, version in rows)])


def backend() -> str:
    """The backend that Keras takes: of ``KERAS_BACKEND``, of its settings' file, or TensorFlow."""
    if given := os.environ.get("KERAS_BACKEND"):
        return given
    home = Path(os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser())
    try:
        settings = json.loads((home / "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "tensorflow"
    named = settings.get("backend") if isinstance(settings, dict) else None
    return named if isinstance(named, str) else "tensorflow"


def _version(*names: str) -> str | None:
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None
