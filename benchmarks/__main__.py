"""All benchmarks, or those named: ``python -m benchmarks [--only NAME ...] [--repeats N] [--json FILE]``.

Prints a table of ratios with their limits; exits 1 where one does not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.rows import HEADER, Row, progress

NAMES = ("startup", "planning", "building", "memory", "figure", "sweep")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    rows: dict[str, list[Row]] = {}
    for name in options.only:
        progress(f"measuring {name} ...")
        rows_of: Callable[[int], list[Row]] = import_module(f"benchmarks.{name}").rows
        rows[name] = rows_of(options.repeats)
        print(f"\n{name}\n{HEADER}")
        for row in rows[name]:
            print(row.line())
    if options.json:
        data = {name: [row.plain() for row in of] for name, of in rows.items()}
        options.json.write_text(json.dumps(data, indent=1) + "\n")
    return 0 if all(row.holds for of in rows.values() for row in of) else 1


if __name__ == "__main__":
    sys.exit(main())
