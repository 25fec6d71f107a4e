"""`unetgen list`: the bundled configs."""

from __future__ import annotations

import argparse

HELP = "the bundled configs: name, dimensions, parameters, source"
EXAMPLE = """\
examples:
  unetgen list
  unetgen list --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from unetgen.commands.arguments import add_json

    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    from unetgen.commands.arguments import print_json
    from unetgen.config.bundled import bundled_configs
    from unetgen.config.loader import load_with_plan

    rows = []
    for name in bundled_configs():
        config, plan = load_with_plan(name)
        rows.append(
            {
                "name": name,
                "dimensions": config.dims,
                "params": plan.trainable_params,
                "input_shape": plan.input.spec.shape(config.input.data_format),
                "source": config.source,
            }
        )
    if arguments.json:
        print_json({"configs": rows})
        return 0
    from unetgen.emit.tables import table

    cells = [[r["name"], f"{r['dimensions']}D", f"{r['params']:,}", r["source"] or ""] for r in rows]
    print(table(["name", "dims", "trainable", "source"], cells, right={2}))
    return 0
