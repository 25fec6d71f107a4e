"""A module of Python's own that is imported when something of it is used, though others import it first."""

from __future__ import annotations

import importlib
import os
import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

METADATA = "importlib.metadata"


def defer_metadata() -> None:
    """Let `importlib.metadata` be imported once it is used; where it is imported already, it stays.

    Pydantic imports it for its plugins, which the command line has none of. It brings 50 modules, among them
    those of e-mail and of zip files, and takes a tenth of the time of a short command.
    """
    if METADATA in sys.modules:
        return
    deferred = ModuleType(METADATA)

    def real() -> Any:
        if sys.modules.get(METADATA) is deferred:
            del sys.modules[METADATA]
        return import_module(METADATA)

    vars(deferred)["__path__"] = [os.path.join(path, "metadata") for path in importlib.__path__]  # noqa: PTH118
    # A name that is imported, but not yet called; any other name imports the module at once.
    vars(deferred)["entry_points"] = lambda **parameters: real().entry_points(**parameters)
    vars(deferred)["__getattr__"] = lambda name: getattr(real(), name)
    sys.modules[METADATA] = deferred
    vars(importlib)["metadata"] = deferred
