"""PyTorch, where it is installed: what reads and writes its files imports it here, late."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from unetgen.errors import UnetgenError
from unetgen.shell import install


def pytorch(purpose: str) -> ModuleType:
    """The module ``torch``; raises `UnetgenError` that says how to get it for `purpose`."""
    if importlib.util.find_spec("torch") is None:
        raise UnetgenError(f"{purpose} needs PyTorch: {install('unetgen[torch]')}")
    return importlib.import_module("torch")
