"""Draw the gallery: run every ``unetgen diagram`` line of docs/figures.md in docs/figures/.

The page is the one home of the commands; the pictures beside it are made here, by ``make docs``.
"""

import contextlib
import re
import shlex
import sys
from pathlib import Path

from unetgen.cli import main

DOCS = Path(__file__).parent


def commands(page: Path = DOCS / "figures.md") -> list[list[str]]:
    """The arguments of every line that draws an SVG for the page."""
    lines = re.findall(r"^\$ unetgen (diagram .*\.svg.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [shlex.split(line) for line in lines]


def draw(folder: Path) -> None:
    """Draw all pictures into `folder`."""
    folder.mkdir(exist_ok=True)
    with contextlib.chdir(folder):
        for arguments in commands():
            if main(arguments):
                raise SystemExit(f"failed: unetgen {shlex.join(arguments)}")


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS / "figures")
