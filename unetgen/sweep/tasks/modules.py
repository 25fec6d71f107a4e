"""The modules that a task of the user's is made of: their contents are part of what a point is.

They are found by reading: what each imports, at its top or inside a function, is looked up beside it, and
read in its turn. Nothing is imported for that. What only has a name while the task runs is not found.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType

from unetgen.errors import UnetgenError

NAMED = "module "
"""What stands before a module's name among the contents of a point."""
OURS, INIT = "unetgen", "__init__.py"


def contents_of(place: str, folders: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of the imported module called `place`, and of those in `folders` that it is made of."""
    beside = {name for name, module in list(sys.modules.items()) if _is_in(name, _file(module), folders)}
    waiting, names = [place, *beside], set[str]()
    while waiting:
        name = waiting.pop()
        names.add(name)
        waiting += [
            new for new in _imported_by(name) if new not in names and _is_in(new, _found(new), folders)
        ]
    return dict(_hashed(sorted(names)))


def require_unchanged(contents: Mapping[str, str]) -> None:
    """Raise `UnetgenError` where a module in `contents` is another one than it was, or is not there."""
    now = dict(_hashed(name.removeprefix(NAMED) for name in contents))
    changed = [name for name, digest in contents.items() if now.get(name) != digest]
    if changed:
        raise UnetgenError(
            f"{', '.join(changed)}: changed since this point was checked; the sweep's command given again "
            "runs it with what is there now"
        )


def _imported_by(name: str) -> Iterator[str]:
    """The modules that the one called `name` may import, wherever in it that stands, and their packages."""
    file = _found(name)
    if file is None or file.suffix != ".py":
        return
    package = name if file.name == INIT else name.rpartition(".")[0]
    for place in _places(file, package):
        parts = place.split(".")
        yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def _places(file: Path, package: str) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # it raises when it is imported
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _places_of(node, package)


def _places_of(node: ast.ImportFrom, package: str) -> Iterator[str]:
    """What ``from ... import ...`` may name: any name in it may be a module."""
    place = "." * node.level + (node.module or "")
    try:
        whole = resolve_name(place, package)
    except ImportError:  # beyond the top: it raises when it is run
        return
    yield from (f"{whole}.{alias.name}" for alias in node.names)


def _found(name: str) -> Path | None:
    """The file of a module that is imported already, or where importing it would find it."""
    if name in sys.modules:
        return _file(sys.modules[name])
    inside = Path(*name.split("."))
    places = (
        Path(folder) / each for folder in sys.path for each in (inside / INIT, inside.with_suffix(".py"))
    )
    return next((place for place in places if place.is_file()), None)


def _file(module: ModuleType | None) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if isinstance(file, str) else None


def _is_in(name: str, file: Path | None, folders: Sequence[str]) -> bool:
    if file is None or name.partition(".")[0] in (OURS, "__main__"):
        return False
    path = file.resolve()
    is_installed = path.is_relative_to(sys.prefix) or path.is_relative_to(sys.base_prefix)
    return not is_installed and any(path.is_relative_to(Path(folder).resolve()) for folder in folders)


def _hashed(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        file = _found(name)
        if file is not None and file.is_file():
            yield f"{NAMED}{name}", hashlib.sha256(file.read_bytes()).hexdigest()
