"""`unetgen completion`: the script that completes commands, options, configs and fields in a shell."""

from __future__ import annotations

import argparse

HELP = "print the completion script of a shell: bash, zsh or fish"
EXAMPLE = """\
examples:
  unetgen completion bash > ~/.local/share/bash-completion/completions/unetgen
  unetgen completion zsh > ~/.zfunc/_unetgen
  unetgen completion fish > ~/.config/fish/completions/unetgen.fish

It completes commands, options and their values, files by their endings, bundled configs, and in
overrides fields and the kinds that each takes. zsh looks for the file in the folders of its fpath.
Write it anew after an upgrade.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    import sys

    from unetgen.commands.parser import parser_of
    from unetgen.completing.script import script

    sys.stdout.write(script(parser_of(arguments.names, filled=arguments.names), arguments.shell))
    return 0
