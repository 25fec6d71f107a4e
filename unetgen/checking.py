"""Does a lock still reproduce? Rebuild what it describes and compare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unetgen.building import build_model
from unetgen.config.loader import from_dict
from unetgen.config.lock import SCHEMA_VERSION
from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
from unetgen.errors import ConfigError, UnetgenError
from unetgen.files import recover
from unetgen.plan.graph import Plan
from unetgen.writing import MODEL, sha256

KEYS = ("fingerprint", "digest", "params", "config", "files")


def check_lock(file: Path, build: bool = True) -> list[str]:
    """Everything in which today's unetgen differs from the lock, one line each; empty if it reproduces.

    Raises `UnetgenError` where `file` is no lock that can be read.
    """
    lock = _read(file)
    recover(file.parent)
    try:
        config = from_dict(lock["config"], label=f"{file}: config")
        plan = lower(config)
    except ConfigError as error:
        return [f"the config is no longer valid: {problem}" for problem in error.problems]
    found = [*_of_plan(lock, config, plan), *_of_files(lock, file.parent)]
    if build:
        found += _of_model(lock, config, plan, file.parent)
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        lock = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnetgenError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UnetgenError(f"{file}: is not JSON: {error}") from None
    if not isinstance(lock, dict) or any(key not in lock for key in KEYS):
        raise UnetgenError(f"{file}: is not a lock; name the unetgen.lock.json that `unetgen build` wrote")
    if lock.get("schema_version") != SCHEMA_VERSION:
        version = lock.get("schema_version")
        raise UnetgenError(f"{file}: has schema version {version!r}; this unetgen reads {SCHEMA_VERSION}")
    return lock


def _of_plan(lock: dict[str, Any], config: UNetConfig, plan: Plan) -> Iterator[str]:
    params = {
        "total": plan.params,
        "trainable": plan.trainable_params,
        "non_trainable": plan.non_trainable_params,
    }
    now = {"fingerprint": plan.fingerprint, "digest": config.digest, "params": params}
    for key, value in now.items():
        if lock[key] != value:
            yield f"{key}: the lock has {lock[key]}, now it is {value}"


def _of_files(lock: dict[str, Any], folder: Path) -> Iterator[str]:
    for name, expected in sorted(lock["files"].items()):
        file = folder / name
        if not file.is_file():
            yield f"{name}: is missing"
        elif sha256(file) != expected:
            yield f"{name}: has changed since the build"


def _of_model(lock: dict[str, Any], config: UNetConfig, plan: Plan, folder: Path) -> Iterator[str]:
    model = build_model(config, plan)
    if model.count_params() != plan.params:
        yield f"the Keras model has {model.count_params():,} parameters, the plan {plan.params:,}"
    saved_file = folder / MODEL
    if not saved_file.is_file() or sha256(saved_file) != lock["files"].get(MODEL):
        return
    import keras

    saved = keras.saving.load_model(saved_file)
    for mine, theirs in zip(model.weights, saved.weights, strict=True):
        if mine.shape != theirs.shape or not bool(keras.ops.all(keras.ops.equal(mine, theirs))):
            yield f"{mine.path}: initial values differ from those in {MODEL}"
