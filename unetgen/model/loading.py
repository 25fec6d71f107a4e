"""A saved Keras model and its config: read from one file, found for one, written into one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.archives import read_member
from unetgen.config.bundled import find
from unetgen.config.design import Design
from unetgen.config.loader import design_from_text, load_design
from unetgen.config.standard_input import DASH
from unetgen.config.yaml.file import MAX_BYTES
from unetgen.errors import UnetgenError
from unetgen.installed import require_backend
from unetgen.model.archive import require_sound_model
from unetgen.model.saving import CONFIG
from unetgen.shell import command_line

if TYPE_CHECKING:
    import keras

SUFFIXES = (".keras", ".h5", ".hdf5")
"""Of files that Keras saves models in."""


def is_model(source: str) -> bool:
    """Whether `source` names a model's file, and not a config by its path or bundled name."""
    is_there = Path(source).exists() and not source.endswith((".yaml", ".yml"))
    return is_there or source.lower().endswith(SUFFIXES)


def require_model(source: str, purpose: str) -> None:
    """Raise `UnetgenError` where `source` is a config or not sound, and say what `purpose` needs."""
    if is_model(source):
        return require_file(Path(source))
    file, label = find(source)
    if source != DASH and not file.is_file():
        raise UnetgenError(f"{label}: no such file")
    build = command_line("unetgen", "build", source, "--out", "DIR")
    raise UnetgenError(
        f"{source}: is a config, and {purpose} is made of a trained model; "
        f"`{build}` builds DIR/model.keras: train it, then export that file"
    )


def loaded(file: Path) -> keras.Model:
    """The model in `file`, not compiled; raises `UnetgenError` where Keras cannot read it."""
    require_file(file)
    require_backend()
    from unetgen.model import session

    try:
        return session.load(file)
    except UnetgenError:
        raise
    except Exception as error:  # whatever a damaged or foreign file makes Keras raise
        reason = str(error).strip().partition("\n")[0]
        raise UnetgenError(f"{file}: cannot be read as a Keras model: {reason}") from None


def design_of(file: Path, config: str | None = None, overrides: Sequence[str] = ()) -> Design:
    """The design of the model in `file`: of the config named, or that inside the file, or that beside it.

    Keras keeps no members of an archive that are not its own. So a model that was trained and saved again
    says its config only where it lies in its build's folder, or was saved by `unetgen.save`.
    """
    if overrides and config is None:
        raise UnetgenError("overrides need --config")
    require_file(file)
    if config is not None:
        return load_design(config, overrides)
    if (known := known_design(file)) is not None:
        return known
    raise UnetgenError(
        f"{file}: holds no {CONFIG}, and there is none beside it: Keras leaves it out when it saves a model "
        "again; name the config with --config CONFIG [k=v ...]"
    )


def known_design(file: Path) -> Design | None:
    """The design of the config inside the file, or beside it; None where there is none."""
    text = _member(file)
    if text is not None:
        return design_from_text(text, f"{file}: {CONFIG}")
    beside = file.parent / CONFIG
    return load_design(beside) if beside.is_file() else None


def require_file(file: Path) -> None:
    """Raise `UnetgenError` where there is no such file, or where opening it would not be safe."""
    require_sound_model(file)


def _member(file: Path) -> str | None:
    try:
        member = read_member(file, CONFIG, MAX_BYTES)
        return None if member is None else member.decode("utf-8")
    except UnicodeDecodeError:
        raise UnetgenError(f"{file}: {CONFIG}: is not UTF-8") from None
