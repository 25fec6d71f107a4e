"""What somebody meant who mistyped a command, a choice or an option: hints for the errors of usage."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

from unetgen.spelling import nearest

OTHER_WORDS = {
    "compare": "diff",
    "config": "init",
    "convert": "export",
    "cost": "show",
    "create": "init",
    "describe": "show",
    "draw": "diagram",
    "eval": "evaluate",
    "figure": "diagram",
    "fit": "train",
    "flops": "show",
    "generate": "build",
    "help": "--help",
    "info": "show",
    "infer": "predict",
    "inspect": "show",
    "ls": "list",
    "new": "init",
    "plan": "suggest",
    "plot": "diagram",
    "render": "diagram",
    "score": "evaluate",
    "search": "sweep",
    "summary": "show",
    "test": "evaluate",
    "tune": "sweep",
    "version": "--version",
    "visualize": "diagram",
    "zoo": "list",
}
"""Words of other tools, each with the command or option that does it here."""


def meant_choice(action: argparse.Action, word: str) -> str:
    """A hint for a word that is not among the choices of `action`; empty where nothing is near."""
    choices = [str(choice) for choice in action.choices or ()]
    if not isinstance(action, argparse._SubParsersAction) or action.dest != "command":
        near = nearest(word, choices)
        return f"did you mean `{near}`?" if near else ""
    other = OTHER_WORDS.get(word.lower(), "")
    if other in choices or other.startswith("--"):
        return f"did you mean `unetgen {other}`?"
    if near := nearest(word, choices):
        return f"did you mean `{near}`?"
    if word.endswith((".yaml", ".yml")) or os.path.isfile(word) or _is_bundled(word):  # noqa: PTH113
        return f"it is a config; did you mean `unetgen show {word}`?"
    return "`unetgen --help` lists the commands"


def meant_options(
    unknown: Sequence[str], parser: argparse.ArgumentParser, takes_overrides: bool
) -> list[str]:
    """A hint for each option of `unknown` that is near one of `parser`, or names a field of its config."""
    legal = list(_options(parser))
    of_run = any(str(action.metavar).startswith("RUN") for action in parser._actions)
    hints = []
    for text in unknown:
        word, _, value = text.partition("=")
        if not word.strip("-"):
            continue
        if near := nearest(word, legal):
            hints.append(f"did you mean {near}?")
        elif takes_overrides and (field := _field(word, of_run)):
            hints.append(f"{field} is a field: write {field}={value or 'VALUE'}, without dashes")
    return list(dict.fromkeys(hints))


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The long options of `parser` and of the parsers within it."""
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _options(each)


def _field(option: str, of_run: bool) -> str | None:
    """The field that an option such as ``--base-filters``, ``--up.kind`` or ``--epochs`` names."""
    from unetgen.config.model import UNetConfig

    places = {name: name for name in UNetConfig.model_fields}
    if of_run:
        from unetgen.data.config import DataConfig
        from unetgen.runs.fit import FitConfig

        places = {name: f"model.{name}" for name in places}
        places |= {name: f"data.{name}" for name in DataConfig.model_fields}
        places |= {name: f"fit.{name}" for name in FitConfig.model_fields}
    name, dot, inner = option.lstrip("-").partition(".")
    field = nearest(name, places)
    return f"{places[field]}{dot}{inner}" if field else None


def _is_bundled(word: str) -> bool:
    from unetgen.config.bundled import bundled_configs
    from unetgen.errors import ConfigError

    try:
        return word in bundled_configs()
    except ConfigError:  # $UNETGEN_CONFIG_DIR names no folder
        return False
