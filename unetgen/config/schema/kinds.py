"""Every kind that a config can name: ours, and those that installed packages announce."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from unetgen.config.lookup import choice_at
from unetgen.config.model import UNetConfig
from unetgen.config.schema.documentation import summary
from unetgen.errors import Wrong
from unetgen.parts.announced import announced, announced_kind, package_of, version_of
from unetgen.parts.choice import Kinds
from unetgen.parts.part import Part


class KindRow(NamedTuple):
    """One kind in a list."""

    part: str
    """The field that takes it."""
    kind: str
    package: str | None
    """The package of somebody else that it comes from, with its version."""
    summary: str
    """What its documentation says first."""


def kinds() -> tuple[list[KindRow], list[str]]:
    """All kinds in the order of the language, and what is wrong with announced ones.

    The code of the packages that announce kinds is imported.
    """
    choices = {choice.of: choice for choice in _choices()}
    rows = [
        KindRow(part, kind, None, summary(model))
        for part, choice in choices.items()
        for kind, model in choice.models.items()
    ]
    problems = []
    for name in announced():
        try:
            part, model = _part_of(name, choices)
        except Wrong as wrong:
            problems += [str(problem) for problem in wrong.problems]
            continue
        package = f"{package_of(name)} {version_of(name)}"
        rows.append(KindRow(part, name, package, summary(model)))
    places = list(choices)
    return sorted(rows, key=lambda row: places.index(row.part)), problems


def _choices() -> Iterator[Kinds[Any]]:
    """What chooses among kinds that are open to those of other packages."""
    for name in UNetConfig.model_fields:
        choice = choice_at((name,), {})
        if isinstance(choice, Kinds) and choice.base is not None:
            yield choice


def _part_of(name: str, choices: Mapping[str, Kinds[Any]]) -> tuple[str, type[Part]]:
    """The field that takes the announced kind `name`, and the kind; raises `Wrong` where none does."""
    model: type[Part] = announced_kind(name, Part, "part of a config")
    for part, choice in choices.items():
        if choice.base is not None and issubclass(model, choice.base):
            return part, model
    raise Wrong.of(f"{name}: is none of: {', '.join(choices)}")
