"""All benchmarks, or those named: ``python -m benchmarks [--only NAME ...] [--repeats N] [--json FILE]``.

Prints a table of ratios with their limits; exits 1 where one does not hold. ``--only speed`` can be told
which of its cases: ``--case article memory``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.limits import CASES as NETWORKS
from benchmarks.markdown import page
from benchmarks.rows import HEADER, Row, progress
from benchmarks.speed import BACKENDS, CASES
from unetgen.measuring.machine import machine

NAMES = (
    "startup",
    "planning",
    "building",
    "memory",
    "figure",
    "sweep",
    "speed",
    "runtimes",
    "trainings",
    "limits",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; the exit code."""
    options = _parser().parse_args(arguments)
    of_speed = {"cases": options.case, "is_tiny": options.tiny, "backends": options.backend}
    tiny = {"is_tiny": options.tiny}
    of_limits = {**tiny, "names": options.network, "section": options.section}
    more: dict[str, dict[str, Any]] = {
        "speed": of_speed,
        "runtimes": tiny,
        "trainings": tiny,
        "limits": of_limits,
    }
    rows: dict[str, list[Row]] = {}
    for name in options.only:
        progress(f"measuring {name} ...")
        rows_of: Callable[..., list[Row]] = import_module(f"benchmarks.{name}").rows
        rows[name] = rows_of(options.repeats, **more.get(name, {}))
        print(f"\n{name}\n{HEADER}")
        for row in rows[name]:
            print(row.line())
    found = machine()
    if options.json:
        data = {name: [row.plain() for row in of] for name, of in rows.items()}
        options.json.write_text(json.dumps({"machine": found.as_dict(), **data}, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(page(rows, found))
    return 0 if all(row.holds for of in rows.values() for row in of) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write every value, and the machine")
    parser.add_argument("--markdown", type=Path, help="write the tables, as docs/performance.md has them")
    speed = parser.add_argument_group("speed")
    speed.add_argument("--case", nargs="+", choices=CASES, default=CASES)
    speed.add_argument("--tiny", action="store_true", help="small and narrow: whether it runs, not how fast")
    speed.add_argument("--backend", nargs="+", choices=BACKENDS, default=BACKENDS, help="Keras's, on a GPU")
    limits = parser.add_argument_group("limits")
    limits.add_argument("--network", nargs="+", choices=NETWORKS, default=tuple(NETWORKS))
    limits.add_argument("--section", type=Path, help="write the section of docs/performance.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
