"""Kinds of other packages: announced under the entry-point group `unetgen.kinds`, and named `package/kind`.

A config names a package and a kind, never a module. A package's code is imported where a config names one of
its kinds, and only what an installed package has announced can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from unetgen.errors import Wrong
from unetgen.parts.part import Part, kinds_of
from unetgen.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "unetgen.kinds"
SEPARATOR = "/"
NAME_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*/[A-Za-z0-9_.-]+$"
"""What such a name looks like: the package as the index of packages writes it, and the kind."""
_SEPARATORS = re.compile(r"[-_.]+")

AnyPart = TypeVar("AnyPart", bound=Part)


def is_announced_name(name: str) -> bool:
    """Whether a kind of this name would be another package's."""
    return SEPARATOR in name


def package_of(name: str) -> str:
    """The package in such a name."""
    return name.partition(SEPARATOR)[0]


def packages_in(data: object) -> tuple[str, ...]:
    """The packages whose kinds a config's plain data names, sorted.

    >>> packages_in({"block": {"kind": "acme-unets/gated"}, "up": {"kind": "nearest"}})
    ('acme-unets',)
    """
    return tuple(sorted(set(_packages(data))))


def _packages(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        kind = data.get("kind")
        if isinstance(kind, str) and is_announced_name(kind):
            yield package_of(kind)
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _packages(each)


@cache
def announced() -> Mapping[str, EntryPoint]:
    """What the installed packages announce, by `package/kind`, sorted; nothing is imported."""
    from importlib.metadata import entry_points

    found = {
        f"{_normalized(entry.dist.name)}{SEPARATOR}{entry.name}": entry
        for entry in entry_points(group=GROUP)
        if entry.dist is not None
    }
    return dict(sorted(found.items()))


def announced_kind(name: str, base: type[AnyPart], noun: str) -> type[AnyPart]:
    """The class that an installed package announces as `name`, a subclass of `base`.

    Raises `Wrong` where there is none, where it cannot be imported, and where it is something else than a
    `noun` of this name.
    """
    entry = announced().get(name)
    if entry is None:
        raise _missing(name, noun)
    try:
        model = entry.load()
    except Exception as error:  # whatever the code of another package raises
        why = f"{type(error).__name__}: {error}"
        raise Wrong.of(
            f"cannot be imported from {entry.value}: {why}",
            got=name,
            hint=f"mend the package {package_of(name)}, or install a version of it that fits this unetgen",
        ) from error
    if not isinstance(model, type) or not issubclass(model, base):
        raise Wrong.of(f"is no {noun}: {entry.value} is not a subclass of {base.__name__}", got=name)
    if name not in kinds_of(model):
        called = ", ".join(map(repr, kinds_of(model)))
        raise Wrong.of(f"is called {called} by {entry.value} itself", got=name)
    return model


def _missing(name: str, noun: str) -> Wrong:
    package = package_of(name)
    of_package = [known for known in announced() if package_of(known) == package]
    if of_package:
        return Wrong.of(
            f"is not among the kinds of the package {package} {version_of(of_package[0])}",
            got=name,
            hint=did_you_mean(name, of_package),
        )
    if near := nearest(name, announced()):
        return Wrong.of(f"unknown {noun}", got=name, hint=f"did you mean `{near}`?")
    if not re.fullmatch(NAME_PATTERN, name):
        return Wrong.of(f"unknown {noun}", got=name, hint="another package's is called package/kind")
    return Wrong.of(
        f"is a kind of the package {package}, which is not installed or announces none",
        got=name,
        hint="install it beside unetgen; `unetgen list --kinds` lists what is there",
    )


def version_of(name: str) -> str:
    """The version of the package that announces `name`."""
    dist = announced()[name].dist
    return "" if dist is None else dist.version


def _normalized(package: str) -> str:
    """The package's name as PEP 503 writes it."""
    return _SEPARATORS.sub("-", package).lower()
