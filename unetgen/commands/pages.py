"""Which page of the site explains an error.

It is named where a person reads along, on a terminal: what goes into a file or to another program stays one
line a problem.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from unetgen.errors import ConfigError, Path, Problem, UnetgenError
from unetgen.site import SITE

if TYPE_CHECKING:
    from pydantic import BaseModel

RUN_SECTIONS = {"data": "runs.html#data", "fit": "runs.html#fit"}
READINGS = "errors.html#scalars-that-readers-disagree-about"
TOP = "config.html#fields-at-the-top"
CHAPTERS = {
    "activation": "activations",
    "kernel_initializer": "initializers",
    "kernel_regularizer": "regularizers",
    "loss": "losses",
    "metrics": "metrics",
    "optimizer": "optimizers",
}
"""Chapters of the page of fields by the field that takes their names; kinds have some too."""


def name_page(error: UnetgenError, command: str) -> None:
    """Say on the terminal, if that is where errors go, which page explains `error`."""
    if sys.stderr.isatty():
        print(f"see {SITE}{page_of(error, command)}", file=sys.stderr, flush=True)


def page_of(error: UnetgenError, command: str) -> str:
    """The page, with its anchor, for the first problem of `error`; where it has no field, the command's."""
    problems = error.problems if isinstance(error, ConfigError) else ()
    place = place_of(problems[0]) if problems else None
    return place or f"commands.html#unetgen-{command}"


def place_of(problem: Problem) -> str | None:
    """The page that answers a problem, else where its field is described; None where it has no such field.

    >>> place_of(Problem("must be positive", ("filters", 3)))
    'config.html#filters'
    >>> place_of(Problem("must be positive", ("model", "up", "kernel")))
    'config.html#kinds-of-up'
    """
    if problem.page:
        return problem.page
    if "YAML 1.1" in problem.message:
        return READINGS
    path = tuple(name for name in problem.path if isinstance(name, str))
    path = path[1:] if path[:1] == ("model",) else path
    if path[:1] and path[0] in RUN_SECTIONS:
        return RUN_SECTIONS[path[0]]
    known = fields()
    nearest = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in known), None)
    if nearest is None:
        return TOP if path and problem.message == "unknown key" else None
    return f"config.html#{known[nearest]}"


def fields() -> dict[Path, str]:
    """The anchor of every field of a config by its path."""
    from unetgen.config.model import UNetConfig
    from unetgen.config.schema.definitions import UNIONS
    from unetgen.config.schema.page import anchor, sections

    chapters = CHAPTERS | {union: f"kinds-of-{union}" for union in UNIONS}
    models: dict[tuple[str, ...], type[BaseModel]] = {(): UNetConfig, **sections()}
    return {
        (*path, name): chapters.get(name) or anchor((*path, name))
        for path, model in models.items()
        for name in model.model_fields
    }
