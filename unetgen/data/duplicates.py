"""Images that are there twice: what is learned from must not be what is validated on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unetgen.data.splitting import Sides
from unetgen.data.survey import CaseFacts
from unetgen.errors import Problem


@dataclass(frozen=True)
class Duplicates:
    """Images of equal content: on both sides of the split, and elsewhere."""

    across: tuple[Problem, ...]
    within: tuple[Problem, ...]


def duplicates(cases: Iterable[CaseFacts], sides: Sides) -> Duplicates:
    """All images whose values another one has too; constant ones, such as empty slices, do not count."""
    alike: dict[str, list[CaseFacts]] = defaultdict(list)
    for each in cases:
        if each.image is not None and not each.image.is_constant:
            alike[each.image.digest].append(each)
    groups = [group for group in alike.values() if len(group) > 1]
    problems = [problem for group in groups for problem in _across(group, sides)]
    notes = [note for group in groups for note in _within(group, sides)]
    return Duplicates(tuple(problems), tuple(notes))


def _across(group: list[CaseFacts], sides: Sides) -> Iterator[Problem]:
    train = [each for each in group if sides.side_of(each.case.name) == "train"]
    for each in group:
        if train and sides.side_of(each.case.name) == "validation":
            what = f"is validated on, and equals {train[0].image_file}, which is learned from"
            hint = "remove one of the two, or list both on one side in `data.split`"
            yield Problem(what, hint=hint, where=each.image_file)


def _within(group: list[CaseFacts], sides: Sides) -> Iterator[Problem]:
    first, *others = group
    for each in others:
        if sides.side_of(each.case.name) != sides.side_of(first.case.name):
            continue
        masks = {facts.mask.digest for facts in (first, each) if facts.mask is not None}
        what = f"equals {first.image_file}"
        if len(masks) > 1:
            what += ", and their masks differ"
        yield Problem(what, hint="remove one of the two", where=each.image_file)
