"""Questions: what a person is asked for what was not said, with the answer that Enter gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from unetgen.starting.answers import Given, count_of, dims_of, purpose_of, size_of, size_text
from unetgen.starting.levels import REFERENCE
from unetgen.starting.purposes import PURPOSES


@dataclass(frozen=True, slots=True)
class Question:
    """One question, whose answer is a field of `Given`."""

    field: str
    ask: Callable[[Given], str]
    parse: Callable[[str], Any]
    default: Callable[[Given], str]
    """What Enter answers; it goes through `parse` too."""
    preface: Callable[[], str] | None = None
    """What is told once, before it is asked."""

    def is_open(self, given: Given) -> bool:
        """Whether nobody has said it, and it can be asked: what is asked for is known from `given`."""
        answers = given.answers()
        return self.field in answers.options and self.field in answers.assumed

    def answered(self, given: Given, text: str) -> Given:
        """`given` with this answer; raises `UnetgenError` that says what is wrong with it."""
        wanted = text.strip() or self.default(given)
        answered = replace(given, **{self.field: self.parse(wanted)})
        answered.answers()
        return answered


def purposes_text() -> str:
    """Every purpose with its subject, a line each."""
    width = max(map(len, PURPOSES))
    return "\n".join(f"  {name.ljust(width)}  {purpose.subject}" for name, purpose in PURPOSES.items())


def _size_question(given: Given) -> str:
    dims = given.answers().dims
    return f"Size of an image or patch, such as {','.join([str(REFERENCE[dims])] * dims)}"


QUESTIONS = (
    Question(
        "purpose",
        lambda given: "What is it for",
        purpose_of,
        lambda given: given.answers().purpose.name,
        purposes_text,
    ),
    Question(
        "dims", lambda given: "Spatial axes: 1, 2 or 3", dims_of, lambda given: str(given.answers().dims)
    ),
    Question("size", _size_question, size_of, lambda given: size_text(given.answers().size)),
    Question(
        "channels",
        lambda given: f"Channels, {given.answers().purpose.channels_are}",
        count_of,
        lambda given: str(given.answers().channels),
    ),
    Question(
        "classes",
        lambda given: "Classes with the background, or 1 for one class against it",
        count_of,
        lambda given: str(given.answers().classes),
    ),
)
"""In the order in which they are asked: a later default follows from earlier answers."""
