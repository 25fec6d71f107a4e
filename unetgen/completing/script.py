"""The script that teaches a shell the command line: what shtab makes of the parsers, and our own functions.

shtab knows commands, options and choices. The functions offer what is ours: configs by name and by file, the
fields of configs and run files, the words that each field takes.
"""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from unetgen.completing.fields import Field, fields_of

SHELLS = ("bash", "zsh", "fish")
BY_METAVAR = {
    "CONFIG": "file_config",
    "A": "file_config",
    "B": "file_config",
    "RUN": "file_run",
    "RUN|DIR": "file_run",
    "MODEL": "file_model",
    "SOURCE": "file_model",
    "MODEL|CONFIG": "file_model_or_config",
    "CONFIG|MODEL": "file_model_or_config",
    "LOCK": "file_json",
    "PLANS": "file_json",
    "k=v": "override",
    "DIR": "directory",
    "FILE": "file",
    "INPUT": "file",
    "PATH": "file",
}
"""What is completed for an argument that help calls so: a function of our scripts, or one of shtab's."""
FREE = frozenset({
    "AXES", "BYTES", "COLUMN", "COLUMN=NUMBER", "H,W", "H,W[,D]", "N", "N,N", "NAME", "NAME,...",
    "NAME=VALUES", "NEW=OLD,...", "PART", "PURPOSE", "SECONDS", "SIZE", "SUFFIX", "V", "V=NAME,...",
})  # fmt: skip
"""Names of arguments that are free: nothing is offered for them."""


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The completion script of `parser`, which knows all arguments of all commands, for one of `SHELLS`."""
    import shtab

    _say_what_completes(parser)
    made: str = shtab.complete(parser, shell, preamble=f"{_data(shell)}\n{_text(f'functions.{shell}')}")
    if shell == "zsh":  # shtab lets zsh complete the first of several values alone, and forgets `source`
        made = re.sub(r'^(  ")\(\*\):{1,2}', r"\1*:", made, flags=re.MULTILINE)
        made = made.replace("zsh_eval_context[-1] == eval", "zsh_eval_context[-1] == (eval|file|filecode)")
    return made + (_text("closing.bash") if shell == "bash" else "")


def _say_what_completes(parser: argparse.ArgumentParser) -> None:
    """Give each argument of `parser`, and of those within it, shtab's attribute `complete`."""
    is_of_run = any(str(action.metavar).startswith("RUN") for action in parser._actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                _say_what_completes(each)
        elif action.choices is None and (function := BY_METAVAR.get(str(action.metavar))):
            if action.dest == "inputs" and function == "file_config":
                function = "file_config_or_override"
            action.complete = _complete("run_override" if is_of_run and function == "override" else function)  # type: ignore[attr-defined]
        elif action.dest == "task":
            from unetgen.sweep.tasks import TASKS

            action.choices = ("cost", *TASKS)
        elif action.dest == "width":
            from unetgen.emit.figure.widths import WIDTHS

            action.choices = tuple(WIDTHS)


def _complete(function: str) -> object:
    import shtab

    if function in ("file", "directory"):
        return {"file": shtab.FILE, "directory": shtab.DIRECTORY}[function]
    return {"bash": f"_unetgen_{function}", "zsh": f"_unetgen_{function}", "fish": f"(_unetgen_{function})"}


def _data(shell: str) -> str:
    """The names and fields that the functions offer, as variables of the shell."""
    from unetgen.config.bundled import bundled_configs
    from unetgen.config.schema.json_schema import json_schema
    from unetgen.runs.schema import run_schema

    names = tuple(bundled_configs())
    of_runs = [field for field in fields_of(run_schema()) if not field.path.startswith("model.")]
    of_runs = [field._replace(values=names) if field.path == "model" else field for field in of_runs]
    of_runs.append(Field("model.", (), ""))  # whose fields are those of a config
    write = {"bash": _in_bash, "zsh": _in_zsh, "fish": _in_fish}[shell]
    return "\n".join(write(names, fields_of(json_schema()), sorted(of_runs)))


def _in_bash(names: Iterable[str], fields: Iterable[Field], of_runs: Iterable[Field]) -> Iterator[str]:
    yield f"_unetgen_names={shlex.quote(' '.join(names))}"
    for name, table in (("fields", fields), ("run_fields", of_runs)):
        lines = "\n".join(f"{field.path}={' '.join(field.values)}" for field in table)
        yield f"_unetgen_{name}={shlex.quote(lines)}"


def _in_zsh(names: Iterable[str], fields: Iterable[Field], of_runs: Iterable[Field]) -> Iterator[str]:
    yield f"typeset -ga _unetgen_names=({' '.join(map(shlex.quote, names))})"
    for name, table in (("fields", fields), ("run_fields", of_runs)):
        lines = "\n".join(f"  {shlex.quote(_line(field))}" for field in table)
        yield f"typeset -ga _unetgen_{name}=(\n{lines}\n)"


def _in_fish(names: Iterable[str], fields: Iterable[Field], of_runs: Iterable[Field]) -> Iterator[str]:
    yield f"set -g _unetgen_names {' '.join(map(_quoted_for_fish, names))}"
    for name, table in (("fields", fields), ("run_fields", of_runs)):
        lines = " \\\n".join(f"  {_quoted_for_fish(_line(field))}" for field in table)
        yield f"set -g _unetgen_{name} \\\n{lines}"


def _line(field: Field) -> str:
    return "\t".join((field.path, " ".join(field.values), field.text))


def _quoted_for_fish(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
