"""What `unetgen --version` prints: the versions that a report of a fault needs; no backend is imported."""

from __future__ import annotations

import importlib.metadata
import os
import platform

from unetgen import __version__
from unetgen.installed import VARIABLE, backend

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
            asked = ", in use" if version else ", asked for" if os.environ.get(VARIABLE) else ""
            rows.append((called, f"{version or 'not installed'}{asked if name == used else ''}"))
    if used not in BACKENDS:
        rows.append((used, "in use"))
    return "\n".join([f"unetgen {__version__}", *(f"{name} {version}" for name, version in rows)])


def _version(*names: str) -> str | None:
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None
