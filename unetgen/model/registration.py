"""Does what has to be done as soon as Keras is there, without importing it: `unetgen.layers` is registered.

Keras deserializes classes of other packages only once they are registered, and a saved model has to load
after ``import unetgen`` alone. A library for import hooks exists, but importing it takes as long as checking
a whole config.
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # `typing` takes longer to import than all of this package's first module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


def register_with_keras() -> None:
    """Import `unetgen.layers` now if Keras is imported, else right after it will be."""
    with_keras(lambda: import_module("unetgen.layers"))


def with_keras(action: Callable[[], object]) -> None:
    """Run `action` now if Keras is imported, else right after it will be."""
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "saving"):
        action()
    else:
        sys.meta_path.insert(0, _AfterKeras(action))


class _AfterKeras:
    """Finds nothing by itself: it lets the others find Keras, and has its loader followed by ours.

    Python asks it for each module that is imported, until Keras begins to load: what Keras imports itself,
    with TensorFlow some 2,900 modules, no longer passes here. Looking for Keras is not loading it, and
    TensorFlow looks before it loads; so `find_spec` leaves the finder where it is.
    """

    def __init__(self, action: Callable[[], object]) -> None:
        self.action = action

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "keras":
            return None
        # Those before this one have been asked, or are others of this class that ask in turn.
        behind = sys.meta_path[sys.meta_path.index(self) + 1 :]
        finders = (finder for finder in behind if hasattr(finder, "find_spec"))
        specs = (finder.find_spec(fullname, path, target) for finder in finders)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            spec.loader = _Followed(spec.loader, self)  # type: ignore[assignment]
        return spec


class _Followed:
    """A loader that takes the finder away, and runs its action once the module has run.

    All else is the original's. Where the module fails the finder is put back, for the next try.
    """

    def __init__(self, original: Loader, finder: _AfterKeras) -> None:
        self._original = original
        self._finder = finder

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._original.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._original
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        try:
            self._original.exec_module(module)
        except BaseException:
            sys.meta_path.insert(0, self._finder)
            raise
        self._finder.action()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)
