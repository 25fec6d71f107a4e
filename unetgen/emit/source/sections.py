"""The sections of the body that builds a network: encoder, decoder, head, each with its heading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from unetgen.emit.source.functions import SourceLine
from unetgen.plan.graph import Plan
from unetgen.plan.place import Place

LONG = 4
"""A level with more lines has a heading of its own."""
SHORT = 2
"""A head with no more lines stands with the decoder."""
TITLES = {
    None: "Input",
    "encoder": "Encoder",
    "decoder": "Decoder",
    "nested": "Nested levels",
    "head": "Head",
}


def sections(lines: Sequence[SourceLine], plan: Plan) -> Iterator[tuple[str, list[SourceLine]]]:
    """Consecutive lines with what they are."""
    found = list(_split(lines, plan))
    for (title, lines_of_decoder), (next_title, head) in pairwise(found):
        if title == "Decoder" and next_title == "Head" and len(head) <= SHORT and len(found) < 4:
            yield "Decoder and head", [*lines_of_decoder, *head]
            return
        yield title, lines_of_decoder
    yield found[-1]


def _split(lines: Sequence[SourceLine], plan: Plan) -> Iterator[tuple[str, list[SourceLine]]]:
    for side, run in groupby(lines, key=lambda line: _side(plan.by_name[line.output].place)):
        inside = list(run)
        levels = [list(level) for _, level in groupby(inside, key=lambda line: _level(line, plan))]
        if max(map(len, levels)) <= LONG or len(levels) == 1:
            yield _title(side), inside
            continue
        for level in levels:
            yield _title(plan.by_name[level[0].output].place.of_whole), level


def _side(place: Place) -> Place:
    return Place(task=place.task) if place.side is None else Place(place.side, task=place.task)


def _level(line: SourceLine, plan: Plan) -> Place:
    return plan.by_name[line.output].place.of_whole


def _title(place: Place) -> str:
    task = f"Task {place.task}: " if place.task else ""
    title = TITLES[place.side]
    title = title.lower() if task else title
    where = [
        f"{word} {number}"
        for word, number in (("level", place.level), ("column", place.column))
        if number is not None
    ]
    return ", ".join(
        [f"{task}{title}".replace("Nested levels", "Nested") if where else f"{task}{title}", *where]
    )
