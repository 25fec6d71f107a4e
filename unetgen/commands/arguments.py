"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import IO

from unetgen.errors import UnetgenError, shown
from unetgen.visible import visible

IN_FILES = 110
"""Characters to a line of a table that goes into a file."""
MOST = 2**31 - 1
"""The largest whole number that an option takes: no batch, count or limit of points is larger."""
_OVERRIDE = re.compile(r"^(~[^=]+(=.*)?|\+{0,2}[A-Za-z_][\w.@/:-]*=.*)$", re.DOTALL)


def add_config(
    parser: argparse.ArgumentParser,
    overrides: str = "overrides in Hydra's grammar, such as depth=4 up=transposed",
    config: str = "a .yaml file, the name of a bundled config, or - for standard input",
) -> None:
    """CONFIG and its overrides, described so."""
    parser.add_argument("config", metavar="CONFIG", help=config)
    parser.add_argument(
        "overrides",
        metavar="k=v",
        nargs="*",
        help=overrides,
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """MODEL, and the config that it may need."""
    parser.add_argument("model", metavar="MODEL", help="a .keras file that unetgen or Keras has saved")
    parser.add_argument("overrides", metavar="k=v", nargs="*", help="overrides of --config")
    parser.add_argument(
        "--config", metavar="CONFIG", help="the model's config, in place of that in or beside its file"
    )


def add_optimize(parser: argparse.ArgumentParser) -> None:
    """The option that says `execution.optimize`."""
    parser.add_argument(
        "--optimize",
        choices=["training", "inference"],
        help="rewrite the network exactly; the same as the override execution.optimize=...",
    )


def with_optimize(overrides: tuple[str, ...], purpose: str | None) -> tuple[str, ...]:
    """`overrides` with that of `--optimize`, if it was given."""
    return overrides if purpose is None else (*overrides, f"execution.optimize={purpose}")


def add_json(parser: argparse._ActionsContainer) -> None:
    """The option of every command that has results for a program."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def add_out_files(parser: argparse.ArgumentParser, suffixes: str) -> None:
    """The option that names files, each in one of the formats of `suffixes`."""
    said = f"where to, the format by suffix: {suffixes}; may be given several times"
    parser.add_argument("--out", type=place, metavar="FILE", action="append", default=[], help=said)


def positive(text: str) -> int:
    """The type of an option that takes a positive whole number."""
    return whole(text, 1)


def whole(text: str, minimum: int = 0) -> int:
    """The type of an option that takes a whole number."""
    digits = text.lstrip("0") or "0" if text.isascii() and text.isdigit() else ""
    if digits and len(digits) <= len(str(MOST)) and minimum <= int(digits) <= MOST:
        return int(digits)
    what = "a positive whole number" if minimum else "a whole number"
    most = f" of at most {MOST:,}" if len(digits) >= len(str(MOST)) else ""
    raise argparse.ArgumentTypeError(f"must be {what}{most} (got {shown(text)})")


def size(text: str) -> tuple[int, ...]:
    """An argparse type: whole numbers from 1 on, between commas."""
    return tuple(positive(part) for part in text.split(","))


def place(text: str) -> str:
    """The type of an option that names a file or a folder: an empty name would mean the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"names no file or folder (got {text!r})")
    return text


def amount(text: str) -> float:
    """The type of an option that takes a positive number such as ``5e6``, ``2.5M`` or ``16GiB``."""
    from unetgen.sweep.quantities import quantity

    try:
        number = quantity(text)
    except UnetgenError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if number <= 0:
        raise argparse.ArgumentTypeError(f"must be positive (got {shown(text)})")
    return number


def is_override(text: str) -> bool:
    """Whether an argument is an override rather than a config."""
    return bool(_OVERRIDE.match(text)) and not os.path.exists(text)  # noqa: PTH110  (never raises)


def require_overrides(texts: Iterable[str]) -> tuple[str, ...]:
    """`texts`, if every one looks like an override: a second config here is a mistake."""
    texts = tuple(texts)
    wrong = [text for text in texts if not _OVERRIDE.match(text)]
    if wrong:
        raise UnetgenError("\n".join(f"{shown(text)} is not an override; write key=value" for text in wrong))
    return texts


def say(text: str, is_file: bool = False) -> None:
    """Print `text`, in characters that standard output can show and that leave a terminal as it is.

    What is the text of a file has no colours, whatever is asked for: it will be one.
    """
    text = visible(text)
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        from unetgen.emit.text.tables import in_ascii

        text = in_ascii(text).encode(encoding, "backslashreplace").decode(encoding)
    print(text if is_file else painted(text, sys.stdout), flush=True)


def tell(text: object) -> None:
    """Print `text`, which is not a result, on standard error, if anyone reads it: an error or a note."""
    with suppress(OSError):
        print(painted(visible(str(text)), sys.stderr), file=sys.stderr, flush=True)


def painted(text: str, stream: IO[str]) -> str:
    """`text` in colours, where `stream` is a terminal that takes them; see `unetgen.colour`."""
    if not (os.environ.get("FORCE_COLOR") or stream.isatty()):  # most often: nothing more is imported
        return text
    from unetgen import colour

    if not colour.is_wanted(stream):
        return text
    return colour.of_message(text) if stream is sys.stderr else colour.of_result(text)


def line_width() -> int:
    """Characters to a line: of the terminal, or of ``COLUMNS``, or what reads well in a file."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return IN_FILES
    import shutil

    return shutil.get_terminal_size((IN_FILES, 0)).columns


def print_json(data: Mapping[str, object]) -> None:
    """The one object of ``--json``."""
    import json

    json.dump(data, sys.stdout, indent=2)
    sys.stdout.write("\n")
