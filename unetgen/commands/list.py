"""`unetgen list`: the bundled configs."""

from __future__ import annotations

import argparse
from typing import Any

HELP = "the bundled configs: name, dimensions, parameters, source"
EXAMPLE = """\
examples:
  unetgen list
  unetgen list --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json

    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
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
    if arguments.json:
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
