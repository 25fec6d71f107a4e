"""Fields that had another name: the old one is read as the new one, and a note says so.

The digest keeps the names with which it was first made, so that no old lock or table loses its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from unetgen.config.schema_version import KEY
from unetgen.errors import Path, Problem

if TYPE_CHECKING:
    from unetgen.config.source import Source

T = TypeVar("T", bound=str | int)
Names = tuple[str, ...]

RENAMED: Mapping[Names, str] = {
    ("compile", "optimizer", "name"): "kind",
    ("compile", "optimizer", "learning_rate", "name"): "kind",
}
"""The old place of a field, and its new name there."""
FORMER: Mapping[Names, str] = {(*old[:-1], new): old[-1] for old, new in RENAMED.items()}
"""The way back."""


def new_path(path: tuple[T, ...], names: Mapping[Names, str] = RENAMED) -> tuple[T | str, ...]:
    """`path` with the new name in place of an old one.

    >>> new_path(("compile", "optimizer", "name"))
    ('compile', 'optimizer', 'kind')
    """
    for old, new in names.items():
        if path[: len(old)] == old:
            return (*old[:-1], new, *path[len(old) :])
    return path


def with_new_names(data: Any, path: Path = (), names: Mapping[Names, str] = RENAMED) -> Any:
    """`data`, which stands under `path`, with new names; equal where it has no old ones.

    Where both names are given the new one counts.

    >>> with_new_names({"compile": {"optimizer": {"name": "adam"}}})
    {'compile': {'optimizer': {'kind': 'adam'}}}
    """
    for old, new in names.items():
        if old[: len(path)] == path:
            data = _with_new_name(data, old[len(path) :], new)
    return data


def _with_new_name(data: Any, place: Names, new: str) -> Any:
    if not place or not isinstance(data, dict) or place[0] not in data:
        return data
    old, *inside = place
    if inside:
        return {**data, old: _with_new_name(data[old], tuple(inside), new)}
    return {new if key == old else key: item for key, item in data.items() if key != old or new not in data}


def with_former_names(data: Mapping[str, Any]) -> Any:
    """The way back of `with_new_names`, for a whole config."""
    return with_new_names(dict(data), names=FORMER)


def renew(source: Source, package: Path = (), names: Mapping[Names, str] = RENAMED) -> None:
    """Let `source`, whose data stands under `package` of a config, say the new names, with a note for each.

    `names` are those of a whole file: of a config, if nothing else is said.

    A field that is given under both names is a problem, and so is an old name beside a `schema_version`.
    """
    from unetgen.config.source import value_at

    has_old = False
    version = None if package else source.data.get(KEY)
    for old, new in names.items():
        inside = old[len(package) :]
        if old[: len(package)] != package or not inside or value_at(source.data, inside) is ...:
            continue
        where = source.where(inside, key=True)
        if value_at(source.data, (*inside[:-1], new)) is not ...:
            message = f"is the old name of `{new}`, which is given too"
            source.problems.append(Problem(message, inside, hint=f"write `{new}` alone", where=where))
            source.dropped.add(inside)
        elif version is not None:
            message = f"is the old name of `{new}`, which `{KEY}: {version}` does not have"
            source.problems.append(
                Problem(message, inside, hint=f"write `{new}`; `unetgen migrate` does it", where=where)
            )
        else:
            source.notes.append(Problem(f"write `{new}` for `{old[-1]}`", inside, where=where))
        has_old = True
    if has_old:
        source.data = with_new_names(source.data, package, names)
        source.keys = _renewed(source.keys, package, names)
        source.values = _renewed(source.values, package, names)


def _renewed(marks: Mapping[Path, str], package: Path, names: Mapping[Names, str]) -> dict[Path, str]:
    return {new_path((*package, *path), names)[len(package) :]: mark for path, mark in marks.items()}
