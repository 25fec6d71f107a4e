"""All that unetgen takes of Hydra's private parts: no other file imports `hydra._internal`.

Hydra's logic of defaults lists has no public door that leaves its global state and its plugins alone and
lets another reader read the files. Decision 10 says why each name is here, and what would end it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hydra._internal.config_repository import ConfigRepository
from hydra._internal.defaults_list import Overrides, _create_defaults_list
from hydra.plugins.config_source import ConfigSource

if TYPE_CHECKING:
    from hydra.core.default_element import InputDefault, ResultDefault
    from omegaconf import ListConfig


class DefaultsRepository(ConfigRepository):
    """What Hydra's defaults lists ask for configs; a subclass answers, and opens no source of Hydra's."""

    def __init__(self) -> None:
        """Skip Hydra's own, which would make a source of every entry of a search path."""

    def entries_of(self, config_path: str, entries: ListConfig) -> tuple[InputDefault, ...]:
        """A defaults list as Hydra understands it."""
        return tuple(self._create_defaults_list(config_path, entries))


def package_in(header: str) -> str | None:
    """The package that the first lines of a file name; raises `ValueError` where they cannot be read."""
    package: str | None = ConfigSource._get_header_dict(header)["package"]
    return package


def files_in_order(
    repository: DefaultsRepository, primary: str, candidates: Sequence[Any]
) -> tuple[list[ResultDefault], list[Any]]:
    """The files that `primary` is composed of, in the order of merging, and those of the override objects
    `candidates` that had a say in it.

    Raises what Hydra raises; a candidate that had no say is not an error.
    """
    choices = Overrides(repository, list(candidates))
    order, _ = _create_defaults_list(repository, primary, choices, prepend_hydra=False, skip_missing=False)
    used = [override for override in candidates if _was_used(override, choices)]
    for override in candidates:
        if override not in used:
            choices.override_metadata.pop(override.get_key_element(), None)
            choices.deletions.pop(override.get_key_element()[1:], None)
    choices.ensure_overrides_used()
    return order, used


def _was_used(override: Any, choices: Overrides) -> bool:
    if override.is_add():
        return True
    if override.is_delete():
        return choices.deletions[override.get_key_element()[1:]].used
    return choices.override_metadata[override.get_key_element()].used
