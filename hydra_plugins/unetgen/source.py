"""The configs behind ``unetgen://``, as Hydra asks for them: `unetgen/model/NAME` and `unetgen/up/linear`.

What they hold is decided in `unetgen.config.application.served`, which is imported once an application asks
for something below `unetgen`; every other question is answered by its name alone.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from hydra.core.object_type import ObjectType
from hydra.errors import CompactHydraException
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource

if TYPE_CHECKING:
    from unetgen.config.application.served import Served

ROOT = "unetgen"


class UnetgenConfigError(ConfigLoadError, CompactHydraException):
    """A config of unetgen that cannot be served; Hydra prints it without a traceback."""


class UnetgenConfigs(ConfigSource):
    """unetgen's configs, read by its own strict reader, as plain data."""

    _known: Served | None = None

    @staticmethod
    def scheme() -> str:
        return "unetgen"

    def available(self) -> bool:
        return True

    def is_group(self, config_path: str) -> bool:
        path = _inside(config_path)
        if not path:
            return config_path in ("", ROOT)
        return path in self._served().groups

    def is_config(self, config_path: str) -> bool:
        path = _inside(config_path)
        return bool(path) and self._served().has(str(path))

    def load_config(self, config_path: str) -> ConfigResult:
        from omegaconf import OmegaConf

        from unetgen.errors import UnetgenError

        if not self.is_config(config_path):
            raise UnetgenConfigError(f"unetgen has no config '{config_path}'")
        try:
            data = self._served().config(str(_inside(config_path)))
        except UnetgenError as error:
            raise UnetgenConfigError(f"'{config_path}' cannot be used:\n{error}") from error
        node = OmegaConf.create(data)
        # As on unetgen's own command line no field needs a `+`; `from_hydra` refuses what is not a field.
        OmegaConf.set_struct(node, False)
        return ConfigResult(self.provider, self.full_path(), node, {"package": None})

    def list(self, config_path: str, results_filter: ObjectType | None) -> builtins.list[str]:
        path = _inside(config_path)
        if path is None:
            return [ROOT] if config_path == "" and results_filter is not ObjectType.CONFIG else []
        try:
            served = self._served()
        except UnetgenConfigError:  # the help of an application that does not use unetgen must not fail
            return []
        below = {group.rpartition("/") for group in served.groups}
        groups = {name for around, _, name in below if around == path}
        options = served.options(path) if path else ()
        return sorted(
            {
                *(groups if results_filter is not ObjectType.CONFIG else ()),
                *(options if results_filter is not ObjectType.GROUP else ()),
            }
        )

    def _served(self) -> Served:
        from unetgen.config.application.served import Served
        from unetgen.errors import UnetgenError

        if self._known is None:
            try:
                self._known = Served()
            except UnetgenError as error:
                raise UnetgenConfigError(str(error)) from error
        return self._known


def _inside(config_path: str) -> str | None:
    """What stands after `unetgen/`: empty for the group itself, None for anything else."""
    root, _, path = config_path.removesuffix(".yaml").partition("/")
    return path if root == ROOT else None
