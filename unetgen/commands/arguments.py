"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from unetgen.errors import UnetgenError

_OVERRIDE = re.compile(r"^(~[^=]+(=.*)?|\+{0,2}[A-Za-z_][\w.@/:-]*=.*)$", re.DOTALL)


def add_config(parser: argparse.ArgumentParser) -> None:
    """CONFIG and its overrides."""
    parser.add_argument("config", metavar="CONFIG", help="a .yaml file, or the name of a bundled config")
    parser.add_argument(
        "overrides",
        metavar="k=v",
        nargs="*",
        help="overrides in Hydra's grammar, such as depth=4 up=transposed",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option of every command that has results for a program."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def positive(text: str) -> int:
    """The type of an option that takes a positive whole number."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a positive whole number (got {text!r})")
    return int(text)


def is_override(text: str) -> bool:
    """Whether an argument is an override rather than a config."""
    return bool(_OVERRIDE.match(text)) and not os.path.exists(text)  # noqa: PTH110  (never raises)


def require_overrides(texts: Iterable[str]) -> tuple[str, ...]:
    """`texts`, if every one looks like an override: a second config here is a mistake."""
    texts = tuple(texts)
    wrong = [text for text in texts if not _OVERRIDE.match(text)]
    if wrong:
        raise UnetgenError("\n".join(f"{text!r} is no override; write key=value" for text in wrong))
    return texts


def say(text: str) -> None:
    """Print `text`, in characters that standard output can show."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        from unetgen.emit.tables import in_ascii

        text = in_ascii(text).encode(encoding, "backslashreplace").decode(encoding)
    print(text)


def print_json(data: Mapping[str, Any]) -> None:
    """The one object of ``--json``."""
    json.dump(data, sys.stdout, indent=2)
    sys.stdout.write("\n")
