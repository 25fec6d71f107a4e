"""What is installed beside what unetgen itself needs: the backend that Keras computes with, and extras.

Packages are looked for here, never imported; the command line begins with this module, so it is cheap itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec

from unetgen.errors import Problem, UnetgenError

BACKENDS = ("tensorflow", "jax", "torch")
"""Those with which Keras trains, by the names of their packages, their extras and in ``KERAS_BACKEND``."""
VARIABLE = "KERAS_BACKEND"
EXTRAS: Mapping[str, str] = {
    "scipy": "images",
    "nibabel": "images",
    "keras": BACKENDS[0],
    "h5py": BACKENDS[0],
    **{each: each for each in BACKENDS},
}
"""The extra that brings a package, by the name under which that is imported."""


def choose_backend() -> None:
    """Let Keras compute with `backend()`, if it is not imported already."""
    if not sys.modules.get("keras") and backend() != _by_default():
        os.environ[VARIABLE] = backend()


def require_backend() -> None:
    """Choose the backend; raise `UnetgenError` that says what to install where it or Keras is missing."""
    if sys.modules.get("keras"):
        return
    choose_backend()
    asked = os.environ.get(VARIABLE)
    if asked and asked not in BACKENDS:
        raise UnetgenError(str(Problem(f"must be one of {', '.join(BACKENDS)}", (VARIABLE,), got=asked)))
    there = installed_backends()
    if asked and asked not in there:
        others = f"; {' and '.join(there)} is here" if there else ""
        raise UnetgenError(f"{VARIABLE}: {asked} is not installed: {_install(asked)}{others}")
    if not there or not is_installed("keras"):
        if there:
            raise UnetgenError(f"this needs Keras, which is not installed: {_install(asked or there[0])}")
        raise UnetgenError(
            "this needs Keras with a backend, and neither is installed: "
            f"{_install(BACKENDS[0])}, or {' or '.join(f'unetgen[{each}]' for each in BACKENDS[1:])}"
        )


def require_tensorflow(purpose: str, in_keras: bool = False) -> None:
    """Raise `UnetgenError` where TensorFlow is not installed, or, `in_keras`, is not Keras's backend.

    `purpose` needs it, and begins the message.
    """
    if not is_installed("tensorflow"):
        raise UnetgenError(f"{purpose} needs TensorFlow, which is not installed: {_install('tensorflow')}")
    if in_keras and backend() != "tensorflow":
        raise UnetgenError(
            f"{purpose} needs TensorFlow, and Keras computes with {backend()}; set {VARIABLE}=tensorflow"
        )


def backend() -> str:
    """The backend of Keras: what ``KERAS_BACKEND`` names, else Keras's own file; installed or not.

    Where Keras's file names one that is not installed, it is the first of `BACKENDS` that is: Keras writes
    TensorFlow there without being asked.
    """
    named, there = _by_default(), installed_backends()
    if os.environ.get(VARIABLE) or named in there:
        return named
    return there[0] if there else named


def installed_backends() -> list[str]:
    """Those that Keras could compute with."""
    return [each for each in BACKENDS if is_installed(each)]


@contextmanager
def extras_named() -> Iterator[None]:
    """Turn the want of a package within into a `UnetgenError` that names the extra which brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS or is_installed(package):
            raise
        if EXTRAS[package] in BACKENDS:
            require_backend()  # says more, where all of it is missing
        raise UnetgenError(
            f"this needs {package}, which is not installed: {_install(EXTRAS[package])}"
        ) from None


def is_installed(package: str) -> bool:
    """Whether `package` could be imported; a mere folder of its name does not count."""
    spec = find_spec(package)
    return spec is not None and spec.origin is not None


def _install(extra: str) -> str:
    from unetgen.shell import install  # for errors only

    return install(f"unetgen[{extra}]")


def _by_default() -> str:
    """The backend that Keras would take."""
    if named := os.environ.get(VARIABLE):
        return named
    import json
    from pathlib import Path

    home = os.environ.get("KERAS_HOME")
    file = (Path(home) if home else Path("~", ".keras").expanduser()) / "keras.json"
    with suppress(OSError, ValueError, AttributeError):
        return str(json.loads(file.read_text(encoding="utf-8")).get("backend", BACKENDS[0]))
    return BACKENDS[0]
