"""Somebody's Hydra application: files in a folder, composed by Hydra itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.version import VersionBase

ONE_MODEL = "defaults: [unetgen/model: {}, _self_]\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write YAML files by name without suffix, and return the folder."""
    for name, text in files.items():
        file = folder / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def composed(folder: Path, *overrides: str, config: str = "config") -> Any:
    """What Hydra makes of a config in `folder`; its global state stays as it was."""
    base = VersionBase.instance().version_base
    assert not GlobalHydra.instance().is_initialized()
    try:
        with initialize_config_dir(str(folder), version_base=None):
            return compose(config, list(overrides))
    finally:
        VersionBase.instance().version_base = base
