"""The lock: what a build came from and came to, so that it can be rebuilt and compared years later."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from unetgen.analysis.summary import Summary
from unetgen.config.model import UNetConfig
from unetgen.config.sections import Execution
from unetgen.installed import backend
from unetgen.parts.announced import packages_in

SCHEMA_VERSION = 2
"""Version 1 had no checksum and named no source."""
PACKAGES = ("unetgen", "keras", "numpy", "pydantic", "hydra-core")


@dataclass(frozen=True)
class Subject:
    """What a lock is of: a config, and what the lock says of its plan, which is not kept."""

    config: UNetConfig
    said: Mapping[str, Any]
    """As JSON has it."""

    @classmethod
    def of(cls, summary: Summary) -> Subject:
        """That of a design."""
        said = {
            **summary.as_json("name", "fingerprint", "digest", "params", "macs"),
            "input_shape": list(summary.input_shape),
            "output_shapes": [list(shape) for shape in summary.output_shapes],
            "seed": summary.design.config.seed,
        }
        return cls(summary.design.config, said)


def lock_of(
    subject: Subject,
    overrides: Iterable[str],
    files: Mapping[str, str],
    git: Mapping[str, Any] | None,
    execution: Execution | None = None,
    source: Mapping[str, str] | None = None,
    run: Mapping[str, Any] | None = None,
    run_folder: str | None = None,
    weights: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The lock as plain data; `files` maps the names of the other files to their SHA-256.

    `execution` is what a model was built with, where one was: a config may leave parts of it to the device.
    `source` says where the config came from, see `unetgen.model.against`. `run` is what a training came from,
    the files that it read with their SHA-256 among it, and `run_folder` where they are, seen from the lock.
    `weights` are the files of weights that a model began with, as its config names them, with their SHA-256.

    What another machine or another day would change stands under ``volatile`` and in no hash; nothing in
    it is a path of this machine.
    """
    said = {
        "schema_version": SCHEMA_VERSION,
        **subject.said,
        "overrides": list(overrides),
        "config": subject.config.to_dict(),
        "files": dict(files),
        **({} if run is None else {"run": dict(run)}),
        **({"weights": dict(weights)} if weights else {}),
    }
    return {
        **said,
        "checksum": checksum_of(said),
        "volatile": {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "platform": f"{platform.system()} {platform.machine()}",
            "versions": versions(packages_in(subject.config.to_dict())),
            "execution": None if execution is None else execution.model_dump(mode="json"),
            "git": None if git is None else dict(git),
            "source": None if source is None else dict(source),
            **({} if run_folder is None else {"run_folder": run_folder}),
        },
    }


def checksum_of(lock: Mapping[str, Any]) -> str:
    """The SHA-256 of all that a lock says, apart from ``volatile`` and the checksum itself: a lock that was
    edited by hand is told by it."""
    said = {key: value for key, value in lock.items() if key not in ("checksum", "volatile")}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def versions(further: Iterable[str] = ()) -> dict[str, str]:
    """The versions of Python and of the installed packages that a build depends on, `further` among them."""
    installed = {package: _version(package) for package in (*PACKAGES, backend(), *further)}
    return {
        "python": platform.python_version(),
        **{package: number for package, number in installed.items() if number},
    }


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def git_state(file: Path) -> dict[str, Any] | None:
    """The commit of the repository that holds `file`, and whether anything differs from it.

    ``dirty`` means, as in ``git describe --dirty``, that a tracked file was changed, or that `file` itself
    is not tracked. None outside of a repository, in one that ignores the file, and without git.
    """
    folder, name = file.resolve().parent, file.resolve().name
    try:
        commit = _git(folder, "rev-parse", "--verify", "HEAD")
        listed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=none")
        if _git(folder, "ls-files", "--", f":(literal){name}"):
            return {"commit": commit, "dirty": bool(listed)}
        is_ignored = not _git(folder, "ls-files", "-o", "--exclude-standard", "--", f":(literal){name}")
        return None if is_ignored else {"commit": commit, "dirty": True}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    # A hook's GIT_DIR would be that of another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    completed = subprocess.run(
        ["git", "--no-optional-locks", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return completed.stdout.strip()
