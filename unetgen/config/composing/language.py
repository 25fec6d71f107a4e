"""Language: what a file that composes is: a config, or something that holds one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from unetgen.config.model import UNetConfig
from unetgen.config.renamed import RENAMED, Names
from unetgen.errors import Path
from unetgen.parts.part import Part


@dataclass(frozen=True)
class Language:
    """The fields of a whole file, and how they are read."""

    root: type[Part] = UNetConfig
    config_at: tuple[str, ...] = ()
    """Where a config stands in the file."""
    numbered: frozenset[Path] = frozenset()
    """Mappings whose keys may be whole numbers."""

    @cached_property
    def renamed(self) -> Mapping[Names, str]:
        """The old places of fields, and their new names there."""
        return {(*self.config_at, *old): new for old, new in RENAMED.items()}

    @cached_property
    def numbered_in_groups(self) -> frozenset[Path]:
        """`numbered` as a file has it that is merged into any part of the whole."""
        return frozenset(path[start:] for path in self.numbered for start in range(len(path) + 1))


CONFIGS = Language()
