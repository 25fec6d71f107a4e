"""Commands that a user can paste into a shell, and the one that installs a package beside this unetgen."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

PIPX, UV = "pipx_metadata.json", "uv-receipt.toml"
"""What pipx and `uv tool` leave in an environment that they made."""


def command_line(*words: object) -> str:
    """A command on one line, whatever the names of files are.

    >>> print(command_line("unetgen", "show", "my net.yaml"))
    unetgen show 'my net.yaml'
    """
    return " ".join(_word(str(word)) for word in words)


def install(*packages: str) -> str:
    """The command that installs `packages` in this environment: pip's, or that of the tool which made it."""
    place = Path(sys.prefix)
    if (place / PIPX).is_file():
        return command_line("pipx", "inject", place.name, *packages)
    if (place / UV).is_file():
        return command_line("uv", "tool", "install", *_with_all(place / UV, packages))
    return command_line("pip", "install", *packages)


def _with_all(receipt: Path, packages: tuple[str, ...]) -> Iterator[str]:
    """`packages` with what the receipt names: `uv tool` takes away what its command leaves out."""
    import re
    import tomllib

    extras: list[str] = []
    others: list[str] = []
    for row in tomllib.loads(receipt.read_text(encoding="utf-8"))["tool"]["requirements"]:
        if row["name"] == "unetgen":
            extras += row.get("extras", ())
        else:
            others.append(row["name"])
    for package in packages:
        if named := re.fullmatch(r"unetgen\[(.+)\]", package):
            extras += named[1].split(",")
        else:
            others.append(package)
    chosen = ",".join(dict.fromkeys(extras))
    yield f"unetgen[{chosen}]" if chosen else "unetgen"
    for other in dict.fromkeys(others):
        yield from ("--with", other)


def _word(text: str) -> str:
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + "".join(map(_letter, text)) + "'"


def _letter(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    return letter if letter.isprintable() else "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))
