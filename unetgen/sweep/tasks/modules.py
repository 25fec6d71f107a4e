"""The modules that a task of the user's is made of: their contents are part of what a point is."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from unetgen.errors import UnetgenError

NAMED = "module "
"""What stands before a module's name among the contents of a point."""
OURS = "unetgen"


def contents_of(place: str, folders: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of the imported module called `place`, and of those in `folders` that it has imported."""
    own = {place} if place in sys.modules else set()
    beside = {name for name, module in list(sys.modules.items()) if _is_in(name, module, folders)}
    return dict(_hashed(sorted(own | beside)))


def require_unchanged(contents: Mapping[str, str]) -> None:
    """Raise `UnetgenError` where a module in `contents` is another one than it was, or is not imported."""
    now = dict(_hashed(name.removeprefix(NAMED) for name in contents))
    changed = [name for name, digest in contents.items() if now.get(name) != digest]
    if changed:
        raise UnetgenError(
            f"{', '.join(changed)}: changed since this point was checked; the sweep's command given again "
            "runs it with what is there now"
        )


def _is_in(name: str, module: ModuleType | None, folders: Sequence[str]) -> bool:
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or name.partition(".")[0] in (OURS, "__main__"):
        return False
    path = Path(file).resolve()
    is_installed = path.is_relative_to(sys.prefix) or path.is_relative_to(sys.base_prefix)
    return not is_installed and any(path.is_relative_to(Path(folder).resolve()) for folder in folders)


def _hashed(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None)
        if isinstance(file, str) and Path(file).is_file():
            yield f"{NAMED}{name}", hashlib.sha256(Path(file).read_bytes()).hexdigest()
