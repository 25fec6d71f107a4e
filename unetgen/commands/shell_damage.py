"""What a shell has done to arguments before they came here: hints, printed where a command fails with 2.

Nothing is refused for its look: these are guesses, and only an input that is wrong anyway is told of them.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from glob import glob

_OVERRIDE = re.compile(r"^[~+]{0,2}[A-Za-z_][\w.@/:-]*=", re.ASCII)
_ENTRY = re.compile(r"^[A-Za-z_]\w*(?=:)")
_FIELD = re.compile(r"^[A-Za-z_][\w.]*$", re.ASCII)
_FIELD_COLON = re.compile(r"^(?P<field>[a-z_][a-z_\d.]*):(?P<value>[^/\\=]*)$", re.ASCII)
_FILES = (".yaml", ".yml", ".keras", ".json")
_OPENING, _CLOSING = "[{(", "]})"
_MOST_PARTS = 32
"""Arguments of which one is put together."""
_TYPESET_QUOTES = "‘’‚“”„«»′″"
_TYPESET_DASHES = "–—−‐‑"
_LEFT_QUOTES = re.compile(r"^'[^']*=[^']*'?$")


def hints(arguments: Sequence[str]) -> list[str]:
    """What a shell seems to have taken from `arguments`, each with what to write instead."""
    said: list[str] = []
    whole: list[str] = []
    index = 0
    while index < len(arguments):
        if joined := _expanded(arguments, index):
            said.append(f"a shell expands braces: put them in quotes: {shlex.quote(joined[0])}")
        elif joined := _split(arguments, index):
            said.append(
                f"a shell takes arguments apart at blanks: put it in quotes: {shlex.quote(joined[0])}"
            )
        else:
            whole.append(arguments[index])
        index += joined[1] if joined else 1
    for at, text in enumerate(whole):
        if os.path.exists(text):  # noqa: PTH110  (never raises)
            continue
        spaced = list(_spaced(text, whole[at - 1] if at else "", whole[at + 1 :]))
        said += spaced or _of_word(text)
    return list(dict.fromkeys(said))


def _expanded(arguments: Sequence[str], at: int) -> tuple[str, int] | None:
    """``up={kind:transposed,size:2}``, of which Bash makes ``up=kind:transposed up=size:2``: as `_split`."""
    key, _, _ = arguments[at].partition("=")
    if not _OVERRIDE.match(arguments[at]):
        return None
    values = []
    for text in arguments[at:]:
        if not text.startswith(f"{key}="):
            break
        values.append(text.partition("=")[2])
    written = f"{key}={{{','.join(values)}}}"
    names = [entry[0] for value in values if (entry := _ENTRY.match(value))]
    is_mapping = len(values) > 1 and _ENTRY.match(values[0]) and len(names) == len(set(names))
    return (written, len(values)) if is_mapping and not _open(written) else None


def _split(arguments: Sequence[str], at: int) -> tuple[str, int] | None:
    """``loss=[a, b]``, which every shell takes apart at the blank: it, and of how many arguments it is."""
    if not _OVERRIDE.match(arguments[at]) or _open(arguments[at]) <= 0:
        return None
    for end in range(at + 2, min(len(arguments), at + _MOST_PARTS) + 1):
        if arguments[end - 1].startswith("--"):
            return None
        if _open(written := " ".join(arguments[at:end])) == 0:
            return written, end - at
    return None


def _open(text: str) -> int:
    """Brackets that `text` opens and does not close."""
    return sum((char in _OPENING) - (char in _CLOSING) for char in text)


def _spaced(text: str, before: str, after: Sequence[str]) -> Iterator[str]:
    """``depth = 4``, ``depth= 4``, and ``depth: 4`` as YAML has it."""
    following = after[0] if after else ""
    if following.startswith("=") and _is_field(text):
        value = following[1:] or "".join(after[1:2]) or "VALUE"
        yield f"write it without blanks: {text}={value}"
    elif text.endswith("=") and _is_field(text[:-1]) and _is_value(following):
        yield f"write it without blanks: {text}{following}"
    elif not before.startswith("-") and (colon := _FIELD_COLON.match(text)) and _is_field(colon["field"]):
        value = colon["value"] or (following if _is_value(following) else "VALUE")
        yield f"an override has = in place of YAML's colon: {colon['field']}={value}"


def _is_field(text: str) -> bool:
    """Whether an override can begin so: a config or a run has a field of the first name."""
    from unetgen.config.model import UNetConfig
    from unetgen.runs.config import RunConfig

    first = text.partition(".")[0]
    return bool(_FIELD.match(text)) and (first in UNetConfig.model_fields or first in RunConfig.model_fields)


def _is_value(text: str) -> bool:
    return bool(text) and not text.startswith("-") and "=" not in text and not text.endswith(_FILES)


def _of_word(text: str) -> Iterator[str]:
    """What one argument shows by itself."""
    key, _, value = text.partition("=")
    if not text:
        yield "an argument is empty; does it come from a variable of the shell that is not set?"
    elif text[0] in _TYPESET_DASHES:
        yield f"{text} begins with a dash of typesetting; options begin with two hyphens: --"
    elif {*(text[:1], text[-1:], value[:1])} & {*_TYPESET_QUOTES}:
        yield f"{text} has quotes of typesetting, which no shell takes off; write plain ones: '"
    elif _LEFT_QUOTES.match(text):
        yield f'the shell has left the quotes of {text}: in the cmd of Windows, write "{text.strip(_QUOTE)}"'
    elif _OVERRIDE.match(text) and not value:
        yield f"{text} has no value; if it had a $, put it in single quotes, such as '{key}=${{NAME}}'"
    elif "*" in text and not _OVERRIDE.match(text) and not glob(text):  # noqa: PTH207  (may be absolute)
        yield f"no file matches the pattern {text}, and the shell has passed it on as it is"
    elif value.startswith("~/"):
        yield f"the shell has put no folder in place of ~ in {text}: write {key}=$HOME{value[1:]}"


_QUOTE = "'"
