"""Colour on a terminal: what is printed stays the same text, with a terminal's codes between its characters.

Nothing is coloured that goes into a file or a pipe. ``NO_COLOR``, set to anything but the empty text, turns
colour off (no-color.org); ``FORCE_COLOR`` turns it on where there is no terminal, as Rich has it.
"""

from __future__ import annotations

import os
import re
from typing import IO

BOLD, DIM, RED, GREEN, YELLOW, CYAN = "1", "2", "31", "32", "33", "36"
_RULE = re.compile(r"^(?P<space> *)(?P<rule>[─-]{2,}(?: +[─-]{2,})*)$")
_PLACE = re.compile(r"^(?P<place>[^\s:][^:\n]*:\d+:\d+: )")
_VERDICT = re.compile(r"^(?P<file>.+: )(?P<verdict>valid(?=, )|reproduces$|does not reproduce$)")


def is_wanted(stream: IO[str]) -> bool:
    """Whether what is written to `stream` is to be coloured."""
    environment = os.environ
    if environment.get("NO_COLOR"):
        return False
    if environment.get("TERM", "").lower() in ("dumb", "unknown"):
        return False
    if (forced := environment.get("FORCE_COLOR")) is not None:
        return bool(forced)
    if os.name == "nt" and "WT_SESSION" not in environment:  # an old console shows the codes themselves
        return False
    try:
        return stream.isatty()
    except ValueError:  # it is closed
        return False


def of_result(text: str) -> str:
    """A result: the header of each table, and verdicts.

    >>> of_result("a.yaml: valid, 12 parameters").encode()
    b'a.yaml: \\x1b[32mvalid\\x1b[0m, 12 parameters'
    """
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if index and (rule := _RULE.match(line)):
            lines[index - 1] = _in(BOLD, lines[index - 1])
            lines[index] = rule["space"] + _in(DIM, rule["rule"])
        elif verdict := _VERDICT.match(line):
            colour = RED if " not " in verdict["verdict"] else GREEN
            lines[index] = f"{verdict['file']}{_in(colour, verdict['verdict'])}{line[verdict.end() :]}"
    return "\n".join(lines)


def of_message(text: str) -> str:
    """An error or a note: its place, and which of the two it is.

    >>> of_message("note: the weights are not there").encode()
    b'\\x1b[33mnote:\\x1b[0m the weights are not there'
    """
    return "\n".join(map(_line_of_message, text.split("\n")))


def _line_of_message(line: str) -> str:
    for word, colour in _WORDS.items():
        if line.startswith(word):
            return _in(colour, word) + line[len(word) :]
    if usage := _USAGE_ERROR.match(line):
        return f"{usage[1]}{_in(RED, 'error:')}{line[usage.end() :]}"
    if place := _PLACE.match(line):
        return _in(BOLD, place["place"][:-1]) + " " + _message(line[place.end() :])
    return _message(line)


_WORDS = {"note:": YELLOW, "hint:": CYAN, "usage:": BOLD}
_USAGE_ERROR = re.compile(r"^(unetgen[\w ]*: )error:")


def _message(line: str) -> str:
    """What is wrong in red, what to do about it as it is."""
    if not line or line[0].isspace():  # the second and further lines of a usage
        return line
    said, semicolon, hint = line.partition("; ")
    return f"{_in(RED, said)}{semicolon}{hint}"


def _in(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if text else ""
