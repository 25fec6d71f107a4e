"""What `unetgen build` writes: the model, and the files that reproduce it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

from unetgen.analysis.summary import Summary
from unetgen.config.design import Design
from unetgen.config.execution import inner_format
from unetgen.config.model import UNetConfig
from unetgen.config.resolved import to_yaml
from unetgen.emit.text.report import report
from unetgen.files import publishing
from unetgen.model.against import source_of
from unetgen.model.building import assign, build_model, built_with_optimizer, settled
from unetgen.model.lock import Subject, git_state, lock_of

if TYPE_CHECKING:
    import keras
    import numpy as np

MODEL, CONFIG, SUMMARY, LOCK = "model.keras", "config.resolved.yaml", "summary.txt", "unetgen.lock.json"


def write_build(
    design: Design,
    overrides: Iterable[str],
    folder: Path,
    config_file: Path | None = None,
) -> list[Path]:
    """Build the model and write all four files into `folder`, together or not at all.

    `config_file` is where the config came from; the lock names it, and the commit of its repository.
    """
    config, summary = design.config, Summary(design)
    git = None if config_file is None else git_state(config_file)
    source = None if config_file is None else source_of(config_file, folder)
    with publishing(folder) as staging:
        text = to_yaml(config, folder)
        written = staging / f"written-{MODEL}"
        built_with_optimizer(design).save(written)
        _finish(written, staging / MODEL, {CONFIG: text})
        written.unlink()
        _write(staging / CONFIG, text)
        _write(staging / SUMMARY, report(summary) + "\n")
        files = {name: sha256(staging / name) for name in (MODEL, CONFIG, SUMMARY)}
        lock = lock_of(
            *(Subject.of(summary), overrides, files, git, settled(config).execution, source),
            weights=weights_files(config),
        )
        _write(staging / LOCK, json.dumps(lock, indent=2) + "\n")
    return [folder / name for name in (MODEL, CONFIG, LOCK, SUMMARY)]


def write_model(design: Design, weights: Mapping[str, Sequence[np.ndarray]], file: Path) -> None:
    """Write the compiled model with these arrays in its layers, whole or not at all; the config is in it."""
    config = design.config
    model = build_model(design)
    assign(model, weights, inner_format(settled(config).execution, config.input.data_format))
    model.optimizer.build(model.trainable_variables)  # after it: some optimizers copy the weights then
    write_with_config(model, config, file)


def write_with_config(
    model: keras.Model, config: UNetConfig, file: Path, members: Mapping[str, str] | None = None
) -> None:
    """Write `model` as it is, with the config and other `members` in the same file, whole or not at all."""
    with publishing(file.parent) as staging:
        written = staging / f"written-{MODEL}"
        model.save(written)
        _finish(written, staging / file.name, {CONFIG: to_yaml(config, file.parent), **(members or {})})
        written.unlink()


def sha256(file: Path) -> str:
    """The SHA-256 of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def weights_files(config: UNetConfig) -> dict[str, str]:
    """The SHA-256 of the files of weights that a model of `config` begins with, as it names them."""
    encoder = config.encoder
    if encoder is None or encoder.weights is None:
        return {}
    return {str(encoder.weights): sha256(encoder.weights.place)}


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _finish(saved: Path, finished: Path, members: dict[str, str]) -> None:
    """Copy a .keras archive, with `members` added and without the time of saving, which the lock has.

    Keras reads its own members by name and leaves others alone. Without the time, equal builds are equal
    files: archives get the format's first date, as reproducible builds do.
    """
    with ZipFile(saved) as source, ZipFile(finished, "w") as target:
        for entry in source.infolist():
            info = _undated(entry.filename, entry.file_size)
            if entry.filename == "metadata.json":
                metadata = json.loads(source.read(entry))
                target.writestr(info, json.dumps({**metadata, "date_saved": "1980-01-01@00:00:00"}))
                continue
            with source.open(entry) as reading, target.open(info, "w") as writing:
                shutil.copyfileobj(reading, writing, 2**20)
        for name, text in members.items():
            target.writestr(_undated(name, 0), text)


def _undated(name: str, size: int) -> ZipInfo:
    info = ZipInfo(name)  # dated 1980-01-01
    info.file_size = size
    info.external_attr = 0o600 << 16
    return info
