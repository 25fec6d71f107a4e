"""`unetgen schema`: the JSON Schema of the config language, for editors."""

from __future__ import annotations

import argparse

HELP = "print the JSON Schema of the config language, for editors"
EXAMPLE = """\
examples:
  unetgen schema > unetgen.schema.json

then begin a config with
  # yaml-language-server: $schema=unetgen.schema.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.commands.arguments import print_json
    from unetgen.config.schema.json_schema import json_schema

    print_json(json_schema())
    return 0
