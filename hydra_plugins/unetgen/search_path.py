"""unetgen's configs at the end of every Hydra application's search path: its own files come before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hydra.plugins.search_path_plugin import SearchPathPlugin

if TYPE_CHECKING:
    from hydra.core.config_search_path import ConfigSearchPath


class UnetgenSearchPath(SearchPathPlugin):
    """Appends ``unetgen://``, which `UnetgenConfigs` serves."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append(provider="unetgen", path="unetgen://")
