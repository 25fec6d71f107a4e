"""A config as a notebook shows it: the fields that are not at their defaults, section by section."""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.config.model import UNetConfig
from unetgen.config.objectives import objectives
from unetgen.config.resolved import with_defaults, yaml_text
from unetgen.config.shortest import shortest
from unetgen.errors import UnetgenError
from unetgen.html_tables import table, titled


def html(config: UNetConfig) -> str:
    """The name and source of `config`, and what it sets."""
    data = shortest(_resolved(config))
    name, source = str(data.pop("name", config.name)), data.pop("source", None)
    rows = [row for section, value in data.items() for row in _section(section, value)]
    note = f"{config.dims}D U-Net; every field that is not shown has its default"
    return titled(
        name, note if source is None else f"{source}; {note}", table(("section", "field", "value"), rows)
    )


def _resolved(config: UNetConfig) -> UNetConfig:
    try:
        return with_defaults(config, objectives(config))
    except UnetgenError:  # made by hand, and not a legal one
        return config


def _section(section: str, value: object) -> Iterator[list[str]]:
    """The rows of a field, or of a mapping: its name stands in the first alone."""
    if not isinstance(value, dict):
        yield [section, "", yaml_text(value)]
        return
    for place, (field, inside) in enumerate(value.items()):
        yield ["" if place else section, field, yaml_text(inside)]
