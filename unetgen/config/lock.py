"""The lock: what a build came from and came to, so that it can be rebuilt and compared years later."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan

SCHEMA_VERSION = 1
PACKAGES = ("unetgen", "keras", "tensorflow", "numpy", "pydantic", "hydra-core")


def lock_of(
    config: UNetConfig, plan: Plan, overrides: Iterable[str], files: Mapping[str, str], folder: Path
) -> dict[str, Any]:
    """The lock as plain data; `files` maps the names of the other files to their SHA-256.

    What another machine or another day would change stands under ``volatile`` and in no hash.
    """
    data_format = config.input.data_format
    return {
        "schema_version": SCHEMA_VERSION,
        "name": config.name,
        "fingerprint": plan.fingerprint,
        "digest": config.digest,
        "params": {
            "total": plan.params,
            "trainable": plan.trainable_params,
            "non_trainable": plan.non_trainable_params,
        },
        "macs": plan.macs,
        "input_shape": plan.input.spec.shape(data_format),
        "output_shapes": [plan.by_name[name].spec.shape(data_format) for name in plan.outputs],
        "seed": config.seed,
        "overrides": list(overrides),
        "config": config.to_dict(),
        "files": dict(files),
        "volatile": {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "versions": {package: found for package in PACKAGES if (found := _version(package))},
            "git": git_state(folder),
        },
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def git_state(folder: Path) -> dict[str, Any] | None:
    """Commit and dirty flag of the repository around `folder`; None outside of one or without git."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout.strip()
