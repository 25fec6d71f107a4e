"""`unetgen list`: the bundled configs, or the kinds that a config can name."""

from __future__ import annotations

import argparse
from typing import Any

HELP = "the bundled configs, or with --kinds what each part of a config can be"
EXAMPLE = """\
examples:
  unetgen list
  unetgen list --json
  unetgen list --kinds
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json

    parser.add_argument(
        "--kinds", action="store_true", help="the kinds of each part, those of other packages among them"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return _list_kinds(arguments.json) if arguments.kinds else _list_configs(arguments.json)


def _list_configs(as_json: bool) -> int:
    from unetgen.commands.arguments import print_json, say, tell
    from unetgen.config.bundled import bundled_configs
    from unetgen.config.loader import load_design
    from unetgen.emit.text.tables import table
    from unetgen.errors import UnetgenError
    from unetgen.plan.tensor import sizes

    rows: list[dict[str, Any]] = []
    wrong: list[UnetgenError] = []
    for name in bundled_configs():
        try:
            design = load_design(name)
        except UnetgenError as error:
            wrong.append(error)
            continue
        config, plan = design.config, design.plan
        rows.append(
            {
                "name": name,
                "dimensions": config.dims,
                "params": plan.trainable_params,
                "input_shape": plan.input.spec.open_shape(config.input.data_format),
                "source": config.source,
            }
        )
    if as_json:
        print_json({"configs": rows})
    else:
        shape = [sizes(row["input_shape"]) for row in rows]
        cells = [
            [r["name"], f"{r['dimensions']}D", size, f"{r['params']:,}", r["source"] or ""]
            for r, size in zip(rows, shape, strict=True)
        ]
        say(table(["name", "dims", "input", "trainable", "source"], cells, right={2, 3}))
    for each in wrong:
        tell(each)
    return 2 if wrong else 0


def _list_kinds(as_json: bool) -> int:
    from unetgen.commands.arguments import print_json, say, tell
    from unetgen.config.schema.kinds import kinds
    from unetgen.emit.text.tables import table

    found, wrong = kinds()
    if as_json:
        print_json({"kinds": [each._asdict() for each in found]})
    else:
        cells = [[each.part, each.kind, each.summary] for each in found]
        say(table(["part", "kind", "is"], cells))
    for problem in wrong:
        tell(problem)
    return 2 if wrong else 0
