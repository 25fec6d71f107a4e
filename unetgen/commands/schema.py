"""`unetgen schema`: the JSON Schema of the config language or of run files, for editors."""

from __future__ import annotations

import argparse

HELP = "print the JSON Schema of configs or of run files, for editors"
EXAMPLE = """\
examples:
  unetgen schema > unetgen.schema.json
  unetgen schema --run > unetgen-run.schema.json

then begin a config, and a run file, with
  # yaml-language-server: $schema=unetgen.schema.json
  # yaml-language-server: $schema=unetgen-run.schema.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--run", action="store_true", dest="of_runs", help="the schema of run files")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.commands.arguments import print_json
    from unetgen.config.schema.json_schema import json_schema
    from unetgen.runs.schema import run_schema

    print_json(run_schema() if arguments.of_runs else json_schema())
    return 0
