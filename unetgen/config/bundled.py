"""The configs that come with the package, and where they are."""

from __future__ import annotations

import os
from pathlib import Path

from unetgen.errors import ConfigError, Problem
from unetgen.spelling import did_you_mean

VARIABLE = "UNETGEN_CONFIG_DIR"
"""Environment variable that names another folder of bundled configs."""


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
    """Every bundled config by name (``unet3d_depth2``, ``zoo/...``), in order of name."""
    root = config_dir()
    files = [*root.glob("*.yaml"), *root.glob("zoo/**/*.yaml")]
    return {file.relative_to(root).with_suffix("").as_posix(): file for file in sorted(files)}


def find(config: str | os.PathLike[str]) -> tuple[Path, str]:
    """The file of a config given by path or bundled name, and how messages call it."""
    text = os.fspath(config)
    is_name = not text.endswith((".yaml", ".yml")) and not os.path.exists(text)  # noqa: PTH110
    if not is_name:
        return Path(text), text if text.isprintable() else repr(text)
    bundled = bundled_configs()
    if text in bundled:
        return bundled[text], f"{text}.yaml"
    if os.sep in text or ("/" in text and not text.startswith("zoo/")):
        return Path(text), text
    beside = f"{text}.yaml" if text and os.path.isfile(f"{text}.yaml") else None  # noqa: PTH113  (never raises)
    hint = f"did you mean {beside}?" if beside else did_you_mean(text, bundled) or "`unetgen list` shows them"
    raise ConfigError([Problem("no such file and no such bundled config", got=text, hint=hint)])
