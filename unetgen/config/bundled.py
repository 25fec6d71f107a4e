"""The configs that come with the package, and where they are."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from unetgen.config.standard_input import DASH, FILE
from unetgen.errors import ConfigError, Problem
from unetgen.spelling import did_you_mean, one_of

ZOO = "zoo"
"""The folder of published networks among the bundled configs; their names need no folder."""
VARIABLE = "UNETGEN_CONFIG_DIR"
"""Environment variable that names another folder of bundled configs."""
_MOST_BEGUN = 6
"""Names that an error lists."""


def config_dir() -> Path:
    """The folder of bundled configs: $UNETGEN_CONFIG_DIR, the installed package's, or the checkout's."""
    if given := os.environ.get(VARIABLE):
        if not Path(given).is_dir():
            hint = "unset it, or name a folder of configs"
            raise ConfigError([Problem("is not a folder", got=given, hint=hint, where=VARIABLE)])
        return Path(given)
    package = Path(__file__).parents[1]
    installed = package / "configs"
    return installed if installed.is_dir() else package.parent / "configs"


def bundled_configs() -> dict[str, Path]:
    """Every bundled config by its file's name and in that order: those at the top, and the zoo's."""
    root = config_dir()
    files = [*root.glob("*.yaml"), *root.glob(f"{ZOO}/*.yaml")]
    return {file.stem: file for file in sorted(files, key=lambda file: file.stem)}


def find(config: str | os.PathLike[str]) -> tuple[Path, str]:
    """The file of a config given by path, bundled name or ``-``, and how messages call it."""
    text = os.fspath(config)
    if text == DASH:
        return FILE, str(FILE)
    is_name = not text.endswith((".yaml", ".yml")) and not os.path.exists(text)  # noqa: PTH110
    if not is_name:
        return Path(text), text if text.isprintable() else repr(text)
    bundled = bundled_configs()
    name = text.removeprefix(f"{ZOO}/")
    if name in bundled:
        return bundled[name], f"{text}.yaml"
    if name == text and (os.sep in text or "/" in text):
        return Path(text), text
    beside: str | Path | None = None
    if text and os.path.isfile(f"{text}.yaml"):  # noqa: PTH113  (never raises)
        beside = f"{text}.yaml"
    else:
        from unetgen.near_files import near_file

        beside = near_file(Path(text), (".yaml",))
    hint = f"did you mean {beside}?" if beside else _meant(name, bundled) or "`unetgen list` shows them"
    raise ConfigError([Problem("no such file and no such bundled config", got=text, hint=hint)])


def _meant(name: str, bundled: Iterable[str]) -> str:
    """A hint for a name that is not bundled; those that begin so come before those that are spelt alike."""
    begun = [f"`{each}`" for each in bundled if name and each.startswith(name)]
    if len(begun) > _MOST_BEGUN:
        return f"{len(begun)} bundled configs begin so: `unetgen list` shows them"
    return f"did you mean {one_of(begun)}?" if begun else did_you_mean(name, bundled)
