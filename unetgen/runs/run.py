"""Run: a checked run file with the network that it trains."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from unetgen.config.design import Design
from unetgen.config.resolved import seen_from, yaml_of
from unetgen.runs.config import RunConfig

HEADER = "# Written by unetgen {version}: every field of the run, said outright.\n"


@dataclass(frozen=True)
class Run:
    """What `load_run` makes of a file."""

    config: RunConfig
    design: Design
    """The network that `config.model` names, with the overrides that reach into it."""
    folder: Path
    """Where paths of the file are relative to."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data that loads as an equal run, the network with every field of its config."""
        return self._said(self.folder)

    def _said(self, folder: Path) -> dict[str, Any]:
        config = seen_from(folder, self.design.config)
        return {**self.config.model_dump(mode="json"), "model": config.to_dict()}

    def to_yaml(self, folder: Path | None = None) -> str:
        """The run as a file that says everything outright; places are as seen from `folder`, by default the
        run's own."""
        said = self._said(self.folder if folder is None else folder)
        if folder is not None:
            data = said["data"]
            for name in ("images", "masks"):
                if data[name] is not None:
                    data[name] = [_seen_from(folder, self.folder, place) for place in data[name]]
        return yaml_of(said, HEADER)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the run: all that it says, the network by its own digest; names of files count, contents
        do not."""
        said = {**self.config.model_dump(mode="json"), "model": self.design.config.digest}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @cached_property
    def identity(self) -> str:
        """What a run that goes on must have in common with its beginning: all but how long it is.

        More epochs may be asked for, or another patience.
        """
        said = self.config.model_dump(mode="json")
        fit = {name: value for name, value in said["fit"].items() if name not in ("epochs", "patience")}
        known = {**said, "model": self.design.config.digest, "fit": fit}
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()

    @property
    def patch_size(self) -> tuple[int, ...]:
        """The size of the patches that the network learns from: that of `data.patch`, or of its own input."""
        asked, spec = self.config.data.patch.size, self.design.plan.input.spec
        return (asked,) * spec.dims if isinstance(asked, int) else asked or spec.spatial


def _seen_from(folder: Path, root: Path, place: str) -> str:
    """A place below `root`, or a pattern of places, as seen from `folder`; absolute ones as they are."""
    try:
        return place if Path(place).is_absolute() else Path(os.path.relpath(root / place, folder)).as_posix()
    except ValueError:  # on another drive
        return (root.absolute() / place).as_posix()
