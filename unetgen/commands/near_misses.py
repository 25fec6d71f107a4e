"""What somebody meant who mistyped a command, a choice or an option: hints for the errors of usage."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

from unetgen.spelling import misspelled, nearest

OTHER_WORDS = {
    "compare": "diff",
    "complete": "completion",
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
    "report": "collect",
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


OTHER_OUTS = frozenset({"o", "output", "outdir", "outfile", "outputdir", "outputfile"})
"""What ``--out`` is called elsewhere."""


def meant_choice(action: argparse.Action, word: str) -> str:
    """A hint for a word that is not among the choices of `action`; empty where nothing is near."""
    choices = [str(choice) for choice in action.choices or ()]
    if not isinstance(action, argparse._SubParsersAction) or action.dest != "command":
        near = nearest(word, choices)
        return f"did you mean `{near}`?" if near else ""
    other = OTHER_WORDS.get(word.lower(), "")
    if other in choices or other.startswith("--"):
        return f"did you mean `unetgen {other}`?"
    if near := misspelled(word, choices):
        return f"did you mean `{near}`?"
    if word.endswith((".yaml", ".yml")) or _is_bundled(word):
        from unetgen.commands.offers import runs_here
        from unetgen.shell import command_line

        what, command = ("a run file", "data") if word in runs_here() else ("a config", "show")
        return f"it is {what}; did you mean `{command_line('unetgen', command, word)}`?"
    return "`unetgen --help` lists the commands"


def meant_options(
    unknown: Sequence[str], parser: argparse.ArgumentParser, takes_overrides: bool
) -> list[str]:
    """A hint for each option of `unknown` that is near one of `parser`, or names a field of its config."""
    legal = {option.lstrip("-"): option for option in _options(parser)}
    places = _places(parser) if takes_overrides else {}
    hints = []
    for text in unknown:
        word, _, value = text.partition("=")
        name, dot, inner = word.strip("-").replace("_", "-").partition(".")
        if not name:
            continue
        if near := _near(name, places, legal):
            hints.append(f"did you mean {near}?")
        elif field := _field(name, places):
            field += dot + inner.replace("-", "_")
            hints.append(f"{field} is a field: write {field}={value or 'VALUE'}, without dashes")
    return list(dict.fromkeys(hints))


def _near(name: str, places: Mapping[str, str], legal: Mapping[str, str]) -> str | None:
    """The option of `legal` that `name` was meant to be, rather than the field of that name."""
    if name.replace("-", "").lower() in OTHER_OUTS and "out" in legal:
        return legal["out"]
    if name in places:
        return None
    begun = [option for option in legal if name.startswith(f"{option}-")]
    near = begun[0] if begun else misspelled(name, legal)
    return legal[near] if near else None


def _field(name: str, places: Mapping[str, str]) -> str | None:
    """The field of `places` that ``base-filters``, ``kernel-size`` or ``epochs`` names."""
    if name not in places:
        begun = next((field for field in places if name.startswith(f"{field}-")), None)
        name = begun or misspelled(name, places) or ""
    return places.get(name)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The options of `parser` and of the parsers within it."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from _options(each)


def _places(parser: argparse.ArgumentParser) -> dict[str, str]:
    """The fields that overrides of `parser` can set, each with what stands there for it."""
    from unetgen.config.model import UNetConfig
    from unetgen.parts.training.training import Training

    takes = {
        part
        for action in parser._actions
        for part in str(action.metavar).split("|")
        if not action.option_strings
    }
    if not takes & {"CONFIG", "A", "RUN"}:  # its overrides are of the config of a model
        return {}
    places = {name: f"compile.{name}" for name in Training.model_fields}
    places |= {name: name for name in UNetConfig.model_fields}
    if "RUN" in takes:
        from unetgen.data.config import DataConfig
        from unetgen.runs.fit import FitConfig

        places = {name: f"model.{place}" for name, place in places.items()} | {"seed": "seed"}
        places |= {name: f"data.{name}" for name in DataConfig.model_fields}
        places |= {name: f"fit.{name}" for name in FitConfig.model_fields}
    return {name.replace("_", "-"): place for name, place in places.items()}


def _is_bundled(word: str) -> bool:
    from unetgen.config.bundled import bundled_configs
    from unetgen.errors import ConfigError

    try:
        return word in bundled_configs()
    except ConfigError:  # $UNETGEN_CONFIG_DIR names no folder
        return False
