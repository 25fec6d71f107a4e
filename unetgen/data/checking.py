"""What is wrong with a data set: all of it at once, each problem with its file.

A problem keeps a run from starting. A note tells what is right and may not be meant.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unetgen.data.case import spacing_text
from unetgen.data.config import DataConfig
from unetgen.data.duplicates import duplicates
from unetgen.data.labels import Classes, Counts, told
from unetgen.data.splitting import Sides
from unetgen.data.statistics import AxisRange, Overview, most_common, pooled
from unetgen.data.survey import Survey, survey
from unetgen.errors import ConfigError, Problem, Wrong

MOST_CLASSES = 64
"""Values that nothing names and that may be classes; where there are more, they number objects."""
UNLIKE = 1.1
"""Spacings of which one is more than this many times the other are told."""
SHOWN_ALIKE = 10
"""Problems of one sort that are told one by one."""


@dataclass(frozen=True)
class NetworkTakes:
    """What a network takes: a run's model says it."""

    dims: int
    channels: int
    classes: int


@dataclass(frozen=True)
class Findings:
    """What there is and what is wrong with it."""

    survey: Survey
    classes: Classes
    sides: Sides
    overview: Overview
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    asked_slices: int | None = None
    """`data.slices`."""

    @property
    def slices(self) -> int | None:
        """The axis that volumes are sliced along; None where cases are images of two axes already."""
        return self.asked_slices if not any(each.case.slice for each in self.survey.cases) else None

    def require(self) -> None:
        """Raise `ConfigError` with every problem, if there are any; of very many alike it tells the first."""
        if self.problems:
            raise ConfigError(shortened(self.problems))


def shortened(problems: Sequence[Problem]) -> list[Problem]:
    """The first `SHOWN_ALIKE` problems of each sort, and how many more there are."""
    sorts: dict[str, list[Problem]] = {}
    for problem in problems:
        sorts.setdefault(_NUMBERS.sub("", f"{problem.message} {problem.hint}"), []).append(problem)
    shown: list[Problem] = []
    for alike in sorts.values():
        most = SHOWN_ALIKE if len(alike) > SHOWN_ALIKE + 1 else len(alike)
        shown += alike[:most]
        if len(alike) > most:
            shown.append(Problem(f"and {len(alike) - most:,} more like the last one"))
    return shown


_NUMBERS = re.compile(r"\S*\d\S*")


def check_data(config: DataConfig, root: Path, seed: int = 0, takes: NetworkTakes | None = None) -> Findings:
    """All that is wrong with the data set that `config` names below `root`."""
    dims = None if takes is None else takes.dims + (config.slices is not None)
    return judge(survey(config, root, dims), config, seed, takes)


def judge(read: Survey, config: DataConfig, seed: int = 0, takes: NetworkTakes | None = None) -> Findings:
    """All that is wrong with a data set whose files have been read."""
    classes = classes_of(config, pooled(read.masks), takes)
    sides, of_split = _sides(read, config, seed)
    twice = duplicates(read.cases, sides)
    problems = [
        *read.problems,
        *_other_axes(read, config, takes),
        *_other_channels(read, takes),
        *_strays(read, classes),
        *_of_classes(read, classes, takes),
        *_of_patches(read, config),
        *of_split,
        *twice.across,
    ]
    notes = [
        *read.notes,
        *_unlike(read, config),
        *_unseen(read, classes, sides),
        *_of_sides(read, sides),
        *twice.within,
    ]
    overview = Overview.of(read.images, read.masks, classes)
    return Findings(read, classes, sides, overview, tuple(problems), tuple(notes), config.slices)


def classes_of(config: DataConfig, counts: Counts, takes: NetworkTakes | None) -> Classes:
    """The classes that `config` names, or that the network has, or the values 0, 1 and so on of the masks."""
    if config.labels is not None:
        return Classes.named(config.labels, config.ignore)
    if takes is not None:
        return Classes.counted(max(2, takes.classes), config.ignore)
    return Classes.found(counts, config.ignore)


def _other_axes(read: Survey, config: DataConfig, takes: NetworkTakes | None) -> Iterator[Problem]:
    usual = most_common(len(image.spatial) for image in read.images)
    for each in read.cases:
        if each.image is not None and len(each.image.spatial) != usual:
            what = f"has {len(each.image.spatial)} axes, and most images have {usual}"
            yield Problem(what, hint="leave it out, or make a data set of its own", where=each.image_file)
    if takes is None or usual is None:
        return
    is_sliced = config.slices is not None and usual == 3
    dims = usual - is_sliced
    if dims != takes.dims:
        hint = "`data.slices: 0` takes slices along the first axis" if (usual, takes.dims) == (3, 2) else None
        what = f"images have {usual} axes, and the network takes {takes.dims}"
        yield Problem(what, ("data", "slices" if hint else "images"), hint=hint)


def _other_channels(read: Survey, takes: NetworkTakes | None) -> Iterator[Problem]:
    usual = takes.channels if takes else most_common(image.channels for image in read.images)
    who = "the network takes" if takes else "most images have"
    for each in read.cases:
        if each.image is None or each.image.channels == usual:
            continue
        what = f"has {_channels(each.image.channels)}, and {who} {usual}"
        hint = "`data.channels: [0, 1, 2]` leaves the fourth out" if each.image.channels == 4 else None
        yield Problem(what, hint=hint or "`data.channels` chooses channels", where=each.image_file)


def _unlike(read: Survey, config: DataConfig) -> Iterator[Problem]:
    """Volumes that a network would see turned or scaled from one to the next."""
    axes = Counter(image.axes for image in read.images if image.axes and len(image.spatial) > 2)
    if len(axes) > 1 and config.orientation == "keep":
        told_axes = ", ".join(f"{code} in {count:,}" for code, count in axes.most_common(3))
        hint = f"`data.orientation: {axes.most_common(1)[0][0]}` turns all to the same"
        yield Problem(f"volumes have different axes: {told_axes}", ("data", "orientation"), hint=hint)
    spacings = [image.spacing for image in read.images if image.spacing]
    if config.spacing is None and len({len(spacing) for spacing in spacings}) == 1:
        spread = AxisRange.of(spacings)
        if any(high > UNLIKE * low for low, high in zip(spread.lowest, spread.highest, strict=True)):
            what = f"spacings differ: {spacing_text(spread.lowest)} to {spacing_text(spread.highest)}"
            median = ", ".join(f"{each:.4g}" for each in spread.median)
            hint = f"`data.spacing: [{median}]` resamples all to their median"
            yield Problem(what, ("data", "spacing"), hint=hint)


def _strays(read: Survey, classes: Classes) -> Iterator[Problem]:
    for each in read.cases:
        if each.mask is not None and (problem := classes.problem(each.mask.counts, each.mask_file)):
            yield problem


def _of_classes(read: Survey, classes: Classes, takes: NetworkTakes | None) -> Iterator[Problem]:
    counts = pooled(read.masks)
    if takes and classes.are_named and len(classes.names) > max(2, takes.classes):
        what = f"names {len(classes.names)} classes, and the network has {takes.classes}"
        yield Problem(what, ("data", "labels"), hint=f"`model.num_classes: {len(classes.names)}`")
    if not classes.are_named and takes is None and len(classes.names) > MOST_CLASSES:
        what = f"masks hold {len(classes.names)} values from 0 on, too many for classes"
        hint = "do they number objects? `data.labels` names the class of each value"
        yield Problem(what, ("data", "masks"), hint=hint)
    learned = {classes.number_of[value] for value in counts if value in classes.number_of}
    if counts and not classes.strays(counts) and len(learned) < 2:
        values = {value: count for value, count in counts.items() if value in classes.number_of}
        found = told(values, sum(counts.values())) if values else "none: every position is ignored"
        hint = "a network needs two classes to tell apart; are these the right masks?"
        yield Problem(f"all masks have one class at most: {found}", ("data", "masks"), hint=hint)


def _of_patches(read: Survey, config: DataConfig) -> Iterator[Problem]:
    """Patches and augmentations that do not go with the images' axes."""
    usual = most_common(len(image.spatial) for image in read.images)
    size = config.patch.size
    if usual is None:
        return
    dims = usual - (config.slices is not None and usual == 3)
    if isinstance(size, tuple) and len(size) != dims:
        what = f"has {len(size)} numbers for {dims} axes"
        yield Problem(what, ("data", "patch", "size"), got=list(size))
        return
    try:
        config.augment.for_patch(size if isinstance(size, tuple) else (size or 64,) * dims)
    except Wrong as wrong:
        yield from wrong.under("data", "augment").problems


def _sides(read: Survey, config: DataConfig, seed: int) -> tuple[Sides, tuple[Problem, ...]]:
    names = [each.case.name for each in read.cases]
    if not names:
        return Sides((), ()), ()
    try:
        return config.split.sides(names, seed), ()
    except Wrong as wrong:
        return Sides(tuple(names), ()), wrong.under("data", "split").problems


def _of_sides(read: Survey, sides: Sides) -> Iterator[Problem]:
    if sides.train and not sides.validation:
        hint = "the last epoch is then taken for the best"
        yield Problem("there is nothing to validate on", ("data", "split"), hint=hint)
    left = [each.case.name for each in read.cases if sides.side_of(each.case.name) is None]
    if left:
        count = "1 case is" if len(left) == 1 else f"{len(left):,} cases are"
        yield Problem(f"{count} on neither side: {', '.join(left[:3])}", ("data", "split"))


def _unseen(read: Survey, classes: Classes, sides: Sides) -> Iterator[Problem]:
    """Classes that no mask of the training set has."""
    seen: set[int] = set()
    for each in read.cases:
        if each.mask is not None and each.case.name in sides.train:
            seen |= each.mask.counts.keys()
    for number, name in enumerate(classes.names):
        if read.masks and not any(value in seen for value, n in classes.number_of.items() if n == number):
            yield Problem(f"no mask that is learned from has the class {name}", ("data", "labels"))


def _channels(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"
