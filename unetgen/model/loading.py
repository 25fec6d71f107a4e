"""A saved Keras model and its config: read from one file, found for one, written into one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from unetgen.config.design import Design
from unetgen.config.loader import design_from_text, load_design
from unetgen.errors import UnetgenError
from unetgen.model.saving import CONFIG

if TYPE_CHECKING:
    import keras


def loaded(file: Path) -> keras.Model:
    """The model in `file`, not compiled; raises `UnetgenError` where Keras cannot read it."""
    require_file(file)
    from unetgen.model import session

    try:
        return session.load(file)
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
    text = _member(file)
    if text is not None:
        return design_from_text(text, f"{file}: {CONFIG}")
    beside = file.parent / CONFIG
    if beside.is_file():
        return load_design(beside)
    raise UnetgenError(
        f"{file}: holds no {CONFIG}, and there is none beside it: Keras leaves it out when it saves a model "
        "again; name the config with --config CONFIG [k=v ...]"
    )


def require_file(file: Path) -> None:
    """Raise `UnetgenError` where there is no such file."""
    if not file.is_file():
        raise UnetgenError(f"{file}: no such file")


def _member(file: Path) -> str | None:
    try:
        with ZipFile(file) as archive:
            return archive.read(CONFIG).decode("utf-8") if CONFIG in archive.namelist() else None
    except BadZipFile:  # one of Keras's older formats, or no model, as Keras will say
        return None
    except UnicodeDecodeError:
        raise UnetgenError(f"{file}: {CONFIG}: is not UTF-8") from None
