"""A config file's text: name, kind, size, encoding and characters, checked before anything is parsed."""

from __future__ import annotations

import codecs
import re
from pathlib import Path as FilePath

from unetgen.config.standard_input import FILE, standard_input
from unetgen.config.yaml.errors import mark_at, refuse

MAX_BYTES = 256 * 1024


def read_text(file: FilePath, source: str) -> str:
    """The text of a config file; errors call it `source`."""
    return _decoded(_contents(file, source), source)


def _contents(file: FilePath, source: str) -> bytes:
    raw = standard_input(MAX_BYTES + 1) if file == FILE else _contents_of_file(file, source)
    if raw is None:
        refuse("standard input is closed", source, hint="pipe a config into the command, or name a file")
    if len(raw) > MAX_BYTES:
        refuse(f"is larger than {MAX_BYTES // 1024} KiB", source, hint="a config is far smaller")
    return raw


def _contents_of_file(file: FilePath, source: str) -> bytes:
    try:
        if file.is_dir():
            refuse("is a folder, not a config file", source, hint="name one of its .yaml files")
        if file.is_symlink() and not file.exists():
            refuse("is a link that leads nowhere", source, hint="name the file itself")
        if not file.exists():
            refuse("no such file", source, hint=_sibling(file))
        if file.suffix == ".yml":
            hint = f"rename it to {file.stem}.yaml, which Hydra silently prefers if both exist"
            refuse("must end in .yaml", source, got=".yml", hint=hint)
        if file.suffix != ".yaml":
            refuse("must end in .yaml", source, got=file.suffix or "no suffix", hint="is it a config?")
        if not file.is_file():
            refuse("is not a regular file", source)
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except PermissionError:
        refuse("permission denied", source, hint="make it readable")
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}", source)


def _sibling(file: FilePath) -> str | None:
    if not file.parent.is_dir():
        return f"its folder {file.parent} does not exist"
    from unetgen.config.bundled import bundled_configs
    from unetgen.near_files import hint, near_file

    if (near := near_file(file)) is not None and near.suffix == ".yml":
        return f"there is {near}: rename it to {near.stem}.yaml"
    if near is None and file.suffix and file.stem in bundled_configs():
        return f"without the ending, {file.stem} is a bundled config"
    return hint(file)


_BYTE_ORDER_MARKS = {  # UTF-32 first: its mark begins with the one of UTF-16
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def _decoded(raw: bytes, source: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            refuse("is not UTF-8", source, got=encoding, hint="save it as UTF-8")
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        got = f"the byte 0x{error.object[error.start]:02x}"
        refuse("is not UTF-8", mark_at(before, len(before), source), got=got, hint="save it as UTF-8")


# What YAML does not admit, and what YAML 1.1 takes for a line break and YAML 1.2 does not. As alternatives,
# because one class over so wide a range takes 7 ms to compile.
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|[\u2028\u2029]|[\ud800-\udfff]|\ufeff|[\ufffe\uffff]"
)


def refuse_control_characters(text: str, source: str) -> None:
    """Raise `ConfigError` where the text holds a character that no config needs."""
    control = CONTROL.search(text)
    if control is not None:
        message = f"holds the control character {code_of(control[0])}"
        hint = "is it a text file? Save it as plain UTF-8 text"
        refuse(message, mark_at(text, control.start(), source), hint=hint)


def code_of(character: str) -> str:
    """A character as Unicode writes it: ``U+001B``."""
    return f"U+{ord(character):04X}"
