"""What `unetgen build` writes: the model, and the files that reproduce it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from unetgen.building import build_model
from unetgen.config.lock import lock_of
from unetgen.config.model import UNetConfig
from unetgen.config.resolved import to_yaml
from unetgen.description import describe
from unetgen.emit.report import report
from unetgen.files import publishing
from unetgen.plan.graph import Plan

MODEL, CONFIG, SUMMARY, LOCK = "model.keras", "config.resolved.yaml", "summary.txt", "unetgen.lock.json"


def write_build(config: UNetConfig, plan: Plan, overrides: Iterable[str], folder: Path) -> list[Path]:
    """Build the model and write all four files into `folder`, together or not at all."""
    with publishing(folder) as staging:
        model = build_model(config, plan)
        model.save(staging / MODEL)
        (staging / CONFIG).write_text(to_yaml(config), encoding="utf-8")
        (staging / SUMMARY).write_text(report(plan, describe(config, plan)) + "\n", encoding="utf-8")
        files = {name: sha256(staging / name) for name in (MODEL, CONFIG, SUMMARY)}
        lock = lock_of(config, plan, overrides, files, folder)
        (staging / LOCK).write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    return [folder / name for name in (MODEL, CONFIG, LOCK, SUMMARY)]


def sha256(file: Path) -> str:
    """The SHA-256 of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
